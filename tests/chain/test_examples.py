"""The worked examples of discovery chains: ids, order of routes, splits and failover, errors."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from chains import (
    SECOND,
    chain_of,
    compiled,
    fo,
    group,
    long,
    nodes_of,
    pd,
    request,
    resolver,
    router,
    sd,
    splitter,
)

from meshgw.chain.model import ChainError, CompileRequest
from meshgw.entries.base import Entry
from meshgw.entries.proxy_defaults import FailoverPolicy as GeneralPolicy
from meshgw.entries.service_resolver import FailoverPolicy


@dataclass
class Built:
    """A chain that compiles. `nodes` are all of them; the start is the first."""

    id: str
    entries: list[Entry]
    nodes: dict[str, str]
    protocol: str = "tcp"
    default: bool = False
    hash: str = ""
    asked: CompileRequest = field(default_factory=request)


@dataclass
class Refused:
    """A chain that does not, and a piece of Consul's message."""

    id: str
    entries: list[Entry]
    code: str
    consul: str = ""
    asked: CompileRequest = field(default_factory=request)


AP1 = request(where="ap1")
PROD = request(where="{prod}ap1")
ENT = request(enterprise=True)
GRP = group("grp", "ap1", "ap2", "peer east", where="ap1")
DEFAULT_GRP = group("grp", "ap1", "ap2", "peer east", where="ap1", default=True)
DC = "default.default.dc1"

