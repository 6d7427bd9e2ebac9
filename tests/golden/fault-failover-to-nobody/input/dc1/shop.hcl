service {
  name = "shop"
  port = 8082
  connect {
    sidecar_service {
      port = 20082
      proxy {
        upstreams {
          destination_name = "cache"
          local_bind_port  = 11082
          mesh_gateway { mode = "local" }
        }
      }
    }
  }
}
