Kind = "service-router"
Name = "shop"
Routes = [
  {
    Match { HTTP { PathPrefix = "/admin" Methods = ["get", "post"] Header = [{ Name = "x-debug" Exact = "1" Invert = true }] } }
    Destination { Service = "admin" }
  },
  {
    Match { HTTP { PathExact = "/cart" QueryParam = [{ Name = "v" Present = true }] } }
    Destination { Service = "cart" ServiceSubset = "v2" RequestTimeout = "3s" }
  },
]
