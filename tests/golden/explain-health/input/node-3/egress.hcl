service {
  name = "egress"
  kind = "terminating-gateway"
  port = 8444
}