BUILT = [
    # Basics
    Built("E01", [], {"resolver:web~": "5s default"}, default=True),
    Built("E02", [pd("http"), sd("web")], {"resolver:web~": "5s default"}, default=True),
    Built(
        "E03",
        [pd("http"), router("web")],
        {"router:web^": "/ -> resolver:web~", "resolver:web~": "5s default"},
        "http",
    ),
    Built(
        "E05",
        [
            *(sd(name, "http") for name in ("web", "api", "pay")),
            router("web", ("/a", "api@v2")),
            splitter("api", (100, "pay")),
            resolver("api", subsets="v2"),
        ],
        {
            "router:web^": "/a -> resolver:v2.api~, / -> resolver:web~",
            "resolver:v2.api~": "5s",
            "resolver:web~": "5s default",
        },
        "http",
    ),
    Built(
        "E06",
        [sd("api", "http"), splitter("web", (100, "api"))],
        {"splitter:web^": "100 -> resolver:api~", "resolver:api~": "5s default"},
        "http",
    ),
    Built(
        "E09",
        [sd("web", "HTTP"), router("web")],
        {"router:web^": "/ -> resolver:web~", "resolver:web~": "5s default"},
        "http",
    ),
    # Splitters
    Built(
        "E11",
        [sd("web", "http"), splitter("web", (90, "@v1"), (10, "@v2")), resolver("web", subsets="v1 v2")],
        {
            "splitter:web^": "90 -> resolver:v1.web~, 10 -> resolver:v2.web~",
            "resolver:v1.web~": "5s",
            "resolver:v2.web~": "5s",
        },
        "http",
    ),
    Built(
        "E12",
        [
            pd("http"),
            splitter("web", (50, "web"), (50, "api", {"x-a": "parent"})),
            splitter("api", (33.33, "a1"), (66.67, "a2", {"x-a": "child"})),
        ],
        {
            "splitter:web^": "50 -> resolver:web~, 16.67 -> resolver:a1~, 33.34 -> resolver:a2~",
            "resolver:web~": "5s default",
            "resolver:a1~": "5s default",
            "resolver:a2~": "5s default",
        },
        "http",
    ),
    Built(
        "E13",
        [
            pd("http"),
            splitter("web", (50, "a"), (30, "b"), (20, "c")),
            resolver("a", policy="least_request"),
            resolver("b", policy="maglev"),
            resolver("c", policy="ring_hash"),
        ],
        {
            "splitter:web^": "50 -> resolver:a~, 30 -> resolver:b~, 20 -> resolver:c~",
            "resolver:a~": "5s",
            "resolver:b~": "5s",
            "resolver:c~": "5s",
        },
        "http",
    ),
    Built(
        "E15",
        [
            pd("http"),
            splitter("web", (100, "api")),
            splitter("api", (100, "web@v1")),
            resolver("web", subsets="v1"),
        ],
        {"splitter:web^": "100 -> resolver:v1.web~", "resolver:v1.web~": "5s"},
        "http",
    ),
    Built(
        "E16",
        [
            pd("http"),
            router("web", ("/a", "api")),
            splitter("web", (50, "api"), (50, "web")),
            splitter("api", (50, "a1"), (50, "a2")),
        ],
        {
            "router:web^": "/a -> splitter:api^, / -> splitter:web^",
            "splitter:api^": "50 -> resolver:a1~, 50 -> resolver:a2~",
            "splitter:web^": "25 -> resolver:a1~, 25 -> resolver:a2~, 50 -> resolver:web~",
            "resolver:a1~": "5s default",
            "resolver:a2~": "5s default",
            "resolver:web~": "5s default",
        },
        "http",
    ),
    Built(
        "E17",
        [
            pd("http"),
            splitter("web", (60, "web"), (40, "web{ns2}")),
            splitter("web", (100, "canary"), where="{ns2}"),
        ],
        {
            "splitter:web^": "60 -> resolver:web~, 40 -> resolver:canary.ns2.default.dc1",
            "resolver:web~": "5s default",
            "resolver:canary.ns2.default.dc1": "5s default",
        },
        "http",
        asked=ENT,
    ),
    # Redirects and subsets
    Built(
        "E18",
        [resolver("web", redirect={"service": "api"}), resolver("api", connect=7)],
        {"resolver:api~": "7s"},
    ),
    Built("E19", [resolver("web", redirect={"service": "api"})], {"resolver:api~": "5s default"}),
    Built(
        "E20",
        [resolver("web", redirect={"datacenter": "dc2"}, connect=9)],
        {"resolver:web.default.default.dc2": "9s"},
    ),
    Built("E21", [resolver("web", redirect={"datacenter": "dc1"}, connect=2)], {"resolver:web~": "2s"}),
    Built(
        "E23",
        [pd("http"), router("web", ("/a", "api@v2")), resolver("api", redirect={"service": "pay"})],
        {
            "router:web^": "/a -> resolver:pay~, / -> resolver:web~",
            "resolver:pay~": "5s default",
            "resolver:web~": "5s default",
        },
        "http",
    ),
    Built(
        "E24",
        [
            pd("http"),
            router("web", ("/a", "api@v2")),
            resolver("api", subsets="v2", redirect={"datacenter": "dc2"}),
        ],
        {
            "router:web^": "/a -> resolver:v2.api.default.default.dc2, / -> resolver:web~",
            "resolver:v2.api.default.default.dc2": "5s",
            "resolver:web~": "5s default",
        },
        "http",
    ),
    Built("E25", [resolver("web", subsets="v1 v2", default="v1")], {"resolver:v1.web~": "5s"}),
    # Failover
    Built(
        "E28",
        [resolver("web", failover={"*": fo("dc2", "dc1", "dc3")})],
        {"resolver:web~": "5s fo: web.default.default.dc2, web.default.default.dc3"},
    ),
    Built("E29", [resolver("web", failover={"*": fo("dc1")})], {"resolver:web~": "5s"}),
    Built(
        "E30",
        [
            pd(mode="remote"),
            resolver(
                "web",
                failover={"*": fo(targets=[{"datacenter": "dc2"}, {"service": "api"}, {"peer": "east"}, {}])},
            ),
            resolver("api", redirect={"service": "pay"}),
            resolver("pay", connect=3, failover={"*": fo(to="zzz")}),
        ],
        {"resolver:web~": "5s fo: web.default.default.dc2, pay~, web.default.default.external.east"},
    ),
    Built(
        "E31",
        [
            pd("http"),
            splitter("web", (50, "@v1"), (50, "@v2")),
            resolver("web", subsets="v1 v2", failover={"v1": fo(to="@v2"), "*": fo(to="api")}),
        ],
        {
            "splitter:web^": "50 -> resolver:v1.web~, 50 -> resolver:v2.web~",
            "resolver:v1.web~": "5s fo: v2.web~",
            "resolver:v2.web~": "5s fo: api~",
        },
        "http",
    ),
    Built(
        "E32",
        [resolver("web", subsets="v1", failover={"v1": fo(to="api")})],
        {"resolver:web~": "5s"},
    ),
    Built(
        "E33",
        [resolver("web", failover={"*": fo(to="api")}), resolver("api", failover={"*": fo(to="web")})],
        {"resolver:web~": "5s fo: api~"},
    ),
    Built(
        "E34",
        [resolver("web", failover={"*": fo(to="api")}), resolver("api", redirect={"service": "web"})],
        {"resolver:web~": "5s fo: web~"},
    ),
    Built(
        "E36",
        [resolver("web", failover={"*": fo(to="api@v2")}), resolver("api", subsets="v2")],
        {"resolver:web~": "5s fo: v2.api~"},
    ),
    # Peers
    Built(
        "E38",
        [resolver("web", redirect={"service": "api", "peer": "east"})],
        {"resolver:api.default.default.external.east": "5s default"},
    ),
    Built(
        "E39",
        [
            resolver("web", redirect={"service": "api", "peer": "east"}),
            resolver("api", subsets="v1", default="v1"),
        ],
        {"resolver:v1.api~": "5s"},
    ),
    Built(
        "E40",
        [
            resolver("web", redirect={"service": "api", "peer": "east"}),
            resolver("api", redirect={"service": "pay"}),
        ],
        {"resolver:pay~": "5s default"},
    ),
    Built(
        "E41",
        [resolver("web", redirect={"service": "web", "peer": "east"})],
        {"resolver:web.default.default.external.east": "5s"},
    ),
    Built(
        "E42",
        [resolver("web", subsets="v1", default="v1", failover={"*": fo(targets=[{"peer": "east"}])})],
        {"resolver:v1.web~": "5s fo: web.default.default.external.east"},
    ),
    Built(
        "E43",
        [
            resolver("web", redirect={"service": "api", "peer": "east"}),
            resolver("api", failover={"*": fo("dc2")}),
        ],
        {"resolver:api.default.default.external.east": "5s fo: api.default.default.dc2"},
    ),
    Built(
        "E44",
        [
            resolver(
                "web",
                failover={"*": fo(targets=[{"peer": "east"}, {"peer": "west", "namespace": "prod"}])},
                where="{prod}ap1",
            )
        ],
        {"resolver:web.prod.ap1.dc1": ("5s fo: web.default.ap1.external.east, web.prod.ap1.external.west")},
        asked=PROD,
    ),
    # Partitions and sameness groups
    Built(
        "E45",
        [
            resolver("web", redirect={"service": "api", "partition": "ap2"}, where="ap1"),
            pd(mode="local", where="ap2"),
            pd(mode="remote", where="ap1"),
        ],
        {"resolver:api.default.ap2.dc1": "5s default"},
        asked=AP1,
    ),
    Built(
        "E46 with both protocols",
        [
            pd("http", where="ap1"),
            pd("http", where="ap2"),
            splitter("web", (50, "web"), (50, "web[ap2]"), where="ap1"),
        ],
        {
            "splitter:web.default.ap1": (
                "50 -> resolver:web.default.ap1.dc1, 50 -> resolver:web.default.ap2.dc1"
            ),
            "resolver:web.default.ap1.dc1": "5s default",
            "resolver:web.default.ap2.dc1": "5s default",
        },
        "http",
        asked=AP1,
    ),
    Built(
        "E47",
        [pd("http"), pd("http", where="ap2"), router("web", ("/a", "api[ap2]"))],
        {
            "router:web^": "/a -> resolver:api.default.ap2.dc1, / -> resolver:web~",
            "resolver:api.default.ap2.dc1": "5s default",
            "resolver:web~": "5s default",
        },
        "http",
        asked=ENT,
    ),
    Built(
        "E48",
        [
            resolver(
                "web",
                failover={
                    "*": fo(
                        targets=[
                            {"service": "api", "partition": "ap2", "namespace": "prod"},
                            {"partition": "ap3"},
                        ]
                    )
                },
            )
        ],
        {"resolver:web~": "5s fo: api.prod.ap2.dc1, web.default.ap3.dc1"},
        asked=ENT,
    ),
    Built(
        "E49",
        [GRP, resolver("web", failover={"*": fo(sameness_group="grp")}, where="{prod}ap1")],
        {"resolver:web.prod.ap1.dc1": "5s fo: web.prod.ap2.dc1, web.prod.ap1.external.east"},
        asked=PROD,
    ),
    Built(
        "E50",
        [DEFAULT_GRP],
        {"resolver:web.prod.ap1.dc1": "5s fo: web.prod.ap2.dc1, web.prod.ap1.external.east"},
        asked=PROD,
    ),
    Built(
        "E53",
        [
            group("grp", "ap2", "ap3", where="ap1"),
            resolver("web", redirect={"sameness_group": "grp"}, where="ap1"),
        ],
        {"resolver:web.default.ap1.dc1": "5s fo: web.default.ap2.dc1, web.default.ap3.dc1"},
        asked=AP1,
    ),
    Built(
        "E54 with a peer",
        [
            group("grp", "ap1", "peer east", where="ap1"),
            resolver(
                "web",
                subsets="v1",
                default="v1",
                failover={"*": fo(sameness_group="grp")},
                where="ap1",
            ),
        ],
        {"resolver:v1.web.default.ap1.dc1": "5s fo: web.default.ap1.external.east"},
        asked=AP1,
    ),
    Built(
        "E55",
        [
            pd("http", where="ap1"),
            pd("http", where="ap2"),
            group("grp", "ap1", "peer east", where="ap1", default=True),
            splitter("web", (50, "web"), (50, "web[ap2]"), where="ap1"),
        ],
        {
            "splitter:web.default.ap1": (
                "50 -> resolver:web.default.ap1.dc1, 50 -> resolver:web.default.ap2.dc1"
            ),
            "resolver:web.default.ap1.dc1": "5s fo: web.default.ap1.external.east",
            "resolver:web.default.ap2.dc1": "5s default",
        },
        "http",
        asked=AP1,
    ),
    # External SNI, modes, overrides
    Built(
        "E56", [sd("web", mode="local", sni="web.example.com")], {"resolver:web~": "5s default"}, default=True
    ),
    Built(
        "E57 with another service",
        [sd("web", sni="x"), resolver("web", redirect={"service": "api"})],
        {"resolver:api~": "5s default"},
    ),
    Built(
        "E58",
        [
            pd("http", mode="remote"),
            sd("api", "http", mode="local"),
            sd("pay", "http"),
            splitter("web", (50, "api"), (50, "pay")),
        ],
        {
            "splitter:web^": "50 -> resolver:api~, 50 -> resolver:pay~",
            "resolver:api~": "5s default",
            "resolver:pay~": "5s default",
        },
        "http",
    ),
    Built(
        "E59",
        [pd(mode="remote")],
        {"resolver:web~": "5s default"},
        default=True,
        hash="c225dc1c",
        asked=request(override_mesh_gateway="local"),
    ),
    Built(
        "E59 without effect",
        [pd(mode="local")],
        {"resolver:web~": "5s default"},
        default=True,
        asked=request(override_mesh_gateway="local"),
    ),
    Built(
        "E60",
        [pd("http"), router("web", ("/a", "api")), splitter("web", (50, "web"), (50, "pay"))],
        {"resolver:web~": "5s default"},
        default=True,
        hash="96f2c150",
        asked=request(override_protocol="tcp"),
    ),
    Built(
        "E61 without router",
        [],
        {"resolver:web~": "5s default"},
        "http",
        default=True,
        hash="1a47f6e1",
        asked=request(override_protocol="http"),
    ),
    Built(
        "E62",
        [resolver("db", connect=33)],
        {"resolver:db~": "66s"},
        "grpc",
        hash="78ebd528",
        asked=request(
            "db",
            override_mesh_gateway="local",
            override_protocol="grpc",
            override_connect_timeout=66 * SECOND,
        ),
    ),
    Built(
        "E63 without effect",
        [],
        {"resolver:web~": "5s default"},
        default=True,
        asked=request(override_connect_timeout=5 * SECOND),
    ),
    Built(
        "E63",
        [],
        {"resolver:web~": "9s default"},
        default=True,
        hash="9b873e36",
        asked=request(override_connect_timeout=9 * SECOND),
    ),
    Built(
        "E64",
        [],
        {"resolver:web.default.default.dc2": "5s default"},
        default=True,
        asked=request(datacenter="dc2"),
    ),
]

