"""Calls that sidecars declare and that cannot work (intentions-and-exports.md 7, topology.md 10)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from meshgw.analysis import snippets
from meshgw.analysis.call_places import (
    at_fault,
    lead_place,
    led_upstreams,
    upstream_location,
    upstream_places,
)
from meshgw.diagnostics.model import Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Key
from meshgw.resolve.intentions import Intention, matching_intentions
from meshgw.schema.spelling import Spelling, spelling_at
from meshgw.schema.suggest import nearest
from meshgw.snapshot.calls import Call
from meshgw.snapshot.path import BreakCode


def caller_key(call: Call) -> ServiceKey:
    return ServiceKey(call.caller.partition, call.caller.namespace, call.caller.destination)


@dataclass(frozen=True, slots=True)
class MissingGateway:
    """A partition without the mesh gateway that calls need, and these calls."""

    where: Key
    calls: tuple[Call, ...]


def missing_gateways(calls: Iterable[Call]) -> Iterator[MissingGateway]:
    """Each partition that lacks a gateway once, with everything that would go through it."""
    found: dict[Key, list[Call]] = {}
    for call in calls:
        broken = call.path.broken
        if broken is not None and broken.code in ("no-own-gateway", "no-target-gateway"):
            where = call.caller_key if broken.code == "no-own-gateway" else call.target_key
            found.setdefault(where, []).append(call)
    for where, affected in found.items():
        yield MissingGateway(where, tuple(affected))


@rule("mesh-gateway-missing", on="upstream")  # TP-01, TP-02, XP-07, XD-04
def mesh_gateway_missing(missing: MissingGateway, report: Report) -> None:
    """A mode `local` or `remote` without the mesh gateways that it needs.

    Mode `local` goes through a mesh gateway of the caller's partition and one of the destination's,
    mode `remote` through one of the destination's. Without them the upstream has no endpoints, or
    the first gateway closes the connection.

    Found in a tree:

        == api/mesh-gateway.hcl ==
    """
    first, *others = missing.calls
    broken = first.path.broken
    assert broken is not None
    own = broken.code == "no-own-gateway"
    report(
        f"{first.words}: {broken.message}",
        location=upstream_location(first) if own else at_fault(first, "Partition", "Datacenter"),
        related=[
            *_mode_place(first),
            *(() if own else led_upstreams([first])),
            *upstream_places(others, "too"),
        ],
        help=_meant(missing)
        or f"register one in {missing.where}:\n{snippets.gateway_registration(first.mesh, missing.where)}",
    )


def _meant(missing: MissingGateway) -> str:
    """The partition that a name which the tree does not know may stand for."""
    keys, where = missing.calls[0].mesh.keys, missing.where
    known = [key.partition for key in keys if key.datacenter == where.datacenter]
    close = None if where in keys else nearest(where.partition, known)
    return f"nothing else is in partition `{where.partition}`: did you mean `{close}`?" if close else ""


def _mode_place(call: Call) -> Iterator[Related]:
    winner = call.mode.winner
    if winner is not None and winner.location is not None:
        yield Related(winner.location, f"mode {call.mode.value}")


@rule("call-unreachable", on="upstream")  # TP-06, TP-10, TP-11, XD-02, XD-10, MG-X24
def call_unreachable(call: Call, report: Report) -> None:
    """A call whose path ends at a gateway, whatever the mode.

    Only default partitions are federated; the gateway of another partition has no route to another
    datacenter; a subset needs its resolver in the partition of the gateway that forwards to it.

    Found in a tree:

        == meshgw.yaml ==
        edition: enterprise
        datacenter: dc1
        trust_domain: 5f1e7d3a-8c42-4b69-9a07-2d6c0b8e4f15.consul
        acl: { enabled: true, default_policy: deny }
        datacenters: { dc2: { primary_datacenter: dc2 } }
        tenancy:
          - { path: "dc2/**", datacenter: dc2 }
          - { path: "{partition}/**" }

        == dc2/cache.hcl ==
        service { name = "cache" namespace = "dev" port = 6379 connect { sidecar_service { port = 20000 } } }

        == dc2/allow-all.hcl ==
        Kind = "service-intentions"
        Name = "cache"
        Namespace = "dev"
        Sources = [{ Name = "web", Namespace = "dev", Action = "allow" }]

        == default/web.hcl ==
        service {
          name = "web"
          namespace = "dev"
          port = 8080
          connect { sidecar_service { port = 20000 proxy { upstreams {
            destination_name = "cache"
            datacenter = "dc2"
            local_bind_port = 10000
          } } } }
        }
    """
    broken = call.path.broken
    if broken is None or broken.code not in UNREACHABLE:
        return
    led = led_upstreams([call])
    field = "ServiceSubset" if broken.code == "subset-unknown-to-gateway" else "Datacenter"
    report(
        broken.message if led else f"{call.words}: {broken.message}",
        location=at_fault(call, field),
        related=[*led, *(_mode_place(call) if broken.code == "partition-to-other-datacenter" else ())],
        help=_way_out(call, broken.code),
    )


UNREACHABLE: dict[BreakCode, str] = {
    "not-federated": "give both datacenters one `primary_datacenter`, or peer the clusters and write "
    "`destination_peer` in place of `datacenter`",
    "other-partition-of-other-datacenter": "peer the two partitions, or move the service to the default "
    "partition of its datacenter",
    "partition-to-other-datacenter": "set `%` on the upstream: then the gateways of the other datacenter are "
    "dialed directly",
    "subset-unknown-to-gateway": "write the service-resolver with the subset in the partition of the service",
    "not-carried": "register the service itself beside its sidecar",
    "upper-case-name": "spell names of services, subsets, namespaces and datacenters in lower case",
}
"""What helps where no mode does; `%` stands for the mode `remote` as an upstream has it."""


def _way_out(call: Call, code: BreakCode) -> str:
    return UNREACHABLE[code].replace("%", _mode(call, "remote"))


@rule("intention-denies-upstream", on="upstream")  # IN-E01, XP-05, XD-06
def intention_denies_upstream(call: Call, report: Report) -> None:
    """An upstream whose destination does not let the caller in.

    The intentions of the destination's partition decide; without one that matches, the default
    does. The connection is reset.

    Found in a tree:

        == api/intentions.hcl ==
        Kind = "service-intentions"
        Name = "api"
        Namespace = "dev"
        Sources = [{ Name = "web", Namespace = "dev", Partition = "default", Action = "deny" }]
    """
    if call.decision.verdict != "deny" or call.path.broken is not None or _other_tenancy(call):
        return
    intention = call.decision.intention
    if intention is not None and intention.location is not None:
        report(
            f"{call.words} is denied by an intention (precedence {intention.precedence})",
            location=upstream_location(call),
            related=[Related(intention.location, "this source denies it"), *lead_place(call)],
            note="each of its permissions denies, and so does the default"
            if intention.source.permissions
            else None,
            help=change_of_source(intention, caller_key(call), call.service)
            or _another_source(call, intention),
        )
        return
    report(
        f"{call.words} is denied: no intention allows it, and the default is deny",
        location=upstream_location(call),
        related=lead_place(call),
        note=f"default: {call.decision.default_from}",
        help=_letting_in(call),
    )


def change_of_source(intention: Intention, caller: ServiceKey, destination: ServiceKey) -> str:
    """What to change in a denying source that stands for one caller only: Consul takes no second one.

    Empty where another source can be added.
    """
    source, entry = intention.source, intention.entry
    exact = (intention.namespace, source.name) == (caller.namespace, caller.name)
    if not exact or source.sameness_group or entry.name != destination.name:
        return ""
    spelling = spelling_at(intention.location)
    if source.permissions:
        last = spelling.inline({"Action": "allow", "HTTP": {"PathPrefix": "/"}})
        return f"end its permissions with one that allows: `{last}`"
    return f"change its `{spelling.key('Action')}` to `{spelling.inline('allow')}`"


def _another_source(call: Call, intention: Intention) -> str:
    source = snippets.intention_source(caller_key(call), call.service)
    text = spelling_at(intention.location).item(source)
    return f"allow it with a source in the intentions of `{call.service.name}`:\n{text}"


def _letting_in(call: Call) -> str:
    """What to write where so that the caller is let in."""
    home, service = call.home, call.service
    primary = f" of {home.primary}, the primary" if home is not None and home.name != home.primary else ""
    entry = home.entries.find("service-intentions", service) if home is not None else None
    source = snippets.intention_source(caller_key(call), service)
    if entry is not None:
        return snippets.to_add(entry.locate(("Sources",), "key"), "Sources", source)
    spelling = Spelling()
    if home is not None:
        spelling = snippets.spelling_of_entries(home.entries, service.partition)
    text = snippets.entry_of_intentions(service, source, spelling)
    return f"add an intention in partition `{service.partition}`{primary}:\n{text}"


@rule("intention-source-tenancy", on="upstream")  # XP-06, XN-02
def intention_source_tenancy(call: Call, report: Report) -> None:
    """An intention that names the caller, but means one of the same name elsewhere.

    A source that names no partition or namespace means those of the destination, not those of the
    caller.

    Found in a tree:

        == api/intentions.hcl ==
        Kind = "service-intentions"
        Name = "api"
        Namespace = "dev"
        Sources = [{ Name = "web", Action = "allow" }]
    """
    if call.decision.verdict != "deny" or call.path.broken is not None:
        return
    meant = _other_tenancy(call)
    if meant is None:
        return
    location, source, caller = meant.location, meant, call.caller
    missing, spelling = [], spelling_at(location)
    if source.partition != caller.partition:
        missing.append(f"`{spelling.setting('Partition', caller.partition)}`")
    if source.namespace not in (caller.namespace, "*"):
        missing.append(f"`{spelling.setting('Namespace', caller.namespace)}`")
    report(
        f"this source means `{source.name}` in partition `{source.partition}`, namespace "
        f"`{source.namespace}`; the caller is in partition `{caller.partition}`, namespace "
        f"`{caller.namespace}`",
        location=location,
        related=[
            Related(place, "the upstream that is denied") for place in [upstream_location(call)] if place
        ],
        help=f"add {' and '.join(missing)} to the source",
    )


def _other_tenancy(call: Call) -> Intention | None:
    """An allowing source with the caller's name whose tenancy was left out."""
    entries = call.mesh.datacenters[call.target_key.datacenter].entries
    for intention in matching_intentions(entries, call.service):
        source = intention.source
        if intention.peer or source.name != call.caller.destination or source.action == "deny":
            continue
        wrote_partition = intention.entry.wrote(("Sources", intention.index, "Partition"))
        wrote_namespace = intention.entry.wrote(("Sources", intention.index, "Namespace"))
        differs_partition = intention.partition != call.caller.partition and not wrote_partition
        differs_namespace = intention.namespace not in (call.caller.namespace, "*") and not wrote_namespace
        if differs_partition or differs_namespace:
            return intention
    return None


