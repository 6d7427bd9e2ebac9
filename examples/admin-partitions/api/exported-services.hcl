Kind = "exported-services"
Name = "api"

Services = [
  {
    Name      = "api"
    Namespace = "dev"
    Consumers = [{ Partition = "default" }]
  },
  {
    Name      = "mesh-gateway"
    Consumers = [{ Partition = "default" }]
  },
]
