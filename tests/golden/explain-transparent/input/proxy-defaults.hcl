Kind = "proxy-defaults"
Name = "global"
Mode = "transparent"
Config { protocol = "http" }
