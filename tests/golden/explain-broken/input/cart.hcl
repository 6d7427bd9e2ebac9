service {
  name = "cart"
  port = 8081
  connect { sidecar_service { port = 20001 } }
}
