"""Explanations of calls: as text for people, as plain data for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from meshgw.analysis.missing_instances import nothing_behind
from meshgw.diagnostics.model import Location
from meshgw.output.json import location_object
from meshgw.output.text import Paint
from meshgw.output.visible import columns, visible
from meshgw.resolve.layers import Layer, Resolved
from meshgw.snapshot.calls import Call
from meshgw.snapshot.health import FirstStatus, keeping_out
from meshgw.snapshot.path import Hop

_NOTHING = "–"
_MOST_STATUSES = 3


def render_call(call: Call, paint: Paint) -> str:
    """One call: the mode with every place that was asked, the path, and who allows it."""
    return "\n".join(_call_lines(call, paint)) + "\n"


def _call_lines(call: Call, paint: Paint) -> Iterator[str]:
    target = call.target.target
    yield paint(visible(call.words), "strong")
    yield f"  caller       {visible(call.caller.service.id)} in {_where(call.caller_key)}"
    subset = f", subset {target.subset}" if target.subset else ""
    tenancy = visible(f"namespace {target.namespace}{subset}")
    yield f"  destination  {visible(target.service)} {_destination_place(call)}, {tenancy}"
    yield ""
    yield f"  mesh gateway mode  {paint(_mode_words(call), 'strong')}"
    yield from layer_lines(call.mode, paint)
    yield ""
    yield from _path_lines(call, paint)
    yield ""
    yield from _permission_lines(call, paint)
    yield f"  {_verdict(call, paint)}"


def _destination_place(call: Call) -> str:
    if call.peered is None:
        return f"in {_where(call.target_key)}"
    at = f" ({_where(call.target_key)})" if call.end is not None else ""
    return f"at peer {visible(call.peered.peer)}{at}"


def _mode_words(call: Call) -> str:
    """The mode; a peer is always reached through its gateways."""
    mode = call.mode.value
    if call.peered is not None and mode in ("", "none"):
        return f"{mode or 'none set'} (as remote, for a peer)"
    return mode or "none set (as none)"


def _where(key: Any) -> str:
    return visible(f"partition {key.partition} of {key.datacenter}")


def layer_lines(resolved: Resolved[Any], paint: Paint) -> Iterator[str]:
    """Every place, the strongest first: what stands there, where, and why it does not count."""
    width = max((columns(visible(layer.name)) for layer in resolved.layers), default=0)
    winner = resolved.winner
    for layer in resolved.layers:
        won = layer is winner
        name = visible(layer.name) + " " * (width - columns(visible(layer.name)))
        value = _NOTHING if layer.value is None else visible(str(layer.value))
        detail = _layer_detail(layer, won=won)
        line = f"    {'→' if won else ' '} {name}  {value:<7} {detail}".rstrip()
        yield paint(line, "strong") if won else line


def _layer_detail(layer: Layer[Any], *, won: bool) -> str:
    parts = []
    if layer.value is not None and layer.location is not None:
        parts.append(visible(str(layer.location)))
    if layer.counts and not won:
        parts.append("a stronger place is set")
    elif not layer.counts and layer.why and layer.why != "not set":
        parts.append(visible(layer.why))
    return "  ".join(parts)


def _path_lines(call: Call, paint: Paint) -> Iterator[str]:
    hops = call.path.hops
    number = "1 hop" if len(hops) == 1 else f"{len(hops)} hops"
    said = f", SNI {visible(call.sni)}" if call.sni else ""
    yield f"  path  {paint(number, 'strong')}{said}"
    presented = call.sni
    for index, hop in enumerate(hops, 1):
        address = visible(f"{hop.address}  ({hop.network}: {hop.why}; {hop.address.source})")
        yield f"    {index}. {_hop_name(hop)}  {address}"
        if hop.sni != presented:
            yield f"       SNI {visible(hop.sni)}"
        if hop.terminates:
            yield f"       {_ending(hop)}"
        yield from _health_lines(call, hop, paint)
        presented = hop.sni
    if unchecked(call):
        yield f"    {paint('?', 'warning')} not in the tree: {visible(unchecked(call))}"
    if call.path.broken is not None:
        yield f"    {paint('✗', 'error')} {visible(call.path.broken.message)}"


def unchecked(call: Call) -> str:
    """What the tree does not tell about the end of a path; empty when it tells all."""
    if call.path.unchecked or not nothing_behind(call):
        return call.path.unchecked
    return f"an instance of {call.service.name}, behind terminating gateway {_short_name(call.path.hops[-1])}"


def _kept_out(call: Call, hop: Hop) -> list[FirstStatus]:
    """The first status of each proxy of a hop that is not healthy at first."""
    only_passing = hop.role == "destination" and call.peered is None and call.target.target.only_passing
    found = (next(keeping_out(call.mesh, one, only_passing=only_passing), None) for one in hop.instances)
    return [status for status in found if status is not None]


def _health_lines(call: Call, hop: Hop, paint: Paint) -> Iterator[str]:
    """Which proxies of a hop are not used until their checks have run."""
    found = _kept_out(call, hop)
    for one in found[:_MOST_STATUSES]:
        yield visible(f"       {one.instance.service.id} starts {one.status}  {_at(one.location)}").rstrip()
    if len(found) > _MOST_STATUSES:
        yield f"       and {len(found) - _MOST_STATUSES} more"
    if found and len(found) == len(hop.instances):
        yield f"       {paint('nothing is sent there until a check passes', 'warning')}"


def _ending(hop: Hop) -> str:
    return "terminates TLS" if hop.role == "destination" else "terminates TLS, opens a new connection"


def _hop_name(hop: Hop) -> str:
    more = f" (and {len(hop.instances) - 1} more)" if len(hop.instances) > 1 else ""
    place = f"partition {hop.where.partition}"
    if hop.role == "peer gateway" or hop.network == "WAN":
        place += f" of {hop.where.datacenter}"
    return visible(f"{_short_name(hop)} in {place}{more}")


def _short_name(hop: Hop) -> str:
    """The id of a hop's first proxy, or what is known of one that is not in the tree."""
    return hop.instance.service.id if hop.instances else "a mesh gateway"


