Kind = "service-defaults"
Name = "Upper"
Protocol = "http"
