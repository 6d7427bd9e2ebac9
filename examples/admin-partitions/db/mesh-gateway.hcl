service {
  name    = "mesh-gateway"
  kind    = "mesh-gateway"
  address = "10.3.0.1"
  port    = 8443

  tagged_addresses {
    lan = { address = "10.3.0.1", port = 8443 }
    wan = { address = "198.51.100.3", port = 8443 }
  }

  proxy {
    config {
      # One listener for callers of this partition, one for the gateways of the others.
      envoy_gateway_bind_tagged_addresses = true
    }
  }
}
