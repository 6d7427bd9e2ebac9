Kind = "service-resolver"
Name = "shop"
Redirect { Service = "cart" ServiceSubset = "v9" }
