"""What Consul's controller binds to an API gateway, and why not (envoy-other-gateways.md 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from meshgw.chain.api_gateway_rules import effective_hostnames
from meshgw.chain.model import ChainError
from meshgw.entries.api_gateway import APIGateway, APIGatewayListener
from meshgw.entries.api_gateway_parts import Reference, RouteJWT
from meshgw.entries.base import Entry
from meshgw.entries.file_system_certificate import FileSystemCertificate
from meshgw.entries.http_route import HTTPRoute
from meshgw.entries.inline_certificate import InlineCertificate
from meshgw.entries.jwt_provider import JWTProvider
from meshgw.entries.tcp_route import TCPRoute
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Mesh
from meshgw.snapshot.compiling import service_chain
from meshgw.source.document import Path

Route: TypeAlias = HTTPRoute | TCPRoute
Certificate: TypeAlias = InlineCertificate | FileSystemCertificate

_NOT_ACCEPTED = "has not been accepted"
_ACCEPTING_DATACENTER = "dc1"  # whatever the datacenter is called (4.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that the controller finds wrong, in its own words if they are known, and where.

    `follows` says that something else is to blame, or that the route is bound elsewhere all the same.
    """

    reason: str
    message: str = ""
    entry: Entry
    at: Path = ()
    follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundListener:
    """A listener with what is bound to it; `index` is its place in the entry."""

    index: int
    settings: APIGatewayListener
    routes: tuple[Route, ...] = ()
    certificates: tuple[Certificate, ...] = ()

    @property
    def conflicted(self) -> bool:
        """Connections cannot be divided among routes (AE-07)."""
        return self.settings.protocol == "tcp" and len(self.routes) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundGateway:
    """A gateway's listeners in the order of its entry; without `accepted` no route is bound."""

    entry: APIGateway
    accepted: bool
    listeners: tuple[BoundListener, ...]
    conditions: tuple[Condition, ...] = ()


def bound_gateway(mesh: Mesh, home: Datacenter, gateway: APIGateway) -> BoundGateway:
    """The state that the controller reaches when nothing is written any more."""
    conditions = [*_missing_certificates(home, gateway), *_missing_providers(mesh, home, gateway)]
    accepted = not conditions
    routes: list[list[Route]] = [[] for _ in gateway.listeners]
    for route in routes_in_order(home):
        parents = [number for number, each in enumerate(route.parents) if names_gateway(each, gateway)]
        refusal = _refusal(mesh, home, route, accepted=accepted) if parents else ""
        for number in parents:
            conditions += [
                Condition(
                    reason="FailedToBind", message=fault, entry=route, at=("Parents", number), follows=follows
                )
                for fault, follows in _bind(gateway, routes, route, route.parents[number], refusal)
            ]
    listeners = tuple(
        BoundListener(
            index=index,
            settings=listener,
            routes=tuple(routes[index]),
            certificates=tuple(_certificates(home, listener)),
        )
        for index, listener in enumerate(gateway.listeners)
    )
    conditions += [_conflict(gateway, listener) for listener in listeners if listener.conflicted]
    return BoundGateway(entry=gateway, accepted=accepted, listeners=listeners, conditions=tuple(conditions))


def routes_in_order(home: Datacenter) -> tuple[Route, ...]:
    """All routes, those of requests first, each by their names in lower case (AE-04)."""
    return home.entries.once("routes in order", lambda: _routes_in_order(home))


def _routes_in_order(home: Datacenter) -> tuple[Route, ...]:
    http = sorted(home.entries.of_kind(HTTPRoute), key=_order)
    return (*http, *sorted(home.entries.of_kind(TCPRoute), key=_order))


def _order(route: Route) -> tuple[str, str, str]:
    return (route.name.lower(), route.partition, route.namespace)


def names_gateway(parent: Reference, gateway: Entry) -> bool:
    """Whether a parent of a route is this gateway."""
    place = (gateway.kind, gateway.partition, gateway.namespace, gateway.name)
    return (parent.kind, parent.partition, parent.namespace, parent.name) == place


def route_services(route: Route) -> Iterator[tuple[ServiceKey, Path]]:
    """The services that a route leads to, with repetition, and where it names them."""
    if isinstance(route, TCPRoute):
        for index, service in enumerate(route.services):
            yield _key(route, service.partition, service.namespace, service.name), ("Services", index)
        return
    for number, rule in enumerate(route.rules):
        for index, target in enumerate(rule.services):
            key = _key(route, target.partition, target.namespace, target.name)
            yield key, ("Rules", number, "Services", index)


def _key(route: Route, partition: str, namespace: str, name: str) -> ServiceKey:
    return ServiceKey(partition or route.partition, namespace or route.namespace, name)


def protocol_of_route(route: Route) -> str:
    """What listeners of a route speak."""
    return "http" if isinstance(route, HTTPRoute) else "tcp"


def route_condition(mesh: Mesh, home: Datacenter, route: Route) -> Condition | None:
    """Why a route is not accepted; the last of its services decides (4.2, AE-03)."""
    found = [service_condition(mesh, home, route, key, at) for key, at in route_services(route)]
    if not found:
        return Condition(reason="NoUpstreamServicesTargeted", entry=route)
    return found[-1]


