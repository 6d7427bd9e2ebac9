Kind = "service-defaults"
Name = "api"
