"""What Envoy refuses although Consul serves it (envoy-bootstrap.md 15)."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from meshgw.diagnostics.model import Severity
from meshgw.envoy.faults import RenderFault
from meshgw.envoy.resources import ResourceType
from meshgw.envoy.tree_walk import mappings, member

Socket = tuple[str, str, int]


def refused_listeners(bootstrap: Mapping[str, Any], listeners: Mapping[str, Any]) -> Iterator[RenderFault]:
    """Faults of the served listeners, beside those of the bootstrap: first by itself, then by its address."""
    taken = {socket: name for name, listener in static_listeners(bootstrap) for socket in _sockets(listener)}
    for socket in _sockets(bootstrap.get("admin")):
        taken.setdefault(socket, "the admin endpoint")
    for name, listener in listeners.items():
        yield from _alone(name, listener)
        yield from _alike(name, listener)
        for socket in _sockets(listener):
            first = taken.setdefault(socket, f"listener `{name}`")
            if first != f"listener `{name}`":
                yield _in_use(name, socket, first)


def static_listeners(bootstrap: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The bootstrap's own listeners as they are called in messages."""
    found = member(member(bootstrap, "static_resources"), "listeners")
    for listener in found if isinstance(found, list) else ():
        if isinstance(listener, Mapping):
            yield f"listener `{listener.get('name', '')}` of the bootstrap", listener


def _alone(name: str, listener: Mapping[str, Any]) -> Iterator[RenderFault]:
    address = member(listener, "address")
    if not isinstance(address, Mapping) or not address:
        yield _fault(
            "listener-without-address",
            name,
            f"listener `{name}` has no address",
            "Envoy listens on nothing without one; a port has to be between 0 and 65535",
        )
    host = member(member(address, "socket_address"), "address")
    if isinstance(host, str) and not _is_ip(host):
        yield _fault(
            "listener-on-host-name",
            name,
            f"listener `{name}` is to be bound to `{host}`, which is no IP address",
            "Envoy binds IP addresses only; Consul passes the registered address on as it is",
        )
    if not (member(listener, "filter_chains") or member(listener, "default_filter_chain")):
        yield _fault(
            "listener-without-filter-chains",
            name,
            f"listener `{name}` has no filter chain",
            "Envoy refuses a listener that has nothing to do with a connection",
        )


def _alike(name: str, listener: Mapping[str, Any]) -> Iterator[RenderFault]:
    """Filter chains of which Envoy could not tell which is meant (OG-W06)."""
    chains = member(listener, "filter_chains")
    seen = set()
    for chain in chains if isinstance(chains, list) and len(chains) > 1 else ():
        match = member(chain, "filter_chain_match")
        text = json.dumps(match, sort_keys=True)
        if text in seen:
            server_names = member(match, "server_names")
            of = f" for `{server_names[0]}`" if isinstance(server_names, list) and server_names else ""
            message = f"listener `{name}` has two filter chains{of} with one match"
            yield _fault("filter-chains-alike", name, message, "Envoy refuses the listener")
            return
        seen.add(text)


def _in_use(name: str, socket: Socket, first: str) -> RenderFault:
    kind, address, port = socket
    shown = f"[{address}]:{port}" if ":" in address else f"{address}:{port}" if kind != "pipe" else address
    return _fault(
        "listener-address-in-use",
        name,
        f"listener `{name}` and {first} are both on {shown}",
        "Envoy refuses a second listener on an address and port",
    )


def _fault(rule: str, listener: str, message: str, note: str) -> RenderFault:
    return RenderFault(rule=rule, message=message, note=note, resource=("listeners", listener))


def _sockets(listener: Any) -> Iterator[Socket]:
    if not isinstance(listener, Mapping):
        return
    more = member(listener, "additional_addresses")
    extra = [member(part, "address") for part in more] if isinstance(more, list) else []
    for address in (member(listener, "address"), *extra):
        yield from _socket(address)


def _socket(address: Any) -> Iterator[Socket]:
    path = member(member(address, "pipe"), "path")
    if isinstance(path, str):
        yield "pipe", path, 0
    socket = member(address, "socket_address")
    host, port = member(socket, "address"), member(socket, "port_value")
    if isinstance(host, str) and isinstance(port, int) and port:
        yield str(member(socket, "protocol") or "TCP"), _plain(host), port


def _plain(host: str) -> str:
    return str(ipaddress.ip_address(host)) if _is_ip(host) else host


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


