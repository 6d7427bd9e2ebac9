datacenter = "dc1"
node_name = "node-1"
bind_addr = "10.1.0.1"
service {
  name = "web"
  port = 8080
  token = "9f8e7d6c-secret-token-of-web"
  connect { sidecar_service { proxy { upstreams { destination_name = "db" local_bind_port = 5000 } } } }
}
