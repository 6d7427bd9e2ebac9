"""One mistake is one finding: what only follows from another finding is told there, or not at all."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace
from typing import TypeAlias

from meshgw.analysis.call_places import lead_of, upstream_location, upstream_places
from meshgw.analysis.fault import Fault
from meshgw.analysis.graph import faults_of_export
from meshgw.analysis.proposal import Chains
from meshgw.diagnostics.model import Diagnostic, Location
from meshgw.diagnostics.rules import rule_of
from meshgw.loading.model import Loaded
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Key, Mesh
from meshgw.services.upstream_rules import WRONG_DESTINATIONS
from meshgw.snapshot.calls import Call, Calls
from meshgw.snapshot.path import BreakCode
from meshgw.source.document import Path

_WRONG = frozenset(rule_of(check).name for check in WRONG_DESTINATIONS)


def refused_calls(loaded: Loaded, calls: Calls) -> frozenset[Call]:
    """The calls of upstreams that were found wrong in themselves: where they would lead says nothing."""
    places = [found.location for found in loaded.diagnostics if found.rule in _WRONG]
    paths = {
        (id(place.document), place.path[:length])
        for place in places
        if place is not None
        for length in range(len(place.path) + 1)
    }
    return frozenset(call for call in calls.all if _stands_in(call, paths)) if paths else frozenset()


def _stands_in(call: Call, paths: set[tuple[int, Path]]) -> bool:
    settings = call.upstream.settings
    place = upstream_location(call) if settings is not None and settings.index is not None else None
    return place is not None and (id(place.document), place.path) in paths


GatewayCause: TypeAlias = tuple[BreakCode, Key]
"""How calls break on the gateways of a partition, and of which."""


def lacking_gateways(calls: Iterable[Call]) -> list[Call]:
    """The calls that break for want of a gateway which at least one upstream needs, failovers too."""
    broken = [(call, cause) for call in calls if (cause := _gateway_cause(call)) is not None]
    needed = {cause for call, cause in broken if call.primary}
    return [call for call, cause in broken if cause in needed]


def _gateway_cause(call: Call) -> GatewayCause | None:
    broken = call.path.broken
    if broken is None or broken.code not in ("no-own-gateway", "no-target-gateway", "no-peer-gateway"):
        return None
    return broken.code, call.caller_key if broken.code == "no-own-gateway" else call.target_key


def failovers(calls: Iterable[Call], told: Iterable[Call]) -> list[Call]:
    """The failover targets to be judged: not those `told` of, or that end at a redirect told of."""
    judged, known = list(calls), set(told)
    spare = [call for call in judged if not call.primary and call not in known]
    if not spare:
        return []
    ends = {_redirect(call) for call in judged if call.primary and call.path.broken is not None} - {None}
    return [call for call in spare if not (ends and _redirect(call) in ends)]


def _redirect(call: Call) -> Hashable:
    """The last redirect on the way to a call's target."""
    lead = lead_of(call)
    return id(lead.entry) if lead is not None and lead.at[0] == "Redirect" else None


def faults_of_exported(mesh: Mesh, home: Datacenter, service: ServiceKey) -> tuple[Fault, ...]:
    """Why Consul refuses what a service exported to peers is made of: that is told by the entries' rules."""
    chains = mesh.once(
        ("chains of exports", home.name),
        lambda: Chains(home.entries, enterprise=mesh.enterprise, datacenter=home.name),
    )
    return mesh.once(
        ("faults of export", home.name, service), lambda: tuple(faults_of_export(service, chains))
    )


ENDING_AT_PEER = frozenset({"no-instances-at-peer", "not-usable-at-peer"})
"""How calls break that reach the gateway of a peer, or could."""


def with_calls(refused: Iterable[Diagnostic], calls: Calls) -> list[Diagnostic]:
    """Findings about entries that Consul refuses, with the calls to peers that break on them."""
    found = list(refused)
    affected: dict[Hashable, list[Call]] = {}
    for call in calls.all if found else ():
        for fault in _export_faults(call):
            affected.setdefault((rule_of(fault.check).name, _at(fault.place.location)), []).append(call)
    return [_with(one, affected.get((one.rule, _at(one.location)), ())) for one in found]


def _export_faults(call: Call) -> tuple[Fault, ...]:
    broken = call.path.broken
    if call.home is None or broken is None or broken.code not in ENDING_AT_PEER:
        return ()
    return faults_of_exported(call.mesh, call.home, call.service)


def _at(location: Location | None) -> Hashable:
    return (id(location.document), location.path) if location is not None else None


def _with(found: Diagnostic, calls: Iterable[Call]) -> Diagnostic:
    places = upstream_places(calls, "ends there")
    return replace(found, related=(*found.related, *places)) if places else found
