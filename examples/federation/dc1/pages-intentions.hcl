Kind = "service-intentions"
Name = "pages"

Sources = [
  {
    Name   = "web"
    Action = "allow"
  },
]
