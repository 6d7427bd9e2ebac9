service {
  name = "web"
  port = 8080

  connect {
    sidecar_service {
      port = 20000

      proxy {
        upstreams = [
          {
            destination_name = "api"
            destination_peer = "cloud-east"
            local_bind_port  = 10000
            mesh_gateway {
              mode = "local"
            }
          },
          {
            destination_name = "far"
            local_bind_port  = 10001
            mesh_gateway {
              mode = "local"
            }
          },
        ]
      }
    }
  }
}
