Kind = "service-splitter"
Name = "shop"
Splits = [
  { Weight = 90 },
  { Weight = 10 Service = "cart" },
]
