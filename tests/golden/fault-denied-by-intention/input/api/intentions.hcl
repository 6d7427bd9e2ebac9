Kind      = "service-intentions"
Name      = "api"
Namespace = "dev"

Sources = [
  {
    Name      = "web"
    Namespace = "dev"
    Partition = "default"
    Action    = "deny"
  },
]
