Kind = "exported-services"
Name = "api"

Services = [
  {
    Name      = "api"
    Namespace = "prod"
    Consumers = [{ Partition = "default" }]
  },
  {
    Name      = "mesh-gateway"
    Consumers = [{ Partition = "default" }]
  },
]
