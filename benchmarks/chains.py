"""Compiling the discovery chains of a whole cluster: time per chain, and how it grows.

    python benchmarks/chains.py [--largest 100000]

Of every ten services one has a router with three routes, one a splitter into two subsets, one a
splitter nested in a router, three a resolver with subsets, redirect or failover, and all have
service-defaults. Nothing is compared with a rival: nobody else compiles chains offline.
"""

from __future__ import annotations

import argparse
import time

from meshgw.analysis.graph import judge_together
from meshgw.chain.compile import compile_chain
from meshgw.chain.model import ChainError, CompileRequest
from meshgw.entries.base import Entry
from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.service_resolver import Failover, FailoverTarget, Redirect, ServiceResolver, Subset
from meshgw.entries.service_router import HTTPMatch, Route, RouteDestination, RouteMatch, ServiceRouter
from meshgw.entries.service_splitter import ServiceSplitter, Split
from meshgw.mesh.entry_set import EntrySet
from meshgw.profile import Profile

HERE = {"namespace": "default", "partition": "default"}


def route(path: str, service: str) -> Route:
    match = RouteMatch(http=HTTPMatch(path_prefix=path))
    return Route(match=match, destination=RouteDestination(service=service))


def cluster(services: int) -> list[Entry]:
    entries: list[Entry] = [ProxyDefaults(name="global", protocol="http", **HERE)]
    subsets = {"v1": Subset(filter="Service.Meta.version == 1"), "v2": Subset()}
    for first in range(0, services, 10):
        names = [f"service-{number}" for number in range(first, first + 10)]
        entries.extend(ServiceDefaults(name=name, protocol="http", **HERE) for name in names)
        routes = tuple(route(f"/{number}", names[number]) for number in (1, 2, 3))
        own, split, nested, plain = names[0], names[1], names[2], names[3]
        entries += [
            ServiceRouter(name=own, routes=routes, **HERE),
            ServiceResolver(name=split, subsets=subsets, **HERE),
            ServiceSplitter(
                name=split,
                splits=(Split(weight=90, service_subset="v1"), Split(weight=10, service_subset="v2")),
                **HERE,
            ),
            ServiceSplitter(
                name=nested, splits=(Split(weight=50, service=split), Split(weight=50, service=plain)), **HERE
            ),
            ServiceResolver(name=names[4], redirect=Redirect(service=names[5]), **HERE),
            ServiceResolver(
                name=names[6],
                failover={
                    "*": Failover(
                        targets=(FailoverTarget(datacenter="dc2"), FailoverTarget(service=names[7]))
                    )
                },
                **HERE,
            ),
        ]
    return entries


def measure(services: int) -> float:
    """Print the times for a cluster of this size; seconds per chain."""
    entries = cluster(services)
    before = time.perf_counter()
    indexed = EntrySet(entries)
    index = time.perf_counter() - before
    before = time.perf_counter()
    for number in range(services):
        request = CompileRequest(service=f"service-{number}", datacenter="dc1", trust_domain="T.consul")
        chain = compile_chain(request, indexed)
        assert not isinstance(chain, ChainError), chain
    compiling = time.perf_counter() - before
    before = time.perf_counter()
    assert not judge_together(entries, Profile())
    judging = time.perf_counter() - before
    per_chain = compiling / services
    print(
        f"{services:>8} services  {len(entries):>8} entries   index {index:6.2f}s   "
        f"all chains {compiling:6.2f}s = {per_chain * 1e6:5.1f} µs each   graph checks {judging:6.2f}s"
    )
    return per_chain


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=100_000, help="services of the largest cluster")
    largest = parser.parse_args().largest
    sizes = [size for size in (1_000, 10_000, 100_000) if size <= largest]
    times = [measure(size) for size in sizes]
    if len(times) > 1:
        print(f"time per chain grows by {times[-1] / times[0]:.2f} from {sizes[0]} to {sizes[-1]} services")


if __name__ == "__main__":
    main()
