Kind = "service-splitter"
Name = "web"
Splits = [
  { Weight = 50 },
  { Weight = 40, ServiceSubset = "v2" },
]
