Kind = "exported-services"
Name = "default"

Services = [
  {
    Name      = "api"
    Consumers = [{ Peer = "cloud-wst" }]
  },
  {
    Name      = "pages"
    Consumers = [{ Peer = "cloud-west" }]
  },
]
