service {
  name = "pages"
  port = 9091

  connect {
    sidecar_service {
      port = 20001
    }
  }
}
