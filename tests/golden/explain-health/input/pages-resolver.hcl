Kind          = "service-resolver"
Name          = "pages"
DefaultSubset = "all"

Subsets = {
  all = { OnlyPassing = true }
}
