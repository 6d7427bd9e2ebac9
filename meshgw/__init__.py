"""The offline compiler for HashiCorp Consul's service mesh."""

from meshgw._version import __version__

__all__ = ["__version__"]
