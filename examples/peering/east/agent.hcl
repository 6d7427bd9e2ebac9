# The server of this cluster; its services run on the same node.
node_name      = "east-1"
datacenter     = "east"
server         = true
advertise_addr = "10.1.0.1"
