node_name      = "node-1"
datacenter     = "dc1"
advertise_addr = "10.1.0.1"
ports { grpc = 8502 }
