"""Entries made to exhaust time, memory or the stack end in the specified error or a value."""

from __future__ import annotations

from chains import chain_of, compiled, fo, pd, request, resolver, router, splitter

from meshgw.chain.model import ChainError

MANY = 10_000


def chain_of_redirects(*, closed: bool) -> list:
    made = [resolver(f"s{n}", redirect={"service": f"s{n + 1}"}) for n in range(MANY)]
    return [*made, resolver(f"s{MANY}", redirect={"service": "s0"})] if closed else made


def test_a_long_chain_of_redirects() -> None:
    chain = chain_of(chain_of_redirects(closed=False), request("s0"))
    assert chain.start_node == f"resolver:s{MANY}.default.default.dc1"
    assert len(chain.targets) == 1


def test_a_long_loop_of_redirects() -> None:
    error = compiled(chain_of_redirects(closed=True), request("s0"))
    assert isinstance(error, ChainError)
    assert error.code == "redirect-loop"
    assert len(error.message) < 1_000
    assert len(error.way) < 20


def test_failover_along_a_long_chain_of_redirects() -> None:
    targets = [{"service": f"s{n}"} for n in range(MANY)]
    entries = [*chain_of_redirects(closed=False), resolver("web", failover={"*": fo(targets=targets)})]
    chain = chain_of(entries)
    assert set(chain.start.failover.targets) == {f"s{MANY}.default.default.dc1"}
    assert len(chain.start.failover.targets) == MANY


def test_many_nested_splitters() -> None:
    entries = [pd("http"), *(splitter(f"s{n}", (100, f"s{n + 1}")) for n in range(MANY))]
    chain = chain_of(entries, request("s0"))
    assert [split.next_node for split in chain.start.splits] == [f"resolver:s{MANY}.default.default.dc1"]
    assert set(chain.nodes) == {"splitter:s0.default.default", f"resolver:s{MANY}.default.default.dc1"}


def test_a_long_loop_of_splitters() -> None:
    entries = [pd("http"), *(splitter(f"s{n}", (100, f"s{(n + 1) % MANY}")) for n in range(MANY))]
    error = compiled(entries, request("s0"))
    assert isinstance(error, ChainError)
    assert error.code == "splitter-loop"
    assert len(error.message) < 1_000


def test_splitters_that_multiply() -> None:
    doubled = [splitter(f"s{n}", (50, f"s{n + 1}"), (50, f"s{n + 1}")) for n in range(64)]
    error = compiled([pd("http"), *doubled], request("s0"))
    assert isinstance(error, ChainError)
    assert error.code == "too-many-splits"
    assert error.consul == ""


def test_a_router_with_many_routes_into_one_chain_of_redirects() -> None:
    routes = [(f"/{n}", f"s{n}") for n in range(MANY)]
    chain = chain_of([pd("http"), *chain_of_redirects(closed=False), router("web", *routes)])
    assert len(chain.start.routes) == MANY + 1
    assert len(chain.nodes) == 3
