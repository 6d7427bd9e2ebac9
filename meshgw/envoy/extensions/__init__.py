"""Envoy extensions: what each changes in the resources of a proxy (envoy-sidecar.md 10)."""
