# The client agent of this partition's node.
node_name      = "logging-1"
datacenter     = "dc1"
partition      = "logging"
advertise_addr = "10.4.0.1"