REFUSED = [
    Refused(
        "E04",
        [sd("web", "http"), sd("api", "grpc"), router("web", ("/a", "api"))],
        "inconsistent-protocols",
        'service "api" has "grpc" which is not "http"',
    ),
    Refused(
        "E07",
        [sd("api", "http"), router("web", ("/", "api"))],
        "inconsistent-protocols",
        'service "api" has "http" which is not "tcp"',
    ),
    Refused(
        "E08",
        [splitter("web", (100, "api"))],
        "protocol-without-routing",
        'discovery chain "web" uses a protocol "tcp" that does not permit advanced routing',
    ),
    Refused(
        "E10",
        [sd("web", "http"), sd("api", "http2"), splitter("web", (50, "web"), (50, "api"))],
        "inconsistent-protocols",
    ),
    Refused(
        "E14",
        [pd("http"), splitter("web", (100, "api")), splitter("api", (100, "web"))],
        "splitter-loop",
        "[splitter:web^ -> splitter:api^ -> splitter:web^]",
    ),
    Refused(
        "E22",
        [resolver("web", redirect={"service": "api"}), resolver("api", redirect={"service": "web"})],
        "redirect-loop",
        "detected circular resolver redirect: [web~ -> api~ -> web~]",
    ),
    Refused(
        "E26",
        [pd("http"), splitter("web", (100, "@v9")), resolver("web", subsets="v1")],
        "subset-missing",
        'service "web" does not have a subset named "v9"',
    ),
    Refused(
        "E27",
        [sd("web", "grpc"), sd("api", "tcp"), resolver("web", redirect={"service": "api"})],
        "inconsistent-protocols",
    ),
    Refused(
        "E35",
        [sd("web", "http"), sd("api", "tcp"), resolver("web", failover={"*": fo(to="api")})],
        "inconsistent-protocols",
    ),
    Refused(
        "E46",
        [pd("http", where="ap1"), splitter("web", (50, "web"), (50, "web[ap2]"), where="ap1")],
        "inconsistent-protocols",
        'service "ap2/default/web" has "tcp" which is not "http"',
        AP1,
    ),
    Refused("E51", [DEFAULT_GRP, sd("web", sni="x", where="ap1")], "external-redirect", "", AP1),
    Refused(
        "E52",
        [resolver("web", failover={"*": fo(sameness_group="nope")})],
        "sameness-group-missing",
        'sameness group missing for service "web"',
        ENT,
    ),
    Refused(
        "E54",
        [
            group("grp", "ap1", "ap2", where="ap1"),
            resolver(
                "web", subsets="v1", default="v1", failover={"*": fo(sameness_group="grp")}, where="ap1"
            ),
        ],
        "subset-missing",
        'subset named "v1"',
        AP1,
    ),
    Refused("E57 subsets", [sd("web", sni="x"), resolver("web", subsets="v1")], "external-subsets"),
    Refused(
        "E57 failover",
        [sd("web", sni="x"), resolver("web", failover={"*": fo(to="api")})],
        "external-failover",
    ),
    Refused(
        "E57 redirect",
        [sd("web", sni="x"), resolver("web", redirect={"datacenter": "dc2"})],
        "external-redirect",
        'service "web" has an external SNI set; cannot define redirects for external services',
    ),
    Refused("E61", [router("web")], "protocol-without-routing", "", request(override_protocol="http")),
]