def service_condition(
    mesh: Mesh, home: Datacenter, route: Route, key: ServiceKey, at: Path
) -> Condition | None:
    """Why a route would not be accepted for one of its services alone."""
    chain = service_chain(mesh, home, key, _ACCEPTING_DATACENTER, config={}, mode="")
    if isinstance(chain, ChainError):
        message = chain.consul or chain.message
    elif chain.protocol != protocol_of_route(route):
        message = "route protocol does not match targeted service protocol"
    else:
        return None
    return Condition(reason="InvalidDiscoveryChain", message=message, entry=route, at=at)


def _refusal(mesh: Mesh, home: Datacenter, route: Route, *, accepted: bool) -> str:
    """What keeps a route from every listener; empty when nothing does."""
    if not accepted:
        return f"gateway {_NOT_ACCEPTED}"
    if route_condition(mesh, home, route) is not None:
        return f"route {_NOT_ACCEPTED}"
    if mesh.enterprise:  # AE-53, whose words are not known
        known = _known_providers(home, route)
        for name in (name for each in route_requirements(route) for name in provider_names(each)):
            if name not in known:
                return f'JWT provider "{name}" not found'
    return ""


def _bind(
    gateway: APIGateway, routes: list[list[Route]], route: Route, parent: Reference, refusal: str
) -> list[tuple[str, bool]]:
    """Append a route to the listeners that a parent means; what keeps it from some of them (4.3).

    With each fault goes whether it follows from something else.
    """
    to_gateway = f"failed to bind route to gateway {gateway.name}:"
    this_to_gateway = f"failed to bind route {route.name} to gateway {gateway.name}"
    protocol = protocol_of_route(route)
    faults: dict[str, bool] = {}
    unmatched: list[str] = []
    bound = False
    for bucket, listener in zip(routes, gateway.listeners, strict=True):
        if parent.section_name not in ("", listener.name):
            continue
        if refusal:
            faults[f"{to_gateway} {refusal}"] = refusal.endswith(_NOT_ACCEPTED)
        elif isinstance(route, HTTPRoute) and not effective_hostnames(listener.hostname, route.hostnames):
            unmatched.append(
                f"{to_gateway} listener {listener.name} is does not have any hostnames that match the route"
            )
        elif listener.protocol == protocol:
            bound = True
            if not bucket or bucket[-1] is not route:  # another parent of it may mean this listener too
                bucket.append(route)
        elif parent.section_name:
            faults[f"{this_to_gateway}: listener {listener.name} is not a {protocol} listener"] = False
    faults |= dict.fromkeys(unmatched, bound)  # AE-05
    if not (bound or faults):
        faults[f"{this_to_gateway} with listener '{parent.section_name}'"] = False
    return list(faults.items())


def _certificates(home: Datacenter, listener: APIGatewayListener) -> Iterator[Certificate]:
    """The certificates of a listener that exist, in its order (4.1)."""
    for reference in listener.tls.certificates:
        found = _certificate(home, reference)
        if found is not None:
            yield found


def _certificate(home: Datacenter, reference: Reference) -> Certificate | None:
    key = ServiceKey(reference.partition, reference.namespace, reference.name)
    found = home.entries.find(reference.kind, key)
    return found if isinstance(found, InlineCertificate | FileSystemCertificate) else None


def _missing_certificates(home: Datacenter, gateway: APIGateway) -> Iterator[Condition]:
    for index, listener in enumerate(gateway.listeners):
        for number, reference in enumerate(listener.tls.certificates):
            if _certificate(home, reference) is None:
                yield Condition(
                    reason="InvalidCertificateRef",
                    message=f'certificate "{reference.name}" not found',
                    entry=gateway,
                    at=("Listeners", index, "TLS", "Certificates", number),
                )


def _missing_providers(mesh: Mesh, home: Datacenter, gateway: APIGateway) -> Iterator[Condition]:
    """Community does not look at what a listener requires (5.8)."""
    if not mesh.enterprise:
        return
    known = _known_providers(home, gateway)
    for index, listener in enumerate(gateway.listeners):
        for field, policy in (("Default", listener.default), ("Override", listener.override)):
            for number, name in enumerate(provider_names(policy.jwt if policy is not None else None)):
                if name not in known:
                    yield Condition(
                        reason="InvalidJWTProviderRef",
                        entry=gateway,
                        at=("Listeners", index, field, "JWT", "Providers", number, "Name"),
                    )


def _known_providers(home: Datacenter, entry: Entry) -> set[str]:
    """The names of the providers that an entry may refer to: those of its partition."""
    providers = home.entries.of_kind(JWTProvider)
    return {provider.name for provider in providers if provider.partition == entry.partition}


def route_requirements(route: Route) -> list[RouteJWT | None]:
    """What the rules of a route and their services require of requests."""
    rules = route.rules if isinstance(route, HTTPRoute) else ()
    return [
        filters.jwt
        for rule in rules
        for filters in (rule.filters, *(service.filters for service in rule.services))
    ]


def provider_names(requirement: RouteJWT | None) -> tuple[str, ...]:
    """The providers whose tokens a requirement accepts."""
    return () if requirement is None else tuple(provider.name for provider in requirement.providers)


def _conflict(gateway: APIGateway, listener: BoundListener) -> Condition:
    return Condition(
        reason="RouteConflict",
        message="TCP-based listeners currently only support binding a single route",
        entry=gateway,
        at=("Listeners", listener.index),
    )
