service {
  name      = "logging"
  namespace = "dev"
  port      = 5140

  connect {
    sidecar_service {
      port = 20000
    }
  }
}