@pytest.mark.parametrize("case", BUILT, ids=lambda case: case.id)
def test_built(case: Built) -> None:
    chain = chain_of(case.entries, case.asked)
    expected = {long(key): long(text) for key, text in case.nodes.items()}
    assert chain.start_node == next(iter(expected))
    assert nodes_of(chain) == expected
    assert (chain.protocol, chain.default) == (case.protocol, case.default)
    assert chain.customization_hash == case.hash


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_refused(case: Refused) -> None:
    error = compiled(case.entries, case.asked)
    assert isinstance(error, ChainError), error
    assert error.code == case.code
    assert long(case.consul) in error.consul
    assert error.way[0].words == case.asked.service
    assert error.place is not None


def test_targets_and_their_names() -> None:
    chain = chain_of([])  # E01
    target = chain.targets[f"web.{DC}"]
    assert target.sni == target.name == "web.default.dc1.internal.T.consul"
    split = chain_of(BUILT_BY_ID["E11"].entries)
    assert set(split.targets) == {f"v1.web.{DC}", f"v2.web.{DC}"}  # none for plain web
    assert split.targets[f"v1.web.{DC}"].sni == "v1.web.default.dc1.internal.T.consul"
    assert split.targets[f"v1.web.{DC}"].filter == "Service.Meta.version == v1"
    assert chain_of(BUILT_BY_ID["E20"].entries).targets["web.default.default.dc2"].sni == (
        "web.default.dc2.internal.T.consul"
    )
    assert set(chain_of(BUILT_BY_ID["E25"].entries).targets) == {f"v1.web.{DC}"}
    other = chain_of(BUILT_BY_ID["E45"].entries, AP1).targets["api.default.ap2.dc1"]
    assert other.sni == "api.default.ap2.dc1.internal-v1.T.consul"
    assert other.mesh_gateway.mode == "local"
    peer = chain_of(BUILT_BY_ID["E38"].entries).targets["api.default.default.external.east"]
    assert (peer.sni, peer.name, peer.datacenter, peer.peer) == ("", "", "", "east")
    lost = chain_of(BUILT_BY_ID["E42"].entries).targets["web.default.default.external.east"]
    assert (lost.subset, lost.filter) == ("v1", "Service.Meta.version == v1")


