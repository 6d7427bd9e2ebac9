Kind      = "http-route"
Name      = "shop"
Hostnames = ["shop.example.com"]

Rules = [
  {
    Matches = [{ Path { Match = "prefix", Value = "/api" } }]
    Filters {
      URLRewrite { Path = "/" }
      TimeoutFilter { RequestTimeout = "10s" }
      RetryFilter { NumRetries = 2, RetryOnConnectFailure = true }
    }
    Services = [{ Name = "api" }]
  },
  {
    Filters {
      Headers = [{ Set { x-edge = "1" }, Remove = ["x-debug"] }]
    }
    Services = [
      { Name = "web", Weight = 3 },
      { Name = "api-next" },
    ]
  },
]

Parents = [{ Kind = "api-gateway", Name = "edge", SectionName = "shop" }]
