"""terminating-gateway (config-entries.md 2.8): services outside the mesh that the mesh can call."""

from __future__ import annotations

from meshgw.entries.base import Entry, config_entry
from meshgw.schema.fields import Block, block, blocks, boolean, tenancy, text

WILDCARD = "*"


@block
class LinkedService(Block):
    """A service that the gateway represents, and how it calls it."""

    name: str = text("Name", doc="the service, or `*` for all that have no proxy")
    namespace: str = tenancy("Namespace", doc="its namespace (Enterprise)")
    partition: str = text(
        "Partition", layers=frozenset({"server"}), enterprise=frozenset({"server"}), crd=None
    )
    ca_file: str = text("CAFile", alias="ca_file", doc="CA of the service's certificate; turns on TLS")
    cert_file: str = text("CertFile", alias="cert_file", doc="the gateway's own certificate")
    key_file: str = text("KeyFile", alias="key_file", doc="key of that certificate")
    sni: str = text("SNI", doc="server name sent in TLS, and expected in the certificate")
    disable_auto_host_rewrite: bool = boolean(
        "DisableAutoHostRewrite", doc="keep the `Host` header of the request"
    )


@config_entry("terminating-gateway")
class TerminatingGateway(Entry):
    """Lets services in the mesh call services outside it."""

    services: tuple[LinkedService, ...] = blocks("Services", LinkedService, doc="may be empty")