def test_headers_of_flattened_splits() -> None:
    chain = chain_of(BUILT_BY_ID["E12"].entries)
    set_by = [
        split.definition.request_headers.set if split.definition.request_headers else None
        for split in chain.start.splits
    ]
    assert set_by == [None, {"x-a": "parent"}, {"x-a": "child"}]
    assert [split.definition.weight for split in chain.start.splits] == [50, 33.33, 66.67]


def test_hash_load_balancer_of_a_leaf() -> None:
    chain = chain_of(BUILT_BY_ID["E13"].entries)
    assert chain.start.load_balancer.policy == "maglev"
    policies = {key: node.load_balancer.policy for key, node in chain.nodes.items()}
    assert policies[long("resolver:a~")] == "least_request"
    assert policies[long("resolver:c~")] == "ring_hash"


def test_failover_targets_share_mode_and_take_their_own_timeout() -> None:
    targets = chain_of(BUILT_BY_ID["E30"].entries).targets
    assert {target.mesh_gateway.mode for target in targets.values()} == {"remote"}
    assert targets[f"pay.{DC}"].connect_timeout == 3 * SECOND
    assert f"api.{DC}" not in targets


def test_failover_policy() -> None:  # E37
    general = pd(failover_policy=GeneralPolicy(mode="order-by-locality"))
    node = chain_of([general, resolver("web", failover={"*": fo("dc2")})]).start
    assert node.failover.policy_mode == "order-by-locality"
    own = fo("dc2", policy=FailoverPolicy(mode="sequential"))
    assert (
        chain_of([general, resolver("web", failover={"*": own})]).start.failover.policy_mode == "sequential"
    )
    assert chain_of([resolver("web", failover={"*": fo("dc2")})]).start.failover.policy_mode is None


