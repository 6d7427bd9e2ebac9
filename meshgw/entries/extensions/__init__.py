"""Envoy extensions of service-defaults and proxy-defaults (config-entries.md 2.0): one file each."""
