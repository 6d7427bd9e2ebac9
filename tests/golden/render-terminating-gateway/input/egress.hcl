service {
  name    = "egress"
  kind    = "terminating-gateway"
  address = "10.1.0.1"
  port    = 8443

  # Callers choose a subset among the gateway's instances, the gateway among the service's own.
  meta { version = "1" }

  proxy {
    config {
      envoy_gateway_remote_tcp_enable_keepalive = true
      envoy_gateway_remote_tcp_keepalive_time   = 60
    }
  }
}
