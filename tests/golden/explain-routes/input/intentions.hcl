Kind = "service-intentions"
Name = "cart"
Sources = [
  { Name = "web" Action = "allow" },
  { Name = "batch" Action = "deny" },
]
