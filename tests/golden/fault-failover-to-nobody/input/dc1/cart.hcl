service {
  name = "cart"
  port = 8081
  connect {
    sidecar_service {
      port = 20081
      proxy {
        upstreams {
          destination_name = "cache"
          local_bind_port  = 11081
          mesh_gateway { mode = "local" }
        }
      }
    }
  }
}
