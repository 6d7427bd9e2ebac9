"""control-plane-request-limit (config-entries.md 2.19): requests per second and client IP."""

from __future__ import annotations

from typing import Any

from meshgw.entries.base import Entry, config_entry
from meshgw.schema.fields import Block, Layer, block, number, obj, text

MODES = ("permissive", "enforcing", "disabled")
_SERVER: frozenset[Layer] = frozenset({"server"})


@block
class RequestRates(Block):
    """How many requests of one category a client may send in a second."""

    read_rate: float = number("ReadRate", alias="read_rate", doc="reads per second; no limit when 0")
    write_rate: float = number("WriteRate", alias="write_rate", doc="writes per second; no limit when 0")


def _category(name: str, *, alias: str | None = None, **options: Any) -> Any:
    """The rates of a category; only the server knows underscore spellings, and few are CRD fields."""
    return obj(name, RequestRates, optional=True, alias=alias, alias_layers=_SERVER, **options)


@config_entry("control-plane-request-limit")
class ControlPlaneRequestLimit(Entry):
    """Limits how often single clients may ask the Consul servers (Enterprise)."""

    mode: str = text("Mode", one_of=MODES, doc="`permissive`, `enforcing` or `disabled`")
    read_rate: float = number("ReadRate", alias="read_rate", doc="all reads per second; no limit when 0")
    write_rate: float = number("WriteRate", alias="write_rate", doc="all writes per second; no limit when 0")
    acl: RequestRates | None = _category("ACL")
    catalog: RequestRates | None = _category("Catalog")
    config_entry: RequestRates | None = _category("ConfigEntry", alias="config_entry")
    connect_ca: RequestRates | None = _category("ConnectCA", alias="connect_ca")
    coordinate: RequestRates | None = _category("Coordinate")
    discovery_chain: RequestRates | None = _category("DiscoveryChain", alias="discovery_chain")
    server_discovery: RequestRates | None = _category("ServerDiscovery", alias="server_discovery", crd=None)
    health: RequestRates | None = _category("Health")
    intention: RequestRates | None = _category("Intention")
    kv: RequestRates | None = _category("KV")
    tenancy: RequestRates | None = _category("Tenancy")
    prepared_query: RequestRates | None = _category("PreparedQuery", alias="prepared_query")
    session: RequestRates | None = _category("Session")
    txn: RequestRates | None = _category("Txn")
    auto_config: RequestRates | None = _category("AutoConfig", alias="auto_config", crd=None)
    federation_state: RequestRates | None = _category("FederationState", alias="federation_state", crd=None)
    internal: RequestRates | None = _category("Internal", crd=None)
    peer_stream: RequestRates | None = _category("PeerStream", alias="peer_stream", crd=None)
    peering: RequestRates | None = _category("Peering", crd=None)
    data_plane: RequestRates | None = _category("DataPlane", alias="data_plane", crd=None)
    dns: RequestRates | None = _category("DNS", crd=None)
    subscribe: RequestRates | None = _category("Subscribe", crd=None)
    resource: RequestRates | None = _category("Resource", crd=None)
