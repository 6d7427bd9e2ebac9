service {
  name      = "api"
  namespace = "dev"
  port      = 9090

  connect {
    sidecar_service {
      port = 20000
    }
  }
}