@rule("mode-none-across-partitions", on="upstream", severity="warning")  # XP-08, TP-04, XD-05
def mode_none_across(call: Call, report: Report) -> None:
    """A call to another partition or datacenter that goes through no mesh gateway.

    Mode `none`, or none at all, dials the WAN address of each instance directly. That needs a
    network in which they reach each other.

    Found in a tree:

        == default/web.hcl ==
        service {
          name = "web"
          namespace = "dev"
          port = 8080
          connect { sidecar_service { port = 20000 proxy { upstreams {
            destination_name = "api"
            destination_namespace = "dev"
            destination_partition = "api"
            local_bind_port = 10000
          } } } }
        }
    """
    if call.caller_key == call.target_key or call.path.mode in ("local", "remote"):
        return
    if call.path.broken is not None or call.target.target.external or call.path.mode not in ("", "none"):
        return
    hop = call.path.hops[-1]
    report(
        f"{call.words} crosses from {call.caller_key} to {call.target_key} without a mesh gateway: "
        f"{hop.address} ({hop.address.source}) is dialed directly",
        location=upstream_location(call),
        related=[*_mode_place(call), *lead_place(call)],
        help=f"set `{_mode(call, 'local')}` {_mode_owner(call)}, or allow this rule where the networks are "
        "connected",
    )


def _mode(call: Call, mode: str) -> str:
    return spelling_at(upstream_location(call)).setting("mesh_gateway", {"mode": mode})


def _mode_owner(call: Call) -> str:
    """Where a mode is written that counts for a call: an inferred upstream has no registration."""
    settings = call.upstream.settings
    inferred = settings is None or settings.index is None
    return f"in the `proxy` of `{call.caller.service.id}`" if inferred else "on the upstream"


CHECKS = (
    call_unreachable,
    intention_denies_upstream,
    intention_source_tenancy,
)
TARGET_CHECKS = (mode_none_across,)
"""Rules that failover targets are judged by, too (topology.md 7)."""
