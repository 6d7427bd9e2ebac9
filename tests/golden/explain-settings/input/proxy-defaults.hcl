Kind = "proxy-defaults"
Name = "global"
Mode = "transparent"
TransparentProxy { OutboundListenerPort = 15010 }
Config {
  protocol                 = "http"
  local_connect_timeout_ms = 700
  envoy_extra              = { a = 1, b = 2 }
}
MeshGateway { Mode = "local" }
Expose { Checks = true }
AccessLogs { Enabled = true, Type = "stderr" }
MutualTLSMode = "strict"
EnvoyExtensions = [{ Name = "builtin/lua" Arguments = { ProxyType = "connect-proxy" Listener = "inbound" Script = "function envoy_on_response(h) end" } }]
