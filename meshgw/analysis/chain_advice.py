"""What Consul compiles without complaint and what will still surprise (discovery-chain.md 8).

Examples with several entries have a line `---` between them; they are written in this order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from meshgw.analysis.fault import Fault, tell
from meshgw.analysis.proposal import Chains, Compiled
from meshgw.chain.model import (
    ChainError,
    DiscoveryChain,
    Note,
    NoteCode,
    Place,
    ResolverNode,
    SplitterNode,
)
from meshgw.chain.splitting import HASH_POLICIES
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.entries.service_splitter import ServiceSplitter
from meshgw.schema.spelling import spelling_at


@rule("peer-target-lost", on=ServiceResolver)  # DC-W02
def peer_target_lost(fault: Fault, report: Report) -> None:
    """A redirect or failover to a peer that the local resolver turns back.

    For a service at a peer Consul still asks the resolver of the same name in the local cluster. A
    `DefaultSubset` or a redirect of that resolver drops the peer: requests stay in this cluster.

    Found:

        Kind          = "service-resolver"
        Name          = "api"
        DefaultSubset = "v1"
        Subsets       = { v1 = {} }
        ---
        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", Peer = "east" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", Peer = "east" }
    """
    tell(fault, report)


@rule("peer-target-with-local-failover", on=ServiceResolver, severity="info")
def peer_target_with_local_failover(fault: Fault, report: Report) -> None:
    """A service at a peer that gets the failover of its local namesake.

    For a service at a peer Consul still asks the resolver of the same name in the local cluster, and
    its `Failover` applies to the peer's instances.

    Found:

        Kind     = "service-resolver"
        Name     = "api"
        Failover = { "*" = { Service = "api-backup" } }
        ---
        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", Peer = "east" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", Peer = "east" }
    """
    tell(fault, report)


@rule("failover-back-to-itself", on=ServiceResolver, severity="warning")  # DC-W04
def failover_back_to_itself(fault: Fault, report: Report) -> None:
    """A failover target whose redirect leads back to the instances that have failed.

    Redirects of failover targets are followed; the result is not compared with the failing service
    any more.

    Found:

        Kind     = "service-resolver"
        Name     = "api"
        Redirect = { Service = "web" }
        ---
        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Service = "api" } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Service = "api" } }
    """
    tell(fault, report)


@rule("failover-nowhere", on=ServiceResolver, severity="warning")  # DC-W04
def failover_nowhere(fault: Fault, report: Report) -> None:
    """A failover that leads nowhere but to the failing service itself.

    The own datacenter, the own service and the own partition are dropped from failover; what is left
    here is nothing.

    Found:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Datacenters = ["dc1"] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Datacenters = ["dc2"] } }
    """
    tell(fault, report)


@rule("failover-of-subsets-only", on=ServiceResolver, severity="warning")  # DC-W04
def failover_of_subsets_only(fault: Fault, report: Report) -> None:
    """Failover for subsets only, while the service is also reached without a subset.

    Nothing is keyed by the absence of a subset; only `*` covers it.

    Found:

        Kind     = "service-resolver"
        Name     = "web"
        Subsets  = { v1 = {} }
        Failover = { v1 = { Service = "api" } }

    Accepted:

        Kind          = "service-resolver"
        Name          = "web"
        DefaultSubset = "v1"
        Subsets       = { v1 = {} }
        Failover      = { v1 = { Service = "api" } }
    """
    tell(fault, report)


@rule("protocol-reset", on="service-defaults", severity="warning")  # DC-W05
def protocol_reset(fault: Fault, report: Report) -> None:
    """service-defaults without a protocol that hide the one of proxy-defaults.

    Where a service has service-defaults, the protocol of proxy-defaults is not asked for: the service
    speaks `tcp`, even if nothing but a timeout was meant.

    Found:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind                  = "service-defaults"
        Name                  = "web"
        MaxInboundConnections = 100

    Accepted:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind                  = "service-defaults"
        Name                  = "web"
        Protocol              = "http"
        MaxInboundConnections = 100
    """
    tell(fault, report)


@rule("subset-filter-at-peer", on=ServiceResolver, severity="warning")  # DC-W06
def subset_filter_at_peer(fault: Fault, report: Report) -> None:
    """A subset's filter that is applied to instances at a peer.

    Imported instances stand for the peer's gateways and lack the metadata of the real ones, so
    filters usually match nothing there.

    Found:

        Kind          = "service-resolver"
        Name          = "web"
        DefaultSubset = "v1"
        Subsets       = { v1 = { Filter = "Service.Meta.version == 1" } }
        Failover      = { "*" = { Targets = [{ Peer = "east" }] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Peer = "east" }] } }
    """
    tell(fault, report)


@rule("split-headers-crash", on=ServiceSplitter)  # DC-W07
def split_headers_crash(fault: Fault, report: Report) -> None:
    """Header rules of nested splitters that Consul fails to merge.

    The rules of a split and of those below it become one. Where the lower ones of a response, or the
    upper ones of a request, have rules but no `Add` (or `Set`) while the others have, Consul's server
    crashes.

    Found:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind   = "service-splitter"
        Name   = "api"
        Splits = [{ Weight = 100, Service = "db", RequestHeaders = { Set = { x-a = "1" } } }]
        ---
        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 100, Service = "api", RequestHeaders = { Remove = ["x-b"] } }]

    Accepted:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind   = "service-splitter"
        Name   = "api"
        Splits = [{ Weight = 100, Service = "db", RequestHeaders = { Set = { x-a = "1" } } }]
        ---
        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 100, Service = "api", RequestHeaders = { Set = { x-b = "" } } }]
    """
    tell(fault, report)


@rule("request-timeout-unused", on=ServiceResolver, severity="warning")  # DC-W08
def request_timeout_unused(fault: Fault, report: Report) -> None:
    """A resolver's request timeout behind a router or splitter of the same service.

    `RequestTimeout` of a resolver is used only where a chain begins at the resolver. Behind a router
    the timeout of the route counts.

    Found:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind           = "service-resolver"
        Name           = "web"
        RequestTimeout = "30s"
        ---
        Kind = "service-router"
        Name = "web"

    Accepted:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind           = "service-resolver"
        Name           = "web"
        RequestTimeout = "30s"
    """
    tell(fault, report)


@rule("splits-to-same-instances", on=ServiceSplitter, severity="info")
def splits_to_same_instances(fault: Fault, report: Report) -> None:
    """Two splits of a splitter that end at the same instances.

    A redirect leads one service to where the other already is. The splits stay separate, and their
    weights add up.

    Found:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind     = "service-resolver"
        Name     = "api"
        Redirect = { Service = "web" }
        ---
        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 50 }, { Weight = 50, Service = "api" }]

    Accepted:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 50 }, { Weight = 50, Service = "api" }]
    """
    tell(fault, report)


@rule("hash-policy-behind-nested-splitter", on=ServiceSplitter, severity="info")
def hash_policy_behind_nested_splitter(fault: Fault, report: Report) -> None:
    """A hashing load balancer that a splitter does not take over from a nested one.

    A splitter takes the hash policies of the first of its own splits that leads to a resolver with
    `ring_hash` or `maglev`. What stands behind another splitter does not count, so requests are not
    hashed.

    Found:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind         = "service-resolver"
        Name         = "db"
        LoadBalancer = { Policy = "maglev", HashPolicies = [{ SourceIP = true }] }
        ---
        Kind   = "service-splitter"
        Name   = "api"
        Splits = [{ Weight = 100, Service = "db" }]
        ---
        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 100, Service = "api" }]

    Accepted:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind         = "service-resolver"
        Name         = "db"
        LoadBalancer = { Policy = "maglev", HashPolicies = [{ SourceIP = true }] }
        ---
        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 100, Service = "db" }]
    """
    tell(fault, report)


_Told = tuple[Callable[[Fault, Report], None], str, str]

_NOTES: dict[NoteCode, _Told] = {
    "peer-lost": (
        peer_target_lost,
        "this turns `{}` back to the local cluster",
        "rename the local service, or let its resolver answer without default subset and redirect",
    ),
    "peer-failover-from-local-resolver": (
        peer_target_with_local_failover,
        "this failover applies to `{}` too",
        "write failover for peers in the resolver that redirects to them",
    ),
    "failover-to-itself": (
        failover_back_to_itself,
        "this failover leads back to `{}`",
        "name a service that is not redirected to this one",
    ),
    "failover-without-targets": (
        failover_nowhere,
        "nothing is left of this failover of `{}`",
        "name another service, datacenter or peer",
    ),
    "headers-not-mergeable": (
        split_headers_crash,
        "these header rules cannot be merged with those of a nested splitter",
        "give both the same of `Add` and `Set`, or let only one of them have header rules",
    ),
}


def chain_findings(found: Compiled) -> Iterator[Fault]:
    """What is surprising about one chain; nothing when it does not compile."""
    chain = found.result
    if isinstance(chain, ChainError):
        return
    for note in chain.notes:
        yield _noted(note)
    for node in chain.nodes.values():
        if isinstance(node, ResolverNode):
            yield from _resolver_findings(chain, node)
        elif isinstance(node, SplitterNode):
            yield from _same_instances(node)
            yield from _hash_policies(chain, node)
    yield from _filters_at_peers(found, chain)


def _noted(note: Note) -> Fault:
    check, message, help_ = _NOTES[note.code]
    related = () if note.other is None else ((note.other, "this leads there"),)
    return Fault(
        check=check, message=message.format(note.subject), place=note.place, related=related, help=help_
    )


def _resolver_findings(chain: DiscoveryChain, node: ResolverNode) -> Iterator[Fault]:
    entry, target = node.entry, chain.targets[node.target]
    if entry is None or target.peer:
        return
    if entry.failover and "*" not in entry.failover and not target.subset:
        yield Fault(
            check=failover_of_subsets_only,
            message=f"`{entry.name}` is reached without a subset, and this failover is for subsets only",
            place=Place(entry, ("Failover",)),
            help='add failover for `"*"`',
        )
    start = chain.start
    own = target.key == (chain.partition, chain.namespace, chain.service)
    if entry.request_timeout > 0 and own and not isinstance(start, ResolverNode) and start.entry is not None:
        yield Fault(
            check=request_timeout_unused,
            message=f"the request timeout has no effect, as `{chain.service}` has a {start.type}",
            place=Place(entry, ("RequestTimeout",)),
            related=((Place(start.entry, ("Name",)), f"the {start.type}"),),
            help="set `RequestTimeout` in the destinations of a router",
        )


def _same_instances(node: SplitterNode) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for split in node.splits:
        if split.entry is not node.entry or split.entry is None:
            continue
        before = first.setdefault(split.next_node, split.index)
        one, other = split.entry.splits[before], split.entry.splits[split.index]
        written_alike = (one.service or node.name, one.service_subset) == (
            other.service or node.name,
            other.service_subset,
        )
        if before != split.index and not written_alike:  # the entry's own rules see what is written alike
            yield Fault(
                check=splits_to_same_instances,
                message=f"two splits lead to `{split.next_node.removeprefix('resolver:')}`",
                place=Place(split.entry, ("Splits", split.index)),
                related=((Place(split.entry, ("Splits", before)), "the first one"),),
                help="merge the two splits and add their weights",
            )


def _hash_policies(chain: DiscoveryChain, node: SplitterNode) -> Iterator[Fault]:
    if node.load_balancer is not None or node.entry is None:
        return
    for split in node.splits:
        leaf = chain.nodes[split.next_node]
        balancer = leaf.load_balancer if isinstance(leaf, ResolverNode) else None
        if balancer is not None and balancer.policy in HASH_POLICIES:
            assert isinstance(leaf, ResolverNode)
            behind = () if leaf.entry is None else ((Place(leaf.entry, ("LoadBalancer",)), "hashes here"),)
            yield Fault(
                check=hash_policy_behind_nested_splitter,
                message=f"requests to `{node.entry.name}` are not hashed for `{leaf.name}`",
                place=Place(node.entry, ("Splits",)),
                related=behind,
                help="split to the hashing service directly",
            )
            return


def _filters_at_peers(found: Compiled, chain: DiscoveryChain) -> Iterator[Fault]:
    for target in chain.targets.values():
        resolver = found.gathered.resolvers.get(target.key)
        if target.peer and target.filter and resolver is not None:
            yield Fault(
                check=subset_filter_at_peer,
                message=f"the filter of subset `{target.subset}` is also applied at peer `{target.peer}`",
                place=Place(resolver, ("Subsets", target.subset, "Filter")),
                help="take the filter away, or fail over to a service of its own",
            )


def protocol_resets(chains: Chains) -> Iterator[Fault]:
    """service-defaults without a protocol beside proxy-defaults with one (Q11)."""
    for entry in chains.entries.of_kind(ServiceDefaults):
        general = chains.entries.proxy_defaults(entry.partition)
        if entry.protocol or general is None or general.protocol.lower() in ("", "tcp"):
            continue
        spelling = spelling_at(entry.locate())
        yield Fault(
            check=protocol_reset,
            message=f"`{entry.name}` speaks `tcp`, not the `{general.protocol}` of proxy-defaults",
            place=Place(entry, ("Name",)),
            related=((Place(general, ("Config", "protocol")), "this does not count for the service"),),
            help=f"add `{spelling.setting('Protocol', general.protocol)}`, or `{spelling.inline('tcp')}` if "
            "that is meant",
        )
