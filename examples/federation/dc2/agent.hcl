# The server of this datacenter; its services run on the same node.
node_name          = "node-2"
datacenter         = "dc2"
primary_datacenter = "dc1"
server             = true
advertise_addr     = "10.2.0.1"

connect {
  enabled                            = true
  enable_mesh_gateway_wan_federation = true
}

# Where the primary is reached before anything has been replicated.
primary_gateways = ["198.51.100.1:8443"]
