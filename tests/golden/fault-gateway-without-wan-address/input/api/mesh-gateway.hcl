service {
  name    = "mesh-gateway"
  kind    = "mesh-gateway"
  address = "10.2.0.1"
  port    = 8443
}
