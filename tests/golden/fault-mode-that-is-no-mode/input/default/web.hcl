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
            local_bind_port       = 10000
          },
          {
            destination_name      = "db"
            destination_namespace = "dev"
            destination_partition = "db"
            local_bind_port       = 10001
          },
          {
            destination_name      = "logging"
            destination_namespace = "dev"
            destination_partition = "logging"
            local_bind_port       = 10002
          },
        ]
      }
    }
  }
}
