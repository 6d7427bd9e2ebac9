Kind = "ingress-gateway"
Name = "front"
Listeners = [{ Port = 8443 Protocol = "http" Services = [{ Name = "cart" Hosts = ["cart.example.com"] }] }]