_DURATION = re.compile(r"-?([0-9]+)(?:\.[0-9]+)?s")
_DURATION_FIELD = re.compile(r"(duration|timeout|interval|age|delay|time|budget|ttl)$", re.IGNORECASE)
_LONGEST_SECONDS = 315_576_000_000  # google.protobuf.Duration: 10,000 years
_LONGEST_DIGITS = 12


def refused_durations(kind: ResourceType, bodies: Mapping[str, Any]) -> Iterator[RenderFault]:
    """Durations beyond what protobuf allows; Consul serves them, and Envoy refuses the whole resource."""
    for name, body in bodies.items():
        for message in mappings(body):
            for field, value in message.items():
                if _is_too_long(field, value):
                    yield RenderFault(
                        rule="duration-out-of-range",
                        message=f"`{field}` of {kind[:-1]} `{name}` is `{value}`, longer than Envoy accepts",
                        resource=(kind, name),
                        note=f"a duration has at most {_LONGEST_SECONDS} seconds",
                    )


def _is_too_long(field: str, value: Any) -> bool:
    if type(value) is not str or len(value) <= _LONGEST_DIGITS or value[-1] != "s":
        return False
    if not _DURATION_FIELD.search(field):
        return False
    found = _DURATION.fullmatch(value)
    return found is not None and (len(found[1]) > _LONGEST_DIGITS or int(found[1]) > _LONGEST_SECONDS)


def refused_timeouts(clusters: Mapping[str, Any]) -> Iterator[RenderFault]:
    """Clusters that no connection could reach in time (GO-02)."""
    for name, cluster in clusters.items():
        timeout = member(cluster, "connect_timeout")
        if timeout == "0s" or (isinstance(timeout, str) and timeout.startswith("-")):
            yield RenderFault(
                rule="connect-timeout-zero",
                message=f"cluster `{name}` has a connect timeout of {timeout}",
                resource=("clusters", name),
                note="Envoy refuses the cluster",
            )


def missing_clusters(listeners: Mapping[str, Any], known: Iterable[str]) -> Iterator[RenderFault]:
    """Inline routes to clusters that do not exist: Envoy checks those, and only those."""
    clusters = set(known)
    for name, listener in listeners.items():
        for manager in mappings(listener):
            routes = member(manager, "route_config")
            if not isinstance(routes, Mapping) or member(routes, "validate_clusters") is False:
                continue
            for cluster in sorted(set(_route_clusters(routes)) - clusters):
                yield _fault(
                    "route-to-missing-cluster",
                    name,
                    f"a route of listener `{name}` leads to `{cluster}`, which is no cluster of this proxy",
                    "Envoy refuses inline routes to clusters that it does not know",
                )


def _route_clusters(routes: Mapping[str, Any]) -> Iterator[str]:
    for part in mappings(routes):
        action = member(part, "route")
        cluster = member(action, "cluster")
        if isinstance(cluster, str):
            yield cluster
        weighted = member(member(action, "weighted_clusters"), "clusters")
        for leg in weighted if isinstance(weighted, list) else ():
            if isinstance(name := member(leg, "name"), str):
                yield name


def unusable_sds_clusters(listeners: Mapping[str, Any], known: Iterable[str]) -> Iterator[RenderFault]:
    """Secrets from an SDS cluster of the user's own that has no name or does not exist."""
    clusters = set(known)
    for name, listener in listeners.items():
        for cluster in sorted(set(_sds_clusters(listener)) - clusters):
            yield _without_sds(name, cluster)


def _sds_clusters(listener: Mapping[str, Any]) -> Iterator[str]:
    for part in mappings(listener):
        for inner in mappings(member(part, "sds_config")):
            service = member(inner, "envoy_grpc")
            if isinstance(service, Mapping):
                yield str(member(service, "cluster_name") or "")


def _without_sds(listener: str, cluster: str) -> RenderFault:
    if not cluster:
        return RenderFault(
            rule="sds-cluster-unnamed",
            message=f"listener `{listener}` takes certificates from an SDS cluster without a name",
            resource=("listeners", listener),
            note="Envoy refuses the listener",
            help="name the cluster beside `CertResource` too",
        )
    return RenderFault(
        rule="sds-cluster-missing",
        severity=Severity.WARNING,
        message=f"listener `{listener}` takes certificates from `{cluster}`, which does not exist",
        resource=("listeners", listener),
        note="Envoy starts, but never gets them, and ends every connection",
        help="define the cluster in `envoy_extra_static_clusters_json` of the gateway's `config`",
    )
