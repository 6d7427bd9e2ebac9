services = [
  {
    name = "web"
    port = 8001
    connect { sidecar_service { port = 21001 } }
  },
  {
    name = "api"
    port = 8002
    connect { sidecar_service { port = 21002 } }
  },
  {
    name = "api-next"
    port = 8003
    connect { sidecar_service { port = 21003 } }
  },
  {
    name = "db"
    port = 5000
    connect { sidecar_service { port = 21004 } }
  },
]
