Kind = "service-defaults"
Name = "web"
UpstreamConfig {
  Overrides = [
    { Name = "api" ConnectTimeoutMs = 300 MeshGateway { Mode = "remote" } },
    { Name = "gone" Limits { MaxConnections = 7 } },
  ]
}
