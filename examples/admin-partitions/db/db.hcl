service {
  name      = "db"
  namespace = "dev"
  port      = 5432

  connect {
    sidecar_service {
      port = 20000
    }
  }
}
