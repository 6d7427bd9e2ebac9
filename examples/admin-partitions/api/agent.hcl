# The client agent of this partition's node.
node_name      = "api-1"
datacenter     = "dc1"
partition      = "api"
advertise_addr = "10.2.0.1"
