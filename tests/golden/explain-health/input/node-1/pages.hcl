service {
  name = "pages"
  id   = "pages-1"
  port = 9091
  check {
    ttl    = "1m"
    status = "warning"
  }
  connect {
    sidecar_service { port = 20002 }
  }
}
