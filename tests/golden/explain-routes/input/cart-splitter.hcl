Kind = "service-splitter"
Name = "cart"
Splits = [
  { Weight = 50 ServiceSubset = "v1" },
  { Weight = 50 ServiceSubset = "v2" },
]
