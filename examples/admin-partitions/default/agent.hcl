# The client agent of this partition's node.
node_name      = "default-1"
datacenter     = "dc1"
partition      = "default"
advertise_addr = "10.1.0.1"
