Kind     = "service-defaults"
Name     = "pages"
Protocol = "http"
