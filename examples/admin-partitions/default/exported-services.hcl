Kind = "exported-services"
Name = "default"

# The gateways of the other partitions have to find this one.
Services = [
  {
    Name = "mesh-gateway"
    Consumers = [
      { Partition = "api" },
      { Partition = "db" },
      { Partition = "logging" },
    ]
  },
]
