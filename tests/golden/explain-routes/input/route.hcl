Kind = "http-route"
Name = "public"
Parents = [{ Kind = "api-gateway" Name = "edge" }]
Rules = [{ Services = [{ Name = "shop" }] }, { Services = [{ Name = "cart" }] }]
