Kind = "service-resolver"
Name = "far"

Redirect {
  Service = "api"
  Peer    = "cloud-est"
}
