Kind      = "service-intentions"
Name      = "db"
Namespace = "dev"

Sources = [
  {
    Name      = "web"
    Namespace = "dev"
    Partition = "default"
    Action    = "allow"
  },
]
