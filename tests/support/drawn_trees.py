"""Trees that Hypothesis draws, and what the resources of their proxies refer to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from sidecar_trees import Tree, entry, instance

from meshgw.envoy.resources import Resources
from meshgw.envoy.tree_walk import mappings

NAMES = ("a", "b", "c")
SUBSETS = 'Subsets = { v1 = { Filter = "Service.Meta.v == 1" }, v2 = {} }'
RESOLVERS = (
    "",
    SUBSETS,
    f'{SUBSETS}\nDefaultSubset = "v2"\nFailover = {{ "*" = {{ Service = "{{other}}" }} }}',
    'Failover = { "*" = { Targets = [{ Service = "{other}" }, { Datacenter = "dc2" }] } }',
    'Redirect { Service = "missing" }',
    'LoadBalancer { Policy = "ring_hash" HashPolicies = [{ SourceIP = true }] }',
)


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Upstreams a, b and c with some entries each; some are called explicitly, some by transparent mode."""
    entries: list[str] = []
    protocol = draw(st.sampled_from(("tcp", "http", "grpc")))
    mode = draw(st.sampled_from(("", "transparent")))
    entries.append(
        entry("proxy-defaults", "global", f'Mode = "{mode}"\nConfig {{ protocol = "{protocol}" }}')
    )
    for number, name in enumerate(NAMES):
        other = NAMES[(number + 1) % len(NAMES)]
        resolver = draw(st.sampled_from((None, *RESOLVERS)))
        if resolver is not None:
            entries.append(entry("service-resolver", name, resolver.replace("{other}", other)))
        if protocol != "tcp" and draw(st.booleans()):
            weight = draw(st.integers(0, 10000)) / 100
            legs = f'{{ Weight = {weight}, Service = "{other}" }}, {{ Weight = {round(100 - weight, 2)} }}'
            # A circle of splitters cannot be, so the last one has no other leg.
            entries.append(
                entry(
                    "service-splitter",
                    name,
                    f"Splits = [{legs}]" if number < 2 else "Splits = [{ Weight = 100 }]",
                )
            )
        if protocol != "tcp" and draw(st.booleans()):
            destination = 'Destination { Service = "' + other + '" NumRetries = 2 }'
            route = f'{{ Match {{ HTTP {{ PathPrefix = "/x" }} }}, {destination} }}'
            entries.append(entry("service-router", name, f"Routes = [{route}]"))
    explicit = draw(st.lists(st.sampled_from(NAMES), unique=True))
    upstreams = ";".join(
        f'destination_name = "{name}" local_bind_port = {10000 + number}'
        for number, name in enumerate(explicit)
    )
    others = tuple(
        instance(name, 1, f"10.1.0.{number}") for number, name in enumerate(NAMES, 1) if draw(st.booleans())
    )
    return Tree(upstreams=upstreams, entries=tuple(entries), others=others, default="allow")


def assert_complete(found: Resources) -> None:
    """Whatever a resource refers to exists, nothing is made twice, and everything says why it exists."""
    assert not [fault for fault in found.faults if fault.severity.word != "info"]
    assert found.collisions == ()
    by_eds = {name for name, body in found.clusters.items() if body.get("type") == "EDS"}
    assert by_eds == set(found.endpoints)
    assert set(asked(found, "routeConfigName")) == set(found.routes)
    assert set(named_clusters(found)) <= set(found.clusters)
    assert {
        key for kind in ("listeners", "clusters", "endpoints", "routes") for key in found.of_type(kind)
    } <= {name for _, name in found.origins}


def asked(found: Resources, key: str) -> Iterator[str]:
    for body in found.listeners.values():
        yield from (part[key] for part in mappings(body) if key in part)


def named_clusters(found: Resources) -> Iterator[str]:
    """The clusters that routes, TCP proxies and aggregates name."""
    bodies: list[Any] = [*found.listeners.values(), *found.routes.values()]
    for part in mappings(bodies):
        if isinstance(part.get("cluster"), str):
            yield part["cluster"]
        if "weightedClusters" in part:
            yield from (leg["name"] for leg in part["weightedClusters"]["clusters"])
    for body in found.clusters.values():
        yield from body.get("clusterType", {}).get("typedConfig", {}).get("clusters", ())
