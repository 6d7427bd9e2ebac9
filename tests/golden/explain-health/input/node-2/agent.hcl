node_name      = "node-2"
datacenter     = "dc1"
advertise_addr = "10.0.0.2"
