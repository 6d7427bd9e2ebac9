service {
  name = "web"
  port = 8080

  connect {
    sidecar_service {
      port = 20000

      proxy {
        upstreams = [
          { destination_name = "billing", local_bind_port = 10000 },
        ]
      }
    }
  }
}
