services {
  name = "web"
  port = 8080
  connect { sidecar_service { port = 20000 proxy {
    upstreams { destination_name = "shop" local_bind_port = 10000 }
  } } }
}
services {
  name = "batch"
  port = 8081
  connect { sidecar_service { port = 20001 proxy {
    upstreams { destination_name = "cart" local_bind_port = 10001 config { connect_timeout_ms = 900 } }
  } } }
}
services {
  name = "shop"
  port = 8082
  connect { sidecar_service { port = 20002 } }
}
services {
  name = "admin"
  port = 8083
  connect { sidecar_service { port = 20003 } }
}
services {
  id = "cart-1"
  name = "cart"
  port = 8084
  meta { version = "1" }
  connect { sidecar_service { port = 20004 meta { version = "1" } } }
}
services {
  id = "cart-2"
  name = "cart"
  port = 8085
  meta { version = "2" }
  connect { sidecar_service { port = 20005 meta { version = "2" } } }
}
