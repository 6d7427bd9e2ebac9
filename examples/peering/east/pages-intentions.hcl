Kind = "service-intentions"
Name = "pages"

Sources = [
  {
    Name   = "web"
    Peer   = "cloud-west"
    Action = "allow"
  },
]
