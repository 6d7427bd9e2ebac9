node_name      = "node-1"
datacenter     = "dc1"
advertise_addr = "10.0.0.1"
