Kind = "api-gateway"
Name = "edge"

Listeners = [
  {
    Name     = "shop"
    Port     = 8443
    Protocol = "http"
    Hostname = "*.example.com"
    TLS {
      MinVersion   = "TLSv1_2"
      Certificates = [{ Kind = "inline-certificate", Name = "shop" }]
    }
  },
  {
    Name     = "plain"
    Port     = 8080
    Protocol = "http"
  },
  {
    Name     = "db"
    Port     = 5432
    Protocol = "tcp"
    TLS {
      Certificates = [{ Kind = "file-system-certificate", Name = "db" }]
    }
  },
]
