"""file-system-certificate (config-entries.md 2.17)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import first
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.shared import META, entry_name_missing
from meshgw.schema.fields import Layer, text

_CLIENT: frozenset[Layer] = frozenset({"client"})


@config_entry("file-system-certificate")
class FileSystemCertificate(Entry):
    """A certificate and its private key in files where the API gateway runs."""

    certificate: str = text("Certificate", doc="path of a PEM file")
    private_key: str = text("PrivateKey", alias="private_key", alias_layers=_CLIENT, doc="path of a PEM file")


judged(FileSystemCertificate, first(META, entry_name_missing))  # FC-01, XG-01
