service {
  name = "api"
  port = 8082
  connect { sidecar_service { port = 20001 } }
}
