service {
  name    = "mesh-gateway"
  kind    = "mesh-gateway"
  address = "10.2.0.1"
  port    = 8443

  tagged_addresses {
    lan = { address = "10.2.0.1", port = 8443 }
    wan = { address = "198.51.100.2", port = 8443 }
  }

  proxy {
    config {
      # One listener for callers of this cluster, one for those of the other.
      envoy_gateway_bind_tagged_addresses = true
    }
  }
}
