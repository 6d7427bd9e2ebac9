Kind = "service-defaults"
Name = "web"
Protocol = "grpc"
MaxInboundConnections = 9
Expose { Paths = [{ Path = "/health" ListenerPort = 21500 LocalPathPort = 8080 }] }
UpstreamConfig {
  Defaults {
    ConnectTimeoutMs = 100
    Limits { MaxConnections = 5 MaxPendingRequests = 6 }
    MeshGateway { Mode = "remote" }
  }
  Overrides = [{ Name = "db" ConnectTimeoutMs = 200 }]
}
