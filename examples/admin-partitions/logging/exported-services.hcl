Kind = "exported-services"
Name = "logging"

Services = [
  {
    Name      = "logging"
    Namespace = "dev"
    Consumers = [{ Partition = "default" }]
  },
  {
    Name      = "mesh-gateway"
    Consumers = [{ Partition = "default" }]
  },
]
