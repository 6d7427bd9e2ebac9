"""Envoy resources from a snapshot: one file per resource type, one per proxy kind that assembles them."""
