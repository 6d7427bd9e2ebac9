service {
  name = "web"
  port = 8080
  connect { sidecar_service { port = 20000 proxy {
    upstreams = [
      { destination_name = "shop" local_bind_port = 10000 },
      { destination_name = "cart" local_bind_port = 10001 },
    ]
  } } }
}
