"""inline-certificate (config-entries.md 2.16)."""

from __future__ import annotations

from meshgw.entries.base import Entry, config_entry
from meshgw.schema.fields import Layer, secret_text, text
from meshgw.secret import Secret

CLIENT: frozenset[Layer] = frozenset({"client"})


@config_entry("inline-certificate")
class InlineCertificate(Entry):
    """A certificate and its private key, for listeners of API gateways."""

    certificate: str = text("Certificate", doc="PEM")
    private_key: Secret = secret_text("PrivateKey", alias="private_key", alias_layers=CLIENT, doc="PEM")
