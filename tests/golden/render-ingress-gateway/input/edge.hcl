service {
  name = "edge"
  kind = "ingress-gateway"
  port = 8000
}
