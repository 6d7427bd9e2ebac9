service {
  name = "web"
  port = 8080
  connect {
    sidecar_service {
      port = 20003
      proxy {
        upstreams = [
          { destination_name = "api", local_bind_port = 10000 },
          { destination_name = "db", local_bind_port = 10001 },
          { destination_name = "pages", local_bind_port = 10002 },
          { destination_name = "legacy", local_bind_port = 10003 },
        ]
      }
    }
  }
}
