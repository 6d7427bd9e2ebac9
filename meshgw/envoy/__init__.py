"""Envoy resources from a snapshot, the bootstrap around them, and the shapes in which Envoy reads them."""
