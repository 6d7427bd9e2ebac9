service {
  name = "api"
  port = 8081
  connect { sidecar_service { port = 20001 } }
}
