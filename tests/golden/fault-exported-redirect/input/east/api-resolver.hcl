Kind = "service-resolver"
Name = "api"

Redirect {
  Datacenter = "dc9"
}
