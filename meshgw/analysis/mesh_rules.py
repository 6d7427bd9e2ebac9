"""The rules about a whole mesh, each with what it is about, and what could not be judged."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.analysis import calls as call_rules
from meshgw.analysis import gateways as gateway_rules
from meshgw.analysis import upstream_places
from meshgw.analysis.tree_report import findings
from meshgw.diagnostics.model import Diagnostic
from meshgw.profile import Profile
from meshgw.snapshot.calls import Calls


def mesh_findings(calls: Calls, profile: Profile) -> Iterator[Diagnostic]:
    """Everything that the rules about calls, gateways, peers and exports find."""
    within = [call for call in calls.all if call.peered is None]
    primary = [call for call in within if call.primary]
    lost = [found for call in within if (found := upstream_places.elsewhere(call)) is not None]
    yield from findings(upstream_places.CHECKS, lost, profile)
    yield from findings([upstream_places.upstream_without_instances], within, profile)
    yield from findings(call_rules.CHECKS, primary, profile)
    missing = call_rules.missing_gateways(primary)
    yield from findings([call_rules.mesh_gateway_missing], missing, profile)
    yield from findings(gateway_rules.CHECKS, gateway_rules.gateways_in_use(calls), profile)
