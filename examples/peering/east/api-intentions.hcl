Kind = "service-intentions"
Name = "api"

Sources = [
  {
    Name   = "web"
    Peer   = "cloud-west"
    Action = "allow"
  },
]
