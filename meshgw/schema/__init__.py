"""How fields are declared, and Consul's decoding driven by those declarations."""
