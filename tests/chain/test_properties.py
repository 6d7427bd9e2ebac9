"""What holds for every set of entries: compilation ends, is a pure function, and its graph is whole."""

from __future__ import annotations

import random

from chains import compiled, fo, pd, request, resolver, router, sd, splitter
from hypothesis import given, settings
from hypothesis import strategies as st

from meshgw.chain.compile import compile_chain
from meshgw.chain.draft import edges
from meshgw.chain.model import DiscoveryChain, ResolverNode, RouterNode, SplitterNode
from meshgw.mesh.entry_set import EntrySet

NAMES = st.sampled_from(["web", "api", "db"])
SUBSETS = st.sampled_from(["", "v1", "v2"])
PEERS = st.sampled_from(["", "", "east"])
DATACENTERS = st.sampled_from(["", "dc1", "dc2"])
PROTOCOLS = st.sampled_from(["", "tcp", "http", "grpc"])


@st.composite
def references(draw) -> dict[str, str]:
    peer = draw(PEERS)
    return {
        "service": draw(st.one_of(st.just(""), NAMES)) or (draw(NAMES) if peer else ""),
        "service_subset": "" if peer else draw(SUBSETS),
        "datacenter": "" if peer else draw(DATACENTERS),
        "peer": peer,
    }


@st.composite
def destinations(draw) -> str:
    subset = draw(SUBSETS)
    return draw(NAMES) + (f"@{subset}" if subset else "")


@st.composite
def resolvers(draw):
    has = draw(st.sampled_from(["", "redirect", "failover"]))
    subsets = draw(st.sampled_from(["", "v1", "v1 v2"]))
    keys = ["*", *subsets.split()]
    return resolver(
        draw(NAMES),
        subsets=subsets,
        default=draw(st.sampled_from(["", *subsets.split()])),
        redirect=draw(references()) if has == "redirect" else None,
        failover=draw(
            st.dictionaries(
                st.sampled_from(keys),
                st.lists(references(), min_size=1, max_size=3).map(lambda found: fo(targets=found)),
                max_size=2,
            )
        )
        if has == "failover"
        else None,
        connect=draw(st.sampled_from([0, 3])),
        policy=draw(st.sampled_from(["", "", "maglev"])),
    )


@st.composite
def splitters(draw):
    first = draw(st.integers(0, 10_000))
    return splitter(
        draw(NAMES), (first / 100, draw(destinations())), ((10_000 - first) / 100, draw(destinations()))
    )


@st.composite
def routers(draw):
    return router(draw(NAMES), *draw(st.lists(st.tuples(st.just("/a"), destinations()), max_size=3)))


def defaults():
    return st.builds(
        sd,
        NAMES,
        PROTOCOLS,
        mode=st.sampled_from(["", "local"]),
        sni=st.sampled_from(["", "", "", "x.example"]),
    )


def entry_sets():
    one = st.one_of(resolvers(), splitters(), routers(), defaults(), st.builds(pd, PROTOCOLS))
    unique = st.lists(one, max_size=8, unique_by=lambda entry: (entry.kind, entry.name))
    return unique.map(lambda found: [pd("http"), *(e for e in found if e.kind != "proxy-defaults")])


@settings(max_examples=400, deadline=None)
@given(entry_sets(), NAMES, st.sampled_from(["", "tcp", "http"]), st.integers(0, 2**32))
def test_a_chain_is_a_pure_function_of_the_set(entries, name, protocol, seed) -> None:
    asked = request(name, override_protocol=protocol)
    shuffled = list(entries)
    random.Random(seed).shuffle(shuffled)
    first = compile_chain(asked, EntrySet(entries))
    again = compile_chain(asked, EntrySet(shuffled))
    if isinstance(first, DiscoveryChain):
        assert isinstance(again, DiscoveryChain)
        assert (list(first.nodes.items()), first.targets) == (list(again.nodes.items()), again.targets)
        assert first == again
    else:
        assert (first.code, first.consul, first.path) == (again.code, again.consul, again.path)


@settings(max_examples=400, deadline=None)
@given(entry_sets(), NAMES)
def test_the_graph_is_whole(entries, name) -> None:
    chain = compiled(entries, request(name))
    if not isinstance(chain, DiscoveryChain):
        assert chain.consul
        assert chain.path.startswith(name)
        return
    reached = {chain.start_node}
    work = [chain.start_node]
    while work:
        for key in edges(chain.nodes[work.pop()]):
            assert key in chain.nodes
            if key not in reached:
                reached.add(key)
                work.append(key)
    assert reached == set(chain.nodes)
    for key, node in chain.nodes.items():
        assert node.key == key
        match node:
            case ResolverNode():
                assert node.target in chain.targets
                failover = node.failover.targets if node.failover else ()
                assert set(failover) <= set(chain.targets)
            case SplitterNode():
                assert not any(split.next_node.startswith("splitter:") for split in node.splits)
                # All weight arrives; rounding to hundredths moves at most half of one per leg and level.
                total = sum(split.weight for split in node.splits)
                assert abs(total - 100) <= 0.01 * len(node.splits) + 1e-6
            case RouterNode():
                assert node.routes[-1].index is None