def _permission_lines(call: Call, paint: Paint) -> Iterator[str]:
    if call.needs_export:
        if call.export is not None:
            yield f"  exported   {_at(call.export.location)}"
        else:
            why = "" if call.export_enforced else "  (needed only where ACLs deny by default)"
            yield f"  exported   {paint('no', 'error' if call.export_enforced else 'warning')}{why}"
    if not call.in_tree:
        return
    decision = call.decision
    word = {"allow": "allowed", "deny": "denied", "conditional": "allowed on conditions"}[decision.verdict]
    style = "error" if decision.verdict == "deny" else "strong"
    by = (
        f"by an intention, precedence {decision.intention.precedence}  {_at(decision.intention.location)}"
        if decision.intention is not None
        else f"by default  ({visible(decision.default_from)})"
    )
    yield f"  {paint(word, style)}  {by}"


def _at(location: Location | None) -> str:
    return visible(str(location)) if location is not None else ""


def _verdict(call: Call, paint: Paint) -> str:
    if call.works and unchecked(call):
        return paint("works as far as the tree shows", "warning")
    return paint("works", "strong") if call.works else paint("does not work", "error")


def overview_text(calls: Sequence[Call], paint: Paint) -> str:
    """Every caller and destination: mode, where it is set, hops, verdict."""
    if not calls:
        return "no sidecar of the tree has an upstream\n"
    rows = [_row(call) for call in calls]
    widths = [max(columns(row[column]) for row in rows) for column in range(4)]
    lines = []
    for call, row in zip(calls, rows, strict=True):
        cells = (cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True))
        lines.append(f"{'  '.join(cells)}  {_verdict(call, paint)}")
    return "\n".join(lines) + "\n"


def _row(call: Call) -> tuple[str, str, str, str]:
    winner = call.mode.winner
    caller = f"{call.caller.partition}/{call.caller.namespace}/{call.caller.destination}"
    target = call.target.target
    destination = f"{target.partition}/{target.namespace}/{target.service}"
    if call.peered is not None:
        destination = f"{target.namespace}/{target.service} at peer {call.peered.peer}"
    elif target.datacenter != call.caller.datacenter:
        destination += f" in {target.datacenter}"
    hops = " → ".join(_short_name(hop) for hop in call.path.hops)
    where = _at(winner.location) if winner is not None else "not set"
    return (
        visible(f"{caller} → {destination}"),
        visible(call.mode.value or _NOTHING),
        where,
        visible(hops or _NOTHING),
    )


def call_object(call: Call) -> dict[str, Any]:
    """One call as plain data."""
    target = call.target.target
    return {
        "caller": {
            "service": call.caller.destination,
            "proxy": call.caller.service.id,
            "namespace": call.caller.namespace,
            "partition": call.caller.partition,
            "datacenter": call.caller.datacenter,
        },
        "upstream": call.upstream.envoy_id,
        "target": {
            "service": target.service,
            "subset": target.subset,
            "namespace": target.namespace,
            "partition": call.target_key.partition,
            "datacenter": call.target_key.datacenter,
            "peer": target.peer or None,
        },
        "mesh_gateway_mode": resolved_object(call.mode),
        "sni": call.sni or None,
        "hops": [_hop_object(call, hop) for hop in call.path.hops],
        "broken": call.path.broken.message if call.path.broken else None,
        "not_checked": unchecked(call) or None,
        "export": _export_object(call),
        "intention": {
            "verdict": call.decision.verdict,
            "precedence": call.decision.intention.precedence if call.decision.intention else None,
            "location": _location(call.decision.intention.location if call.decision.intention else None),
            "default": call.decision.default_from or None,
        },
        "works": call.works,
    }


def resolved_object(resolved: Resolved[Any]) -> dict[str, Any]:
    """A value with its places, the strongest first."""
    winner = resolved.winner
    return {
        "value": resolved.value,
        "winner": winner.name if winner is not None else None,
        "layers": [
            {
                "name": layer.name,
                "value": layer.value,
                "counts": layer.counts,
                "why": layer.why or None,
                "location": _location(layer.location if layer.value is not None else None),
            }
            for layer in resolved.layers
        ],
    }


def _hop_object(call: Call, hop: Hop) -> dict[str, Any]:
    return {
        "role": hop.role,
        "proxies": [instance.service.id for instance in hop.instances],
        "partition": hop.where.partition,
        "datacenter": hop.where.datacenter,
        "address": str(hop.address),
        "network": hop.network,
        "why": hop.why,
        "address_from": hop.address.source,
        "sni": hop.sni,
        "terminates_tls": hop.terminates,
        "not_healthy_at_first": [
            {"proxy": one.instance.service.id, "status": one.status, "location": _location(one.location)}
            for one in _kept_out(call, hop)
        ],
    }


def _export_object(call: Call) -> dict[str, Any] | None:
    if not call.needs_export:
        return None
    location = call.export.location if call.export is not None else None
    return {
        "exported": call.export is not None,
        "enforced": call.export_enforced,
        "location": _location(location),
    }


def _location(location: Location | None) -> dict[str, Any] | None:
    return None if location is None else location_object(location)
