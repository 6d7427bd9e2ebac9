service {
  name    = "mesh-gateway"
  kind    = "mesh-gateway"
  address = "10.2.0.1"
  port    = 8443

  # The servers of the two datacenters talk through the gateways too.
  meta {
    "consul-wan-federation" = "1"
  }

  tagged_addresses {
    lan = { address = "10.2.0.1", port = 8443 }
    wan = { address = "198.51.100.2", port = 8443 }
  }

  proxy {
    config {
      # One listener for callers of this datacenter, one for the gateways of the other.
      envoy_gateway_bind_tagged_addresses = true
    }
  }
}
