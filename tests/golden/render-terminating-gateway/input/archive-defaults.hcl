Kind = "service-defaults"
Name = "archive"

Destination {
  Addresses = ["203.0.113.10", "archive.example.com"]
  Port      = 5432
}
