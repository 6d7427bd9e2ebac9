Kind = "service-resolver"
Name = "cache"

Failover "*" {
  Targets = [
    { Service = "spare" },
  ]
}
