"""Discovery chains: how a service name becomes a routing graph, as named passes."""
