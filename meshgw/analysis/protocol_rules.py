"""Rules about what needs a certain protocol of a service: ingress listeners, L7 intentions (3.5).

Examples with several entries have a line `---` between them; they are written in this order.
"""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.analysis.fault import Fault, tell
from meshgw.analysis.proposal import Chains, Compiled, key_of
from meshgw.chain.model import ChainError, DiscoveryChain, Place
from meshgw.chain.protocols import Spoken, http_like, spoken
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.ingress_gateway import IngressGateway
from meshgw.entries.service_intentions import ServiceIntentions
from meshgw.entries.shared import WILDCARD
from meshgw.mesh.keys import ServiceKey
from meshgw.source.document import Path


@rule(
    "ingress-protocol-differs", on=IngressGateway, consul="does not match defined listener protocol"
)  # XG-14, XG-15
def ingress_protocol_differs(fault: Fault, report: Report) -> None:
    """A listener of an ingress gateway with another protocol than a service it offers.

    When the gateway is written the protocols must be equal. Afterwards a `tcp` listener may keep a
    service whose protocol changes, as long as the service has no router and no splitter.

    Refused:

        Kind      = "ingress-gateway"
        Name      = "public"
        Listeners = [{ Port = 8080, Protocol = "http", Services = [{ Name = "web" }] }]

    Accepted:

        Kind     = "service-defaults"
        Name     = "web"
        Protocol = "http"
        ---
        Kind      = "ingress-gateway"
        Name      = "public"
        Listeners = [{ Port = 8080, Protocol = "http", Services = [{ Name = "web" }] }]
    """
    tell(fault, report)


@rule(
    "permissions-need-http",
    on=ServiceIntentions,
    consul="which is incompatible with L7 intentions permissions",
)  # XG-16
def permissions_need_http(fault: Fault, report: Report) -> None:
    """Permissions for a service that does not speak HTTP.

    Paths, headers and methods can only be told apart where the protocol is `http`, `http2` or `grpc`.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources = [{ Name = "api", Permissions = [{ Action = "allow", HTTP = { PathPrefix = "/" } }] }]

    Accepted:

        Kind     = "service-defaults"
        Name     = "web"
        Protocol = "http"
        ---
        Kind = "service-intentions"
        Name = "web"
        Sources = [{ Name = "api", Permissions = [{ Action = "allow", HTTP = { PathPrefix = "/" } }] }]
    """
    tell(fault, report)


def ingress_services(gateway: IngressGateway) -> Iterator[tuple[Path, str, ServiceKey]]:
    """The services that a gateway names: where, the listener's protocol, and which."""
    for number, listener in enumerate(gateway.listeners):
        for index, service in enumerate(listener.services):
            if service.name != WILDCARD:
                at = ("Listeners", number, "Services", index, "Name")
                key = ServiceKey(service.partition, service.namespace, service.name)
                yield at, listener.protocol, key


def ingress_faults(gateway: IngressGateway, chains: Chains, *, strict: bool) -> Iterator[Fault]:
    """Services whose protocol is not the listener's; `strict` when the gateway itself is written."""
    for at, protocol, key in ingress_services(gateway):
        found = chains.of(key)
        chain = found.result
        if isinstance(chain, ChainError) or chain.protocol == protocol:
            continue
        if not strict and protocol == "tcp" and chain.start.type == "resolver":
            continue
        says = _speaks(found, chain)
        yield Fault(
            check=ingress_protocol_differs,
            message=f"`{key.name}` speaks `{chain.protocol}`, its listener `{protocol}`",
            place=Place(gateway, at),
            related=() if says.place is None else ((says.place, f"`{key.name}`: {says.words}"),),
            words=f"the listener speaks `{protocol}`",
            note=None if says.place is not None else f"`{key.name}`: {says.words}",
            help="set `Protocol` of the listener, or of the service's service-defaults",
        )


def has_permissions(entry: ServiceIntentions) -> bool:
    return any(source.permissions for source in entry.sources)


def intention_faults(entry: ServiceIntentions, chains: Chains) -> Iterator[Fault]:
    """Permissions for a destination whose chain has no requests."""
    if entry.name == WILDCARD or not has_permissions(entry):
        return
    found = chains.of(key_of(entry))
    chain = found.result
    if isinstance(chain, ChainError) or http_like(chain.protocol):
        return
    index = next(index for index, source in enumerate(entry.sources) if source.permissions)
    says = _speaks(found, chain)
    yield Fault(
        check=permissions_need_http,
        message=f"`{entry.name}` speaks `{chain.protocol}`, so its intentions cannot have permissions",
        place=Place(entry, ("Sources", index, "Permissions")),
        related=() if says.place is None else ((says.place, f"`{entry.name}`: {says.words}"),),
        words="these permissions need requests",
        note=None if says.place is not None else f"`{entry.name}`: {says.words}",
        help="set `Protocol` of the service's service-defaults, or write `Action` in place of permissions",
    )


def _speaks(found: Compiled, chain: DiscoveryChain) -> Spoken:
    """Where a chain's protocol comes from: its own service, else the first target."""
    key = found.key if chain.start.type == "router" else next(iter(chain.targets.values())).key
    gathered = found.gathered
    return spoken(gathered.service_defaults.get(key), gathered.proxy_defaults.get(key.partition))
