Kind = "exported-services"
Name = "default"

Services = [
  {
    Name      = "api"
    Consumers = [{ Peer = "cloud-west" }]
  },
  {
    Name      = "pages"
    Consumers = [{ Peer = "cloud-west" }]
  },
]
