Kind = "exported-services"
Name = "api"

Services = [
  {
    Name      = "mesh-gateway"
    Consumers = [{ Partition = "default" }]
  },
]
