service {
  name = "edge"
  kind = "api-gateway"
  port = 8000
}
