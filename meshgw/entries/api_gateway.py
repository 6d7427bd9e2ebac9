"""api-gateway (config-entries.md 2.12)."""

from __future__ import annotations

from meshgw.entries.api_gateway_parts import Reference, RouteJWT, Status
from meshgw.entries.base import Entry, config_entry
from meshgw.entries.tls import TLS_VERSIONS
from meshgw.schema.fields import Block, Layer, block, blocks, integer, obj, text, texts, unsigned32

_CLIENT: frozenset[Layer] = frozenset({"client"})


@block
class APIGatewayTLS(Block):
    """Certificates and TLS parameters of a listener."""

    certificates: tuple[Reference, ...] = blocks(
        "Certificates", Reference, doc="`inline-certificate` (the default) or `file-system-certificate`"
    )
    max_version: str = text("MaxVersion", alias="tls_max_version", alias_layers=_CLIENT, one_of=TLS_VERSIONS)
    min_version: str = text("MinVersion", alias="tls_min_version", alias_layers=_CLIENT, one_of=TLS_VERSIONS)
    cipher_suites: tuple[str, ...] = texts("CipherSuites", alias="cipher_suites", alias_layers=_CLIENT)


@block
class APIGatewayPolicy(Block):
    """What is required of requests: tokens."""

    jwt: RouteJWT | None = obj("JWT", RouteJWT, optional=True)


@block
class APIGatewayListener(Block):
    """A port that the gateway listens on, for one protocol and host name."""

    name: str = text("Name", doc="unique; lower-case letters, digits, `-` and `.`")
    hostname: str = text("Hostname", doc="host name, `*.` may lead it; every one when empty; `http` only")
    port: int = integer("Port", doc="1 to 65535")
    protocol: str = text("Protocol", one_of=("http", "tcp"), doc="`http` or `tcp`")
    tls: APIGatewayTLS = obj("TLS", APIGatewayTLS)
    override: APIGatewayPolicy | None = obj(
        "Override", APIGatewayPolicy, optional=True, doc="wins over what a route requires"
    )
    default: APIGatewayPolicy | None = obj(
        "Default", APIGatewayPolicy, optional=True, doc="for routes that require nothing themselves"
    )
    max_request_headers_kb: int | None = unsigned32(
        "MaxRequestHeadersKB", optional=True, since=(1, 23), doc="largest headers of a request, in KiB"
    )


@config_entry("api-gateway")
class APIGateway(Entry):
    """Listeners through which traffic from outside enters the mesh; routes attach to them."""

    listeners: tuple[APIGatewayListener, ...] = blocks("Listeners", APIGatewayListener, doc="at least one")
    status: Status = obj("Status", Status, doc="Consul's own; discarded")
