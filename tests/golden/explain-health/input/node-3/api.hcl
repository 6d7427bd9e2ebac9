service {
  name = "api"
  id   = "api-3"
  port = 9090
  check {
    http     = "http://127.0.0.1:9090/health"
    interval = "10s"
    status   = "passing"
  }
  connect {
    sidecar_service { port = 20000 }
  }
}
