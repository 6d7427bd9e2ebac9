Kind = "terminating-gateway"
Name = "egress"

Services = [
  {
    Name   = "billing"
    CAFile = "/etc/ssl/billing-ca.pem"
    SNI    = "billing.example.com"
  },
  {
    Name                   = "maps"
    DisableAutoHostRewrite = true
  },
  {
    Name = "archive"
  },
]
