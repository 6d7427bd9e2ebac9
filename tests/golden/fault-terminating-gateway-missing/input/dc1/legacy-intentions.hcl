Kind = "service-intentions"
Name = "legacy"

Sources = [{ Name = "web", Action = "allow" }]
