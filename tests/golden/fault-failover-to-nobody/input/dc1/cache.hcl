service {
  name = "cache"
  port = 6379
  connect {
    sidecar_service { port = 20010 }
  }
}
