Kind    = "http-route"
Name    = "web"
Rules   = [{ Services = [{ Name = "web" }] }]
Parents = [{ Kind = "api-gateway", Name = "edge", SectionName = "plain" }]
