node_name      = "node-3"
datacenter     = "dc1"
advertise_addr = "10.0.0.3"
