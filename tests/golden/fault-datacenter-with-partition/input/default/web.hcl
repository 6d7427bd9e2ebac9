service {
  name      = "web"
  namespace = "dev"
  port      = 8080

  connect {
    sidecar_service {
      port = 20000

      proxy {
        upstreams = [
          {
            destination_name      = "api"
            destination_namespace = "dev"
            destination_partition = "api"
            datacenter            = "dc2"
            local_bind_port       = 10000
            mesh_gateway {
              mode = "local"
            }
          },
          {
            destination_name      = "db"
            destination_namespace = "dev"
            destination_partition = "db"
            local_bind_port       = 10001
            mesh_gateway {
              mode = "local"
            }
          },
          {
            destination_name      = "logging"
            destination_namespace = "dev"
            destination_partition = "logging"
            local_bind_port       = 10002
            mesh_gateway {
              mode = "local"
            }
          },
        ]
      }
    }
  }
}
