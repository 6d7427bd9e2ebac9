Kind      = "service-defaults"
Name      = "web"
Namespace = "dev"

MeshGateway {
  Mode = "locall"
}
