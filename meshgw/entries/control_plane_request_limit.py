"""control-plane-request-limit (config-entries.md 2.19): requests per second and client IP."""

from __future__ import annotations

from typing import Any

from meshgw.diagnostics.evaluation import first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.shared import META
from meshgw.schema.fields import Block, Layer, Obj, block, number, obj, text
from meshgw.schema.suggest import nearest

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


@rule(
    "request-limit-unnamed", on=ControlPlaneRequestLimit, consul="Name is required", edition="enterprise"
)  # RL-02
def request_limit_unnamed(limit: ControlPlaneRequestLimit, report: Report) -> None:
    """A request limit without a name.

    Refused:

        Kind = "control-plane-request-limit"
        Mode = "permissive"

    Accepted:

        Kind = "control-plane-request-limit"
        Name = "per-client"
        Mode = "permissive"
    """
    if not limit.name:
        report("the limit has no `Name`", at=("Name",), help="give it a `Name`")


@rule("request-limit-mode-unknown", on=ControlPlaneRequestLimit, consul="mode", edition="enterprise")  # RL-03
def request_limit_mode_unknown(limit: ControlPlaneRequestLimit, report: Report) -> None:
    """A request limit whose mode is none of `permissive`, `enforcing` and `disabled`.

    The mode has to be written: documentation calls it required, and elsewhere `permissive` by default.

    Refused:

        Kind = "control-plane-request-limit"
        Name = "per-client"

    Accepted:

        Kind = "control-plane-request-limit"
        Name = "per-client"
        Mode = "enforcing"
    """
    if limit.mode not in MODES:
        close = nearest(limit.mode, MODES)
        report(
            f"`{limit.mode}` is no mode" if limit.mode else "the limit has no `Mode`",
            at=("Mode",),
            help=f"did you mean `{close}`?" if close else f"one of: {', '.join(MODES)}",
        )


@rule(
    "request-rate-negative",
    on=ControlPlaneRequestLimit,
    consul="must be >= 0",
    edition="enterprise",
    inferred=True,
)  # RL-04
def request_rate_negative(limit: ControlPlaneRequestLimit, report: Report) -> None:
    """A rate of requests below 0.

    A rate of 0, or none, is no limit.

    Refused:

        Kind     = "control-plane-request-limit"
        Name     = "per-client"
        Mode     = "enforcing"
        ReadRate = -1

    Accepted:

        Kind     = "control-plane-request-limit"
        Name     = "per-client"
        Mode     = "enforcing"
        ReadRate = 100
    """
    _negative(limit, (), report)
    for spec in limit.specs:
        category = getattr(limit, spec.attribute)
        if isinstance(spec.type, Obj) and category is not None:
            _negative(category, (spec.name,), report)


def _negative(rates: ControlPlaneRequestLimit | RequestRates, at: tuple[str, ...], report: Report) -> None:
    for field, rate in (("ReadRate", rates.read_rate), ("WriteRate", rates.write_rate)):
        if rate < 0:
            report(f"a rate of {rate:g} is below 0", at=(*at, field), help="take it out for no limit")


@rule(
    "request-limit-tenancy",
    on=ControlPlaneRequestLimit,
    consul="namespace",
    edition="enterprise",
    inferred=True,
)  # RL-07
def request_limit_tenancy(limit: ControlPlaneRequestLimit, report: Report) -> None:
    """A request limit in a partition or namespace.

    The servers have one set of limits, in partition and namespace `default`.

    Refused:

        Kind      = "control-plane-request-limit"
        Name      = "per-client"
        Mode      = "enforcing"
        Partition = "shop"

    Accepted:

        Kind = "control-plane-request-limit"
        Name = "per-client"
        Mode = "enforcing"
    """
    for field, value in (("Partition", limit.partition), ("Namespace", limit.namespace)):
        if value != "default":
            consul = field.lower()
            report(f"the limit is in {consul} `{value}`", at=(field,), consul=consul, help="take it out")


judged(
    ControlPlaneRequestLimit,
    first(
        request_limit_unnamed,  # RL-02
        request_limit_mode_unknown,  # RL-03
        request_rate_negative,  # RL-04
        META,  # RL-06
        request_limit_tenancy,  # RL-07
    ),
)
"""RL-01 is the kind itself in Community, RL-05 a rule of the Kubernetes layer."""
