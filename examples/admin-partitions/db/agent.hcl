# The client agent of this partition's node.
node_name      = "db-1"
datacenter     = "dc1"
partition      = "db"
advertise_addr = "10.3.0.1"
