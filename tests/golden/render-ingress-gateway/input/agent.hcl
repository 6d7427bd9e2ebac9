node_name = "node-1"
bind_addr = "10.1.0.1"
