Kind = "ingress-gateway"
Name = "edge"

Defaults {
  MaxConnections = 512
}

Listeners = [
  {
    Port     = 8080
    Protocol = "http"
    Services = [
      {
        Name  = "web"
        Hosts = ["shop.example.com", "*.shop.example.com"]
        RequestHeaders {
          Set { x-edge = "1" }
        }
      },
      { Name = "api" },
    ]
  },
  {
    Port     = 8443
    Protocol = "http"
    Services = [{ Name = "web", Hosts = ["shop.example.com"] }]
    TLS {
      Enabled       = true
      TLSMinVersion = "TLSv1_2"
    }
  },
  {
    Port     = 5432
    Services = [{ Name = "db" }]
  },
]
