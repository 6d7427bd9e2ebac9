service {
  name = "web"
  port = 8080
  connect { sidecar_service { port = 20000 proxy {
    config { local_connect_timeout_ms = 0 Protocol = "tcp" envoy_extra { b = 3 } }
    expose { checks = false }
    upstreams {
      destination_name = "api"
      local_bind_port = 10000
      config { connect_timeout_ms = 0 limits { MaxConnections = 1 } }
    }
  } } }
}
