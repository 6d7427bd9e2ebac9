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
            datacenter       = "dc2"
            local_bind_port  = 10000
            mesh_gateway {
              mode = "local"
            }
          },
          {
            destination_name = "legacy"
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
