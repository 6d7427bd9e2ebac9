"""The parts of a discovery chain in words; trees and graphs share them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshgw.chain.model import (
    DiscoveryChain,
    ResolverNode,
    Route,
    RouterNode,
    Split,
    SplitterNode,
    Target,
)
from meshgw.entries.router_parts import HeaderMatch, HTTPMatch, QueryParamMatch
from meshgw.snapshot.model import ChainUpstream

_MILLISECOND = 1_000_000


def is_plain(chain: DiscoveryChain) -> bool:
    """Whether there is nothing to tell: one target, reached as if nothing were configured."""
    return chain.default


def chain_words(chain: DiscoveryChain) -> str:
    """`discovery chain of web in partition default of dc1, protocol http`."""
    where = f"partition {chain.partition} of {chain.datacenter}"
    namespace = "" if chain.namespace == "default" else f", namespace {chain.namespace}"
    custom = f", customized {chain.customization_hash}" if chain.customization_hash else ""
    return f"discovery chain of {chain.service} in {where}{namespace}, protocol {chain.protocol}{custom}"


def node_words(node: RouterNode | SplitterNode | ResolverNode) -> str:
    """A node with what is set on it."""
    match node:
        case RouterNode():
            return f"router {node.name}"
        case SplitterNode():
            policy = node.load_balancer.policy if node.load_balancer is not None else ""
            return f"splitter {node.name}" + (f", load balancer {policy}" if policy else "")
        case ResolverNode():
            return f"resolver {node.name}" + "".join(f", {words}" for words in _resolver_details(node))


def _resolver_details(node: ResolverNode) -> Iterator[str]:
    yield f"connect timeout {duration_words(node.connect_timeout)}"
    if node.request_timeout:
        yield f"request timeout {duration_words(node.request_timeout)}"
    if node.load_balancer is not None and node.load_balancer.policy:
        yield f"load balancer {node.load_balancer.policy}"
    if node.failover is not None and node.failover.policy_mode:
        yield f"failover {node.failover.policy_mode}"


def duration_words(nanoseconds: int) -> str:
    """A duration as Consul prints short ones: `5s`, `250ms`."""
    if nanoseconds % (1000 * _MILLISECOND) == 0:
        return f"{nanoseconds // (1000 * _MILLISECOND)}s"
    return f"{nanoseconds / _MILLISECOND:g}ms"


def route_words(route: Route, number: int) -> str:
    """Which requests a route is for."""
    if route.index is None:
        return "everything else"
    match = route.definition.match
    conditions = list(_conditions(match.http)) if match is not None and match.http is not None else []
    return f"route {number}: {' and '.join(conditions) or 'every request'}"


def _conditions(match: HTTPMatch) -> Iterator[str]:
    for word, path in (
        ("path", match.path_exact),
        ("path prefix", match.path_prefix),
        ("path matching", match.path_regex),
    ):
        if path:
            yield f"{word} {path}" + (" in any case" if match.case_insensitive else "")
    if match.methods:
        yield f"method {'/'.join(match.methods)}"
    for header in match.header:
        yield f"header {header.name} {'not ' if header.invert else ''}{_comparison(header)}"
    for parameter in match.query_param:
        yield f"query parameter {parameter.name} {_comparison(parameter)}"


def _comparison(condition: HeaderMatch | QueryParamMatch) -> str:
    prefix, suffix = getattr(condition, "prefix", ""), getattr(condition, "suffix", "")
    for word, text in (
        ("=", condition.exact),
        ("beginning with", prefix),
        ("ending with", suffix),
        ("matching", condition.regex),
    ):
        if text:
            return f"{word} {text}"
    return "present"


def split_words(split: Split) -> str:
    """The share of a leg; the effective one where splitters are nested."""
    return f"{split.weight:g} %"


def target_words(target: Target, sni: str) -> str:
    """A target: its id, subset and filter, mode and SNI."""
    return ", ".join((target.id, *_target_details(target, sni)))


def _target_details(target: Target, sni: str) -> Iterator[str]:
    if target.subset:
        yield f"subset {target.subset}" + (f" ({target.filter})" if target.filter else "")
    if target.only_passing:
        yield "passing instances only"
    if target.peer:
        yield f"peer {target.peer}"
    if target.external:
        yield "external"
    elif target.mesh_gateway.mode:
        yield f"mode {target.mesh_gateway.mode}"
    if sni:
        yield f"SNI {sni}"


def snis_of(upstream: ChainUpstream) -> Mapping[str, str]:
    """The SNI of each target; at a peer the one that the exporter gives."""
    found = {}
    for name, target in upstream.targets.items():
        peered = target.peered
        found[name] = peered.snis[0] if peered is not None and peered.snis else target.target.sni
    return found
