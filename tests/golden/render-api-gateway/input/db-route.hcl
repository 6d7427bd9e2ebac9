Kind     = "tcp-route"
Name     = "db"
Services = [{ Name = "db" }]
Parents  = [{ Kind = "api-gateway", Name = "edge", SectionName = "db" }]
