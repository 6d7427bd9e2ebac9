# The server of this datacenter; its services run on the same node.
node_name          = "node-1"
datacenter         = "dc1"
primary_datacenter = "dc1"
server             = true
advertise_addr     = "10.1.0.1"

connect {
  enabled                            = true
  enable_mesh_gateway_wan_federation = true
}