def test_external_sni() -> None:  # E56
    target = chain_of(BUILT_BY_ID["E56"].entries).targets[f"web.{DC}"]
    assert (target.external, target.sni) == (True, "web.example.com")
    assert target.name == "web.default.dc1.internal.T.consul"
    assert target.mesh_gateway.mode == ""


def test_modes_of_targets() -> None:  # E58, E59
    targets = chain_of(BUILT_BY_ID["E58"].entries).targets
    assert targets[f"api.{DC}"].mesh_gateway.mode == "local"
    assert targets[f"pay.{DC}"].mesh_gateway.mode == "remote"
    overridden = chain_of([pd(mode="remote")], request(override_mesh_gateway="none"))
    assert overridden.targets[f"web.{DC}"].mesh_gateway.mode == "none"


def test_dialed_directly() -> None:  # E65
    assert chain_of([pd(direct=True)]).targets[f"web.{DC}"].dialed_directly
    assert not chain_of([pd()]).targets[f"web.{DC}"].dialed_directly


def test_locality_preference() -> None:  # E66
    from meshgw.entries.proxy_defaults import PrioritizeByLocality

    targets = [{"partition": "ap2"}, {"peer": "east"}, {"datacenter": "dc2"}]
    entries = [
        pd(prioritize_by_locality=PrioritizeByLocality(mode="failover")),
        resolver("web", failover={"*": fo(targets=targets)}),
    ]
    found = {key: target.prioritize_by_locality for key, target in chain_of(entries, ENT).targets.items()}
    assert found == {
        f"web.{DC}": "failover",
        "web.default.ap2.dc1": None,
        "web.default.default.external.east": None,
        "web.default.default.dc2": "failover",
    }


BUILT_BY_ID = {case.id: case for case in BUILT}
