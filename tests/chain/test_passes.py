"""Single passes and edges of a compilation that the worked examples do not show."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from chains import (
    SECOND,
    chain_of,
    compiled,
    fo,
    group,
    nodes_of,
    pd,
    request,
    resolver,
    router,
    sd,
    splitter,
)

from meshgw.chain.collecting import gather
from meshgw.chain.customization import customization_hash
from meshgw.chain.flattening import merged_headers, share
from meshgw.chain.model import ChainError
from meshgw.entries.shared import HeaderModifiers
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import Locality

DC = "default.default.dc1"


@pytest.mark.parametrize(
    ("field", "consul"),
    [
        ("service", "serviceName is required"),  # R1
        ("namespace", "evaluateInNamespace is required"),  # R2
        ("partition", "evaluateInPartition is required"),  # R3
        ("datacenter", "evaluateInDatacenter is required"),  # R4
        ("trust_domain", "evaluateInTrustDomain is required"),  # R5
    ],
)
def test_required_input(field: str, consul: str) -> None:
    error = compiled([], replace(request(), **{field: ""}))
    assert isinstance(error, ChainError)
    assert error.consul == consul


PAIRS = {
    # A failing set of entries, and what replaces its last entry so that the chain compiles.
    "inconsistent-protocols": (
        [sd("web", "http"), sd("api", "grpc"), router("web", ("/a", "api"))],
        router("web", ("/a", "web")),
    ),
    "redirect-loop": (
        [resolver("web", redirect={"service": "api"}), resolver("api", redirect={"service": "web"})],
        resolver("api", redirect={"service": "api"}),
    ),
    "subset-missing": (
        [pd("http"), router("web", ("/a", "api@v2")), resolver("api", subsets="v1")],
        resolver("api", subsets="v2"),
    ),
    "external-redirect": (
        [sd("web", sni="x"), resolver("web", redirect={"datacenter": "dc2"})],
        resolver("web", redirect={"service": "api"}),
    ),
    "external-subsets": (
        [sd("web", sni="x"), resolver("web", subsets="v1")],
        resolver("web", connect=3),
    ),
    "external-failover": (
        [sd("web", sni="x"), resolver("web", failover={"*": fo("dc2")})],
        resolver("web", connect=3),
    ),
    "splitter-loop": (
        [pd("http"), splitter("web", (100, "api")), splitter("api", (100, "web"))],
        splitter("api", (100, "api")),
    ),
    "protocol-without-routing": ([splitter("web", (100, "api")), sd("api")], sd("api", "http")),
}


@pytest.mark.parametrize("code", PAIRS)
def test_one_edit_decides(code: str) -> None:
    failing, better = PAIRS[code]
    error = compiled(failing)
    assert isinstance(error, ChainError)
    assert error.code == code
    chain_of([*failing[:-1], better])


def test_an_error_names_the_way_and_the_contradicting_places() -> None:
    general, api, db = pd("http"), sd("api", "http"), sd("db", "grpc")
    splits, routes = splitter("api", (100, "db")), router("web", ("/x", "api"), ("/a", "api"))
    error = compiled([general, api, db, splits, routes])
    assert isinstance(error, ChainError)
    assert error.path == "web → router web route 1 → splitter api split 1"
    assert (error.place.entry, error.place.at) == (splits, ("Splits", 0))
    assert [(place.entry, place.at) for place, _ in error.related] == [
        (db, ("Protocol",)),
        (general, ("Config", "protocol")),
    ]


def test_the_way_through_resolvers() -> None:
    entries = [
        pd("http"),
        router("web", ("/a", "api")),
        resolver("api", redirect={"service": "pay"}),
        resolver("pay", failover={"*": fo(targets=[{"datacenter": "dc2"}, {"service": "db"}])}),
        sd("db", "grpc"),
    ]
    error = compiled(entries)
    assert error.path == (
        "web → router web route 1 → resolver api redirect → resolver pay failover * target 2"
    )


# The order of errors: depth first, in the order of entries


def test_inconsistent_protocols_come_before_routing_without_http() -> None:
    error = compiled([router("web", ("/a", "api")), sd("api", "http")])
    assert error.code == "inconsistent-protocols"


def test_the_first_route_fails_first() -> None:
    entries = [pd("http"), router("web", ("/a", "api@v1"), ("/b", "db@v2"))]
    assert 'service "api"' in compiled(entries).consul


# The mode of a target and its layers


def layers(target) -> list[tuple[str | None, bool]]:
    return [(layer.value, layer.counts) for layer in target.mesh_gateway.resolved.layers]


@pytest.mark.parametrize(
    ("entries", "override", "mode", "expected"),
    [
        ([], "", "", [(None, False), (None, False), (None, False)]),
        ([pd(mode="remote")], "", "remote", [(None, False), (None, False), ("remote", True)]),
        (
            [pd(mode="remote"), sd("web", mode="local")],
            "",
            "local",
            [(None, False), ("local", True), ("remote", False)],
        ),
        (
            [pd(mode="remote"), sd("web", mode="local")],
            "none",
            "none",
            [("none", True), ("local", False), ("remote", False)],
        ),
        (
            [sd("web", mode="local", sni="x")],
            "remote",
            "",
            [("remote", False), ("local", False), (None, False)],
        ),
    ],
)
def test_every_layer_of_a_mode_is_told(entries, override, mode, expected) -> None:
    target = chain_of(entries, request(override_mesh_gateway=override)).targets[f"web.{DC}"]
    assert target.mesh_gateway.mode == target.mesh_gateway.resolved.value == mode
    assert layers(target) == expected
    winner = target.mesh_gateway.resolved.winner
    assert (winner.value if winner else "") == mode
    for layer in target.mesh_gateway.resolved.layers:
        assert layer.counts == (not layer.why)


# Overrides: the hash is there exactly when one has an effect


@pytest.mark.parametrize(
    ("mode", "protocol", "timeout"),
    list(product(["", "remote", "local"], ["", "http", "grpc"], [0, 5, 9])),
)
def test_override_matrix(mode: str, protocol: str, timeout: int) -> None:
    chain = chain_of(
        [pd("http", mode="remote")],
        request(
            override_mesh_gateway=mode,
            override_protocol=protocol,
            override_connect_timeout=timeout * SECOND,
        ),
    )
    expected = (
        mode if mode == "local" else "",
        protocol if protocol == "grpc" else "",
        timeout * SECOND if timeout == 9 else 0,
    )
    assert chain.customization_hash == (customization_hash(*expected) if any(expected) else "")


# Collecting


def test_a_default_group_counts_for_the_chain_only_without_a_resolver_of_its_own() -> None:
    members = group("grp", "ap1", "peer east", where="ap1", default=True)
    http = pd("http", where="ap1")
    asked = request(where="ap1")
    split = splitter("web", (50, "web"), (50, "api"), where="ap1")
    east = "5s fo: {}.default.ap1.external.east"
    with_group = nodes_of(chain_of([members, http, split], asked))
    assert with_group["resolver:web.default.ap1.dc1"] == east.format("web")
    assert with_group["resolver:api.default.ap1.dc1"] == east.format("api")
    own = resolver("web", connect=3, where="ap1")
    without = nodes_of(chain_of([members, http, split, own], asked))
    assert without["resolver:web.default.ap1.dc1"] == "3s"
    assert without["resolver:api.default.ap1.dc1"] == "5s default"


def test_what_is_gathered() -> None:
    entries = EntrySet(
        [
            router("web", ("/a", "api")),
            router("api", ("/b", "never")),
            splitter("api", (100, "db@v1")),
            resolver("db", subsets="v1", redirect={"service": "pay", "peer": "east"}),
            resolver("pay", failover={"*": fo(targets=[{"service": "far", "peer": "west"}])}),
            resolver("far", connect=1),
        ],
        {("default", "east"): Locality("r1", "z1"), ("default", "south"): Locality("r2")},
    )
    found = gather(request(), entries)
    assert found.router.name == "web"
    assert [key.name for key in found.splitters] == ["api"]
    assert [key.name for key in found.resolvers] == ["db", "pay"]
    assert [key.name for key in found.visited] == ["web", "api", "db", "pay"]
    assert found.peers == {"east": Locality("r1", "z1")}


def test_names_are_found_in_any_case_and_kept_as_referred_to() -> None:
    chain = chain_of([sd("Web", "HTTP"), resolver("WEB", subsets="v1", default="v1")])
    assert chain.protocol == "http"
    assert set(chain.targets) == {f"v1.web.{DC}"}


def test_a_write_with_another_spelling_escapes_what_is_compared_exactly() -> None:
    stored = EntrySet([sd("web", "http")])
    proposed = stored.proposing(sd("WEB", "grpc"))
    assert chain_of_set(proposed, "web").protocol == "http"
    assert chain_of_set(proposed, "WEB").protocol == "grpc"
    assert chain_of_set(stored.adding(sd("WEB", "grpc")), "web").protocol == "grpc"


def chain_of_set(entries: EntrySet, name: str):
    from meshgw.chain.compile import compile_chain

    return compile_chain(request(name), entries)


# Weights and headers of nested splitters


@pytest.mark.parametrize(
    ("parent", "child", "expected"),
    [(50, 33.33, 16.67), (50, 66.67, 33.34), (100, 0.01, 0.01), (1.16, 33.33, 0.39), (0, 50, 0)],
)
def test_share_of_a_share(parent: float, child: float, expected: float) -> None:
    assert share(parent, child) == expected


def test_merged_headers() -> None:
    def headers(add=(), change=(), remove=()) -> HeaderModifiers:
        return HeaderModifiers(add=dict(add), set=dict(change), remove=remove)

    base = headers([("a", "1"), ("b", "1")], [("s", "1")], ("x", "y"))
    overlay = headers([("a", "2")], [("t", "2")], ("y", "z"))
    merged = merged_headers(base, overlay)
    assert merged == headers([("a", "2"), ("b", "1")], [("s", "1"), ("t", "2")], ("x", "y", "z"))
    assert merged_headers(None, overlay) is overlay
    assert merged_headers(headers(), overlay) is overlay
    assert merged_headers(base, headers()) is base
    assert merged_headers(base, None) is base


def test_headers_that_consul_cannot_merge_are_merged_and_noted() -> None:
    nested = splitter("api", (100, "db", {"x-a": "1"}))
    outer = splitter("web", (100, "api"))
    outer = replace(
        outer, splits=(replace(outer.splits[0], request_headers=HeaderModifiers(remove=("x-b",))),)
    )
    chain = chain_of([pd("http"), nested, outer])
    assert [note.code for note in chain.notes] == ["headers-not-mergeable"]
    assert chain.start.splits[0].definition.request_headers == HeaderModifiers(
        set={"x-a": "1"}, remove=("x-b",)
    )
