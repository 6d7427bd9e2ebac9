services {
  id      = "billing-1"
  name    = "billing"
  address = "10.9.0.1"
  port    = 443
  meta { version = "1" }
}

services {
  id      = "billing-2"
  name    = "billing"
  address = "10.9.0.2"
  port    = 443
  meta { version = "2" }
  checks = [{ name = "known", ttl = "48h", status = "critical" }]
}
