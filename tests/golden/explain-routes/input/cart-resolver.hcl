Kind = "service-resolver"
Name = "cart"
ConnectTimeout = "250ms"
DefaultSubset = "v1"
Subsets {
  v1 { Filter = "Service.Meta.version == 1" }
  v2 { Filter = "Service.Meta.version == 2" OnlyPassing = true }
}
Failover {
  v2 { ServiceSubset = "v1" }
  "*" { Targets = [{ Datacenter = "dc2" }, { Service = "shop" }] }
}
LoadBalancer { Policy = "least_request" }
