service {
  name = "pages"
  id   = "pages-2"
  port = 9091
  check {
    ttl    = "1m"
    status = "passing"
  }
  connect {
    sidecar_service { port = 20002 }
  }
}
