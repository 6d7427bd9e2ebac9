"""The rules about a whole mesh, each with what it is about, and what could not be judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from meshgw.analysis import (
    api_gateway_listeners,
    api_gateway_routes,
    api_gateways,
    call_advice,
    causes,
    federation,
    gateway_options,
    gateway_settings,
    ingress_certificates,
    ingress_gateways,
    intentions,
    missing_instances,
    partition_exports,
    peer_calls,
    peerings,
    terminating_gateways,
    unused_exports,
    upstream_places,
)
from meshgw.analysis import calls as call_rules
from meshgw.analysis import gateways as gateway_rules
from meshgw.analysis.report import unique
from meshgw.analysis.tree_report import findings
from meshgw.diagnostics.model import Diagnostic
from meshgw.loading.model import Loaded
from meshgw.mesh.model import Mesh
from meshgw.profile import Profile
from meshgw.services.model import MESH_GATEWAY
from meshgw.snapshot.calls import Call, Calls
from meshgw.snapshot.mesh_gateway import serves_federation


def mesh_findings(loaded: Loaded, calls: Calls) -> list[Diagnostic]:
    """Everything that the rules about calls, gateways, peers and exports find, each cause once."""
    return unique(_findings(loaded, calls))


def _findings(loaded: Loaded, calls: Calls) -> Iterator[Diagnostic]:
    profile, mesh = loaded.profile, calls.mesh
    refused = causes.refused_calls(loaded, calls)
    judged = [call for call in calls.all if call not in refused] if refused else calls.all
    within = [call for call in judged if call.peered is None]
    primary = [call for call in within if call.primary]
    lost = [found for call in within if (found := upstream_places.elsewhere(call)) is not None]
    yield from findings(upstream_places.CHECKS, lost, profile)
    broken = [call for call in judged if call.path.broken is not None]
    lonely = [call for call in broken if call.peered is None]
    yield from findings([missing_instances.upstream_without_instances], lonely, profile)
    behind = missing_instances.behind_gateways(mesh, within)
    yield from findings([missing_instances.nothing_behind_gateway], behind, profile)
    told = [call for call in primary if not intentions.disagreeing(calls, call)]
    yield from findings(call_rules.CHECKS, told, profile)
    yield from findings(call_rules.TARGET_CHECKS, within, profile)
    yield from findings([intentions.check_and_sidecar_disagree], [(calls, call) for call in primary], profile)
    yield from findings(intentions.SOURCE_CHECKS, intentions.sources(mesh), profile)
    yield from findings(call_advice.CHECKS, judged, profile)
    stranded = causes.lacking_gateways(broken)
    yield from findings([call_rules.mesh_gateway_missing], call_rules.missing_gateways(stranded), profile)
    yield from findings([peer_calls.exporter_without_gateway], stranded, profile)
    failovers = causes.failovers(judged, stranded)
    yield from findings([call_advice.failover_target_unusable], failovers, profile)
    yield from _about_ingress(mesh, profile)
    yield from _about_api_gateways(mesh, profile)
    to_peers = [call for call in judged if call.peered is not None and call.primary]
    yield from findings(peer_calls.CHECKS, to_peers, profile)
    yield from findings(gateway_rules.CHECKS, gateway_rules.gateways_in_use(calls), profile)
    configured = tuple(gateway_settings.configured(mesh))
    yield from findings(gateway_settings.CHECKS, configured, profile)
    yield from findings([terminating_gateways.virtual_addresses_bound], configured, profile)
    yield from findings(terminating_gateways.CHECKS, terminating_gateways.services_behind(mesh), profile)
    yield from findings(gateway_options.CHECKS, gateway_options.gateways(mesh), profile)
    exports = partition_exports.unmatched(mesh, calls, told, within, refused)
    yield from findings([partition_exports.service_not_exported], exports.unexported, profile)
    yield from findings([partition_exports.gateway_not_exported], exports.gateways, profile)
    yield from findings([unused_exports.unused_export], exports.unused, profile)
    yield from _about_federation(loaded, mesh)
    yield from _about_peerings(mesh, to_peers, profile)


def _about_ingress(mesh: Mesh, profile: Profile) -> Iterator[Diagnostic]:
    yield from findings(ingress_gateways.CHECKS, ingress_gateways.entrances(mesh), profile)
    fetched = ingress_certificates.fetched_certificates(mesh)
    yield from findings(ingress_certificates.CHECKS, fetched, profile)
    watching = ingress_gateways.watching_blocks(mesh)
    yield from findings([ingress_gateways.ingress_ejects_nobody], watching, profile)


def _about_api_gateways(mesh: Mesh, profile: Profile) -> Iterator[Diagnostic]:
    of_gateways = (
        *api_gateways.GATEWAY_CHECKS,
        *api_gateway_listeners.CHECKS,
        *api_gateway_routes.GATEWAY_CHECKS,
    )
    yield from findings(of_gateways, api_gateways.bound_gateways(mesh), profile)
    of_routes = (*api_gateways.ROUTE_CHECKS, *api_gateway_routes.CHECKS)
    yield from findings(of_routes, api_gateways.attached_routes(mesh), profile)


def _about_federation(loaded: Loaded, mesh: Mesh) -> Iterator[Diagnostic]:
    yield from findings(federation.CHECKS, federation.members(mesh, loaded), loaded.profile)
    misplaced = federation.misplaced_entries(mesh, loaded)
    yield from findings([federation.entry_not_of_primary], misplaced, loaded.profile)


def _about_peerings(mesh: Mesh, to_peers: Iterable[Call], profile: Profile) -> Iterator[Diagnostic]:
    yield from findings(peerings.PEERING_CHECKS, mesh.peering_faults, profile)
    yield from findings([peerings.peering_gateway_missing], peerings.accepting(mesh), profile)
    unexported = [call for call in to_peers if peer_calls.lacks_export(call)]
    unknown = list(peerings.unknown_peers(mesh, unexported))
    yield from findings([peerings.export_to_unknown_peer], unknown, profile)
    affected = {call for found in unknown for call in found.affected}
    unmeant = [call for call in unexported if call not in affected]
    yield from findings([peer_calls.not_exported_to_peer], peer_calls.not_exported(unmeant), profile)
    ending = [call for call in to_peers if peer_calls.leads_nowhere(call)]
    exported = list(peerings.exported_services(mesh, ending))
    yield from findings(peerings.EXPORT_CHECKS, exported, profile)
    told = peerings.told_by_exports(exported)
    nowhere = [call for call in ending if call not in told]
    yield from findings([peer_calls.export_leads_nowhere], nowhere, profile)
    yield from findings([peerings.sameness_member_without_service], peerings.memberships(mesh), profile)
    yield from findings([peerings.sameness_group_undefined], peerings.group_uses(mesh), profile)


def not_checked(calls: Calls) -> tuple[str, ...]:
    """What could not be judged because the tree and the project file do not tell, each once."""
    return tuple(dict.fromkeys(_not_checked(calls)))


def _not_checked(calls: Calls) -> Iterator[str]:
    mesh = calls.mesh
    for call in calls.all:
        peered = call.peered
        if peered is None:
            continue
        if call.end is None and not peer_calls.peering_known(call):
            yield f"calls to peer `{peered.peer}` (no `peerings` in the project file)"
        elif call.path.unchecked:
            yield call.path.unchecked
    for found in peerings.peer_consumers(mesh):
        if not (mesh.peerings or mesh.peering_faults):
            yield f"exports to peer `{found.consumer.peer}` (no `peerings` in the project file)"
    for gateway in mesh.proxies:
        serves = gateway.service.kind == MESH_GATEWAY and serves_federation(gateway)
        if serves and not mesh.datacenters[gateway.datacenter].servers:
            yield f"the servers of {gateway.datacenter} (no `servers` or `node` in the project file)"
