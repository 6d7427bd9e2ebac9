Kind = "exported-services"
Name = "api"

Services = [
  {
    Name      = "api"
    Namespace = "dev"
    Consumers = [{ Partition = "db" }]
  },
  {
    Name      = "mesh-gateway"
    Consumers = [{ Partition = "default" }]
  },
]
