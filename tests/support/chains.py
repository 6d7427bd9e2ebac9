"""Short ways to write config entries, compile chains of them, and read the result.

In expectations `web~` stands for `web.default.default.dc1` and `web^` for `web.default.default`.
"""

from __future__ import annotations

from collections.abc import Iterable

from meshgw.chain.compile import compile_chain
from meshgw.chain.model import (
    ChainError,
    CompileRequest,
    DiscoveryChain,
    Node,
    ResolverNode,
    RouterNode,
    SplitterNode,
)
from meshgw.entries.base import Entry
from meshgw.entries.blocks import MeshGatewayConfig, TransparentProxyConfig
from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.entries.sameness_group import Member, SamenessGroup
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.service_resolver import (
    Failover,
    FailoverTarget,
    LoadBalancer,
    Redirect,
    ServiceResolver,
    Subset,
)
from meshgw.entries.service_router import HTTPMatch, Route, RouteDestination, RouteMatch, ServiceRouter
from meshgw.entries.service_splitter import ServiceSplitter, Split
from meshgw.entries.shared import HeaderModifiers
from meshgw.mesh.entry_set import EntrySet

SECOND = 1_000_000_000
TRUST_DOMAIN = "T.consul"


def tenancy(where: str) -> dict[str, str]:
    """`ap1`, `{prod}` or `{prod}ap1` as keyword arguments."""
    namespace, partition = "default", where
    if where.startswith("{"):
        namespace, _, partition = where[1:].partition("}")
    return {"namespace": namespace, "partition": partition or "default"}


def pd(protocol: str = "", *, mode: str = "", where: str = "", direct: bool = False, **more) -> ProxyDefaults:
    return ProxyDefaults(
        name="global",
        protocol=protocol,
        config={"protocol": protocol} if protocol else None,
        mesh_gateway=MeshGatewayConfig(mode=mode),
        transparent_proxy=TransparentProxyConfig(dialed_directly=True) if direct else None,
        **tenancy(where),
        **more,
    )


def sd(name: str, protocol: str = "", *, mode: str = "", sni: str = "", where: str = "") -> ServiceDefaults:
    return ServiceDefaults(
        name=name,
        protocol=protocol,
        mesh_gateway=MeshGatewayConfig(mode=mode),
        external_sni=sni,
        **tenancy(where),
    )


def place(text: str) -> dict[str, str]:
    """`api`, `api@v2`, `@v2`, `api[ap1]`, `api{prod}` as the fields of a reference."""
    name, _, partition = text.rstrip("]").partition("[")
    name, _, namespace = name.rstrip("}").partition("{")
    name, _, subset = name.partition("@")
    return {"service": name, "service_subset": subset, "partition": partition, "namespace": namespace}


def router(name: str, *routes: tuple[str, str], where: str = "") -> ServiceRouter:
    """Routes as (path prefix, destination)."""
    made = (
        Route(
            match=RouteMatch(http=HTTPMatch(path_prefix=path)),
            destination=RouteDestination(**place(to)) if to else None,
        )
        for path, to in routes
    )
    return ServiceRouter(name=name, routes=tuple(made), **tenancy(where))


def splitter(name: str, *splits: tuple, where: str = "") -> ServiceSplitter:
    """Splits as (weight, destination) or (weight, destination, request headers to set)."""
    made = (
        Split(
            weight=weight,
            request_headers=HeaderModifiers(set=dict(headers[0])) if headers else None,
            **place(to),
        )
        for weight, to, *headers in splits
    )
    return ServiceSplitter(name=name, splits=tuple(made), **tenancy(where))


def resolver(
    name: str,
    *,
    subsets: str = "",
    default: str = "",
    redirect: dict[str, str] | None = None,
    failover: dict[str, Failover] | None = None,
    connect: int = 0,
    policy: str = "",
    where: str = "",
    **more,
) -> ServiceResolver:
    return ServiceResolver(
        name=name,
        subsets={subset: Subset(filter=f"Service.Meta.version == {subset}") for subset in subsets.split()},
        default_subset=default,
        redirect=None if redirect is None else Redirect(**redirect),
        failover=failover or {},
        connect_timeout=connect * SECOND,
        load_balancer=LoadBalancer(policy=policy) if policy else None,
        **tenancy(where),
        **more,
    )


def fo(*datacenters: str, targets: Iterable[dict[str, str]] = (), to: str = "", **more) -> Failover:
    if to:
        more |= {"service": place(to)["service"], "service_subset": place(to)["service_subset"]}
    made = tuple(FailoverTarget(**target) for target in targets)
    return Failover(datacenters=datacenters, targets=made, **more)


def group(name: str, *members: str, default: bool = False, local: bool = False, where: str = "") -> Entry:
    """Members as names of partitions, or `peer east`."""
    made = (
        Member(peer=member.removeprefix("peer ")) if member.startswith("peer ") else Member(partition=member)
        for member in members
    )
    return SamenessGroup(
        name=name,
        members=tuple(made),
        default_for_failover=default,
        include_local=local,
        **tenancy(where),
    )


def request(
    service: str = "web", *, where: str = "", datacenter: str = "dc1", enterprise: bool = False, **overrides
) -> CompileRequest:
    return CompileRequest(
        service=service,
        datacenter=datacenter,
        trust_domain=TRUST_DOMAIN,
        enterprise=enterprise or bool(where),
        **tenancy(where),
        **overrides,
    )


def compiled(entries: Iterable[Entry], asked: CompileRequest | None = None) -> DiscoveryChain | ChainError:
    return compile_chain(asked or request(), EntrySet(entries))


def chain_of(entries: Iterable[Entry], asked: CompileRequest | None = None) -> DiscoveryChain:
    found = compiled(entries, asked)
    assert isinstance(found, DiscoveryChain), found
    return found


def long(text: str) -> str:
    return text.replace("~", ".default.default.dc1").replace("^", ".default.default")


def read(node: Node) -> str:
    """A node in one line."""
    match node:
        case RouterNode():
            return ", ".join(
                f"{route.definition.match.http.path_prefix} -> {route.next_node}" for route in node.routes
            )
        case SplitterNode():
            return ", ".join(f"{split.weight:g} -> {split.next_node}" for split in node.splits)
        case ResolverNode():
            words = [f"{node.connect_timeout / SECOND:g}s"]
            if node.default:
                words.append("default")
            if node.failover is not None:
                words.append("fo: " + ", ".join(node.failover.targets))
            return " ".join(words)


def nodes_of(chain: DiscoveryChain) -> dict[str, str]:
    return {key: read(node) for key, node in chain.nodes.items()}


def nodes(**expected: str) -> dict[str, str]:
    return {long(key): long(value) for key, value in expected.items()}
