"""The passes after flattening: pruning, the protocol, what a caller customised (3.9.3–3.9.8)."""

from __future__ import annotations

from meshgw.chain import errors
from meshgw.chain.customization import customization_hash
from meshgw.chain.draft import Draft, edges
from meshgw.chain.model import ChainError, Place, ResolverNode, RouterNode, SplitterNode
from meshgw.chain.protocols import http_like
from meshgw.schema.copying import copied


def prune_nodes(draft: Draft) -> Draft:
    """Drop nodes that no route or split leads to any more. Their targets stay (3.9.4)."""
    reached = {draft.start}
    work = [draft.start]
    while work:
        for key in edges(draft.nodes[work.pop()]):
            if key not in reached:
                reached.add(key)
                work.append(key)
    if len(reached) == len(draft.nodes):
        return draft
    return copied(draft, nodes={key: node for key, node in draft.nodes.items() if key in reached})


def refuse_routing_without_http(draft: Draft) -> Draft | ChainError:
    """Routers and splitters need a protocol with requests (G9)."""
    state = draft.state
    if not state.uses_routing or http_like(draft.protocol):
        return draft
    start = draft.nodes[draft.start]
    place = None
    if isinstance(start, RouterNode | SplitterNode) and start.entry is not None:
        place = Place(start.entry, ("Routes",) if isinstance(start, RouterNode) else ("Splits",))
    key = state.first_recorded
    trail = state.trail().then(draft.start.replace(":", " ", 1), None if place is None else place.entry)
    return errors.protocol_without_routing(
        trail,
        chain=state.request.service,
        protocol=draft.protocol,
        place=place,
        service=draft.request.service if key is None else key.name,
        spoken=None if key is None else state.spoken(key),
    )


def override_protocol(draft: Draft) -> Draft:
    """The caller's protocol, if it differs; case counts."""
    override = draft.request.override_protocol
    if not override or override == draft.protocol:
        return draft
    return copied(draft, protocol=override, custom_protocol=True)


def customize(draft: Draft) -> Draft:
    """Name chains apart that differ by what their callers override (3.11)."""
    state, request = draft.state, draft.request
    if not (state.custom_mode or draft.custom_protocol or state.custom_timeout):
        return draft
    hashed = customization_hash(
        request.override_mesh_gateway if state.custom_mode else "",
        request.override_protocol if draft.custom_protocol else "",
        request.override_connect_timeout if state.custom_timeout else 0,
    )
    return copied(draft, customization_hash=hashed)


def tell_default(draft: Draft) -> Draft:
    """Whether callers reach the service as if nothing were configured; datacenters do not count."""
    start = draft.nodes[draft.start]
    if not isinstance(start, ResolverNode) or not start.default:
        return draft
    if draft.targets[start.target].key != draft.request.key:
        return draft
    return copied(draft, default=True)
