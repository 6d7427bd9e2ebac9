service {
  name = "web"
  port = 8080
  connect { sidecar_service { port = 20000 proxy { mesh_gateway { mode = "none" } } } }
}
