service {
  name = "db"
  id   = "db-2"
  port = 5432
  connect {
    sidecar_service {
      port = 20001
      checks = [
        { name = "up", tcp = "127.0.0.1:5432", interval = "10s" },
        { name = "primary", ttl = "1m", status = "critical" },
      ]
    }
  }
}
