"""Upstreams that look for a service where it is not (intentions-and-exports.md 7.1–7.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from meshgw.analysis.call_places import upstream_location
from meshgw.diagnostics.model import Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.mesh.model import Instance, Key
from meshgw.schema.spelling import spelling_at
from meshgw.snapshot.calls import Call
from meshgw.snapshot.peers import imported_services


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A call whose service is not where its upstream looks, and where it is instead.

    `found` are instances that a word more in the upstream would reach; `peer` one that exports it.
    """

    call: Call
    found: Instance | None = None
    peer: str = ""


def looks_in_vain(call: Call) -> bool:
    """Whether a registered upstream itself, no redirect, leads to nothing."""
    broken, settings = call.path.broken, call.upstream.settings
    return (
        broken is not None
        and broken.code == "no-instances"
        and call.primary
        and not call.target.target.subset
        and settings is not None
        and settings.index is not None
        and call.service == call.upstream.key
        and not call.peered
    )


def _wrote(call: Call, key: str) -> bool:
    settings = call.upstream.settings
    assert settings is not None
    return call.caller.service.wrote(("Proxy", "Upstreams", settings.index or 0, key))


def _instances(call: Call, key: Key, namespace: str) -> Iterator[Instance]:
    yield from call.mesh.connect_endpoints(key, namespace, call.service.name)


def _other_partition(call: Call) -> Iterator[Instance]:
    for key in call.mesh.keys:
        if key.datacenter == call.target_key.datacenter and key != call.target_key:
            yield from _instances(call, key, call.service.namespace)


def _other_namespace(call: Call) -> Iterator[Instance]:
    name = call.service.name.lower()
    for instance in call.mesh.instances:
        if instance.key == call.target_key and instance.destination.lower() == name:
            yield instance


def _other_datacenter(call: Call) -> Iterator[Instance]:
    if call.caller_key.partition == "default":
        for datacenter in call.mesh.federated(call.caller_key.datacenter):
            yield from _instances(call, Key(datacenter, "default"), call.service.namespace)


def _peers(call: Call) -> Iterator[str]:
    wanted = (call.service.namespace, call.service.name)
    for end in call.mesh.peerings_of(call.caller_key):
        if any((found.namespace, found.name) == wanted for found in imported_services(call.mesh, end)):
            yield end.name


PLACES: tuple[tuple[str, Callable[[Call], Iterator[Instance]]], ...] = (
    ("DestinationNamespace", _other_namespace),
    ("DestinationPartition", _other_partition),
    ("Datacenter", _other_datacenter),
)
"""Which key of the upstream would lead where, the nearest first."""


def elsewhere(call: Call) -> Elsewhere | None:
    """Where the service of a call that leads nowhere is, if one more key of the upstream leads there."""
    if not looks_in_vain(call):
        return None
    for key, search in PLACES:
        found = None if _wrote(call, key) else next(search(call), None)
        if found is not None:
            return Elsewhere(call, found)
    peer = next(_peers(call), "")
    return Elsewhere(call, peer=peer)


def _report(other: Elsewhere, report: Report, place: str, line: tuple[str, str]) -> None:
    call, found = other.call, other.found
    related = []
    if found is not None and found.location is not None:
        related.append(Related(found.location, f"`{call.service.name}` in {place}"))
    namespace = f"namespace `{call.service.namespace}` of " if place.startswith("namespace") else ""
    report(
        f"`{call.service.name}` is looked for in {namespace}{call.target_key}, but exists in {place} only",
        location=upstream_location(call),
        related=related,
        help=f"add `{spelling_at(upstream_location(call)).setting(*line)}` to the upstream",
    )


@rule("upstream-partition-missing", on="upstream")  # XP-01
def upstream_partition_missing(other: Elsewhere, report: Report) -> None:
    """An upstream without a partition, whose service exists in another partition only.

    An upstream that names no `destination_partition` means the proxy's own partition. Nothing is
    registered there, so the upstream has no instances.

    Found in a tree:

        == default/web.hcl ==
        service {
          name = "web"
          namespace = "dev"
          port = 8080
          connect { sidecar_service { port = 20000 proxy { upstreams {
            destination_name = "api"
            destination_namespace = "dev"
            local_bind_port = 10000
          } } } }
        }
    """
    found, call = other.found, other.call
    if found is not None and found.datacenter == call.caller.datacenter and found.key != call.target_key:
        name = found.partition
        _report(other, report, f"partition `{name}`", ("destination_partition", name))


@rule("upstream-namespace-missing", on="upstream")  # XN-01
def upstream_namespace_missing(other: Elsewhere, report: Report) -> None:
    """An upstream without a namespace, whose service exists in another namespace only.

    An upstream that names no `destination_namespace` means the proxy's own namespace.

    Found in a tree:

        == default/cache.hcl ==
        service { name = "cache" namespace = "ops" port = 6379 connect { sidecar_service { port = 20001 } } }

        == default/web.hcl ==
        service {
          name = "web"
          namespace = "dev"
          port = 8080
          connect { sidecar_service { port = 20000 proxy { upstreams {
            destination_name = "cache"
            local_bind_port = 10000
          } } } }
        }
    """
    found, call = other.found, other.call
    if found is not None and found.key == call.target_key:
        name = found.namespace
        _report(other, report, f"namespace `{name}`", ("destination_namespace", name))


@rule("upstream-datacenter-missing", on="upstream")  # XD-03
def upstream_datacenter_missing(other: Elsewhere, report: Report) -> None:
    """An upstream without a datacenter, whose service exists in another datacenter only.

    An upstream that names no `datacenter`, and that no redirect or failover leads to another one, means
    the proxy's own.

    Found in a tree (federation):

        == dc1/web.hcl ==
        service {
          name = "web"
          port = 8080
          connect { sidecar_service { port = 20000 proxy { upstreams {
            destination_name = "api"
            local_bind_port = 10000
          } } } }
        }
    """
    found = other.found
    if found is not None and found.datacenter != other.call.caller.datacenter:
        name = found.datacenter
        _report(other, report, f"datacenter `{name}`", ("datacenter", name))


@rule("upstream-peer-missing", on="upstream")  # PE-04
def upstream_peer_missing(other: Elsewhere, report: Report) -> None:
    """An upstream without a peer, whose service exists at a peer only.

    A service of a peer is reached by an upstream with `destination_peer`, or by a service-resolver that
    redirects or fails over to the peer.

    Found in a tree (peering):

        == west/web.hcl ==
        service {
          name = "web"
          port = 8080
          connect { sidecar_service { port = 20000 proxy { upstreams {
            destination_name = "api"
            local_bind_port = 10000
          } } } }
        }
    """
    if other.peer:
        _report(other, report, f"the cluster of peer `{other.peer}`", ("destination_peer", other.peer))


CHECKS = (
    upstream_partition_missing,
    upstream_namespace_missing,
    upstream_datacenter_missing,
    upstream_peer_missing,
)
