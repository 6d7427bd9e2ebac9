service {
  name    = "mesh-gateway"
  kind    = "mesh-gateway"
  address = "10.1.0.1"
  port    = 8443

  tagged_addresses {
    lan = { address = "10.1.0.1", port = 8443 }
    wan = { address = "198.51.100.1", port = 8443 }
  }

  proxy {
    upstreams = [
      {
        destination_name      = "api"
        destination_namespace = "dev"
        destination_partition = "api"
        local_bind_port       = 10000
        mesh_gateway {
          mode = "local"
        }
      },
    ]

    config {
      # One listener for callers of this partition, one for the gateways of the others.
      envoy_gateway_bind_tagged_addresses = true
    }
  }
}
