"""The snapshot of an API gateway (envoy-other-gateways.md 5.1, 5.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from meshgw.chain.api_gateway import host_chains
from meshgw.chain.model import ChainError, CompileRequest, DiscoveryChain, ResolverNode, SplitterNode
from meshgw.entries.api_gateway import APIGateway
from meshgw.entries.http_route import HTTPRoute
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Instance, Key, Mesh
from meshgw.snapshot.api_gateway_binding import BoundListener, bound_gateway, route_services
from meshgw.snapshot.api_gateway_model import APIGatewaySnapshot, ReadyListener, RoutedHost, RoutedService
from meshgw.snapshot.chain_upstreams import ChainDraft, followed
from meshgw.snapshot.common import common_to_all, own_entry
from meshgw.snapshot.compiling import plain_chain
from meshgw.snapshot.model import ChainUpstream, SnapshotFault, TargetSnapshot
from meshgw.snapshot.names import envoy_id


def api_gateway_snapshot(mesh: Mesh, instance: Instance) -> APIGatewaySnapshot:
    """Everything an API gateway knows. What Consul could not serve is in `faults`."""
    home = mesh.datacenters[instance.datacenter]
    entry = own_entry(home, instance, APIGateway)
    bound = None if entry is None else bound_gateway(mesh, home, entry)
    faults: list[SnapshotFault] = []
    listeners: tuple[ReadyListener, ...] = ()
    if bound is not None:
        reader = _Reader(mesh, home, instance.key, bound.entry, faults)
        by_name = sorted(bound.listeners, key=lambda listener: listener.settings.name)
        listeners = tuple(reader.ready(by_name))
    return APIGatewaySnapshot(
        **common_to_all(mesh, instance),
        bound=bound,
        listeners=listeners,
        faults=tuple(faults),
    )


class _Reader:
    """Follows the routes of one gateway; what Consul could not serve is added to `faults`."""

    def __init__(
        self, mesh: Mesh, home: Datacenter, own: Key, gateway: APIGateway, faults: list[SnapshotFault]
    ) -> None:
        self._mesh = mesh
        self._home = home
        self._own = own
        self._gateway = gateway
        self._faults = faults

    def ready(self, listeners: list[BoundListener]) -> Iterator[ReadyListener]:
        """The listeners that have somewhere to lead to, without conflict (AE-07, AE-10)."""
        for listener in listeners:
            services = () if listener.conflicted else tuple(self._services(listener))
            if services:
                hosts = tuple(self._hosts(listener, services))
                yield ReadyListener(bound=listener, services=services, hosts=hosts)

    def _services(self, listener: BoundListener) -> Iterator[RoutedService]:
        for route in listener.routes:
            for key, at in route_services(route):
                yield RoutedService(key=key, route=route, at=at, upstream=self._upstream(key))

    def _upstream(self, key: ServiceKey) -> ChainUpstream | None:
        """A service as it is reached in its own partition (IE-36); `None` without a chain (AE-42)."""
        chain = plain_chain(self._mesh, self._home, key)
        if isinstance(chain, ChainError):
            return None
        return self._followed(chain, key, Key(self._home.name, key.partition))

    def _followed(self, chain: DiscoveryChain, key: ServiceKey, caller: Key) -> ChainUpstream | None:
        draft = ChainDraft(envoy_id(key), key)
        found = followed(self._mesh, caller, chain, draft, viewer=self._own)
        if isinstance(found, SnapshotFault):
            if found not in self._faults:
                self._faults.append(found)
            return None
        return found

    def _hosts(self, listener: BoundListener, services: tuple[RoutedService, ...]) -> Iterator[RoutedHost]:
        """The host names of a listener, by the names of the services invented for them (5.2)."""
        reached = {each.key: each.upstream for each in services if each.upstream is not None}
        targets = {name: found for each in reached.values() for name, found in each.targets.items()}
        found = host_chains(
            self._gateway,
            listener.settings,
            [route for route in listener.routes if isinstance(route, HTTPRoute)],
            {key: upstream.chain for key, upstream in reached.items()},
            self._request,
        )
        for host in sorted(found, key=lambda host: host.service):
            if isinstance(host.chain, ChainError):
                self._faults.append(_unroutable(listener, host.hostname, host.chain))
                continue
            upstream = self._host(host.service, host.hostname, host.chain, targets)
            if upstream is not None:
                yield RoutedHost(hostname=host.hostname, upstream=upstream)

    def _host(
        self,
        service: str,
        hostname: str,
        chain: DiscoveryChain,
        targets: Mapping[str, TargetSnapshot],
    ) -> ChainUpstream | None:
        if _splits_twice(chain):  # a rule of several services one of which is split (AE-15)
            message = (
                f"a rule for `{hostname}` divides requests among services one of which divides them again: "
                "unexpected splitter destination node type: splitter"
            )
            self._faults.append(SnapshotFault(service, message))
            return None
        key = ServiceKey(self._gateway.partition, self._gateway.namespace, service)
        # A service without a chain has a target all the same, which no cluster is made for (AE-42).
        others = {
            node.target: chain.targets[node.target]
            for node in chain.reached
            if isinstance(node, ResolverNode) and node.target not in targets
        }
        upstream = self._followed(replace(chain, targets=others), key, self._own)
        if upstream is None:
            return None
        known = {**targets, **upstream.targets} if others else targets
        return replace(upstream, chain=chain, targets=known)

    @property
    def _request(self) -> CompileRequest:
        return CompileRequest(
            service="",
            datacenter=self._home.name,
            trust_domain=self._home.trust_domain,
            enterprise=self._mesh.enterprise,
        )


def _unroutable(listener: BoundListener, hostname: str, chain: ChainError) -> SnapshotFault:
    """Why a host has no chain: with a rule that names no service it speaks two protocols (AE-14)."""
    for route in listener.routes:
        if isinstance(route, HTTPRoute) and not all(rule.services for rule in route.rules):
            message = f"a rule of http-route `{route.name}` has no services, so no chain can be made"
            return SnapshotFault(route.name, f"{message} for the host `{hostname}`", chain)
    return SnapshotFault(hostname, f"no chain can be made for `{hostname}`: {chain.message}", chain)


def _splits_twice(chain: DiscoveryChain) -> bool:
    return any(
        isinstance(chain.nodes[split.next_node], SplitterNode)
        for node in chain.reached
        if isinstance(node, SplitterNode)
        for split in node.splits
    )
