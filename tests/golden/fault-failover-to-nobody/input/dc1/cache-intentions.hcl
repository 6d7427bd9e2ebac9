Kind = "service-intentions"
Name = "cache"

Sources = [{ Name = "*", Action = "allow" }]
