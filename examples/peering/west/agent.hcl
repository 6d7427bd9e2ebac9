# The server of this cluster; its services run on the same node.
node_name      = "west-1"
datacenter     = "west"
server         = true
advertise_addr = "10.2.0.1"
