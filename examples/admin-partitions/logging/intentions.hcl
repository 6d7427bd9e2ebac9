Kind      = "service-intentions"
Name      = "logging"
Namespace = "dev"

Sources = [
  {
    Name      = "web"
    Namespace = "dev"
    Partition = "default"
    Action    = "allow"
  },
]
