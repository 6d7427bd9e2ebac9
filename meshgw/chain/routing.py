"""The start of a chain: the router of its service, or what its splitter or resolver says (3.2)."""

from __future__ import annotations

from meshgw.chain import names
from meshgw.chain.assembly import Assembly
from meshgw.chain.errors import Trail
from meshgw.chain.failing_over import resolver_step
from meshgw.chain.model import ChainError, Route, RouterNode
from meshgw.chain.splitting import splitter_or_resolver_step
from meshgw.entries.service_router import HTTPMatch, RouteDestination, RouteMatch, ServiceRouter
from meshgw.entries.service_router import Route as RouteDefinition
from meshgw.mesh.keys import ServiceKey


def start(state: Assembly) -> ChainError | None:
    """Build all nodes from the chain's service on, depth first in the order of the entries."""
    router = state.gathered.router
    if router is not None and state.routing_disabled:
        state.custom_protocol = True
        router = None
    if router is None:
        first = splitter_or_resolver_step(state, state.targets.of(state.request.key), state.trail())
    else:
        first = _router(state, router)
    if isinstance(first, ChainError):
        return first
    state.start = first
    return None


def _router(state: Assembly, router: ServiceRouter) -> str | ChainError:
    state.uses_routing = True
    trail = state.trail().then(f"router {router.name}", router)
    error = state.record_protocol(state.request.key, trail)
    if error is not None:
        return error
    routes: list[Route] = []
    for index, route in enumerate(router.routes):
        next_node = _route(state, router, index, route, state.trail())
        if isinstance(next_node, ChainError):
            return next_node
        routes.append(Route(definition=route, next_node=next_node, index=index))
    own = state.request.key
    trail = state.trail().then(f"router {router.name} automatic last route", router)
    next_node = splitter_or_resolver_step(state, state.targets.of(own), trail)
    if isinstance(next_node, ChainError):
        return next_node
    routes.append(Route(definition=catch_all(own), next_node=next_node))
    node = RouterNode(name=names.node_name(own), routes=tuple(routes), entry=router)
    state.routers[node.key] = node
    return node.key


def _route(
    state: Assembly, router: ServiceRouter, index: int, route: RouteDefinition, trail: Trail
) -> str | ChainError:
    to = route.destination or RouteDestination()
    at = ("Routes", index) if route.destination is None else ("Routes", index, "Destination")
    trail = trail.then(f"router {router.name} route {index + 1}", router, at)
    target = state.targets.of(
        state.request.within(router, to.service, to.namespace, to.partition), to.service_subset
    )
    if not to.service_subset:
        return splitter_or_resolver_step(state, target, trail)
    node = resolver_step(state, target, trail)
    return node if isinstance(node, ChainError) else node.key


def catch_all(key: ServiceKey) -> RouteDefinition:
    """The route that Consul appends to every router."""
    return RouteDefinition(
        match=RouteMatch(http=HTTPMatch(path_prefix="/")),
        destination=RouteDestination(service=key.name, namespace=key.namespace, partition=key.partition),
    )
