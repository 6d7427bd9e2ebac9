Kind = "service-resolver"
Name = "db"
# meshgw: allow redirect-to-itself, it is gone for long
Subsets { v1 { Filter = "Service.Meta.version == 1" } } # meshgw: allow split-weight-not-100, wrong place
