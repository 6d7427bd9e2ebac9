Kind = "exported-services"
Name = "db"

Services = [
  {
    Name      = "db"
    Namespace = "dev"
    Consumers = [{ Partition = "default" }]
  },
  {
    Name      = "mesh-gateway"
    Consumers = [{ Partition = "default" }]
  },
]
