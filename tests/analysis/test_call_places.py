"""A fault behind a redirect, failover, route or split stands at the field that leads there."""

from pathlib import Path

import pytest
from example_trees import Files, judged, told

PROXY_DEFAULTS = 'Kind = "proxy-defaults"\nName = "global"\nConfig { protocol = "%s" }'


def upstreams(*names: str, more: str = "", proxy: str = "") -> str:
    """A service `web` with one upstream a line, from line 4 on."""
    lines = [
        f'  {{ destination_name = "{name}" local_bind_port = {10000 + number} {more} }},'
        for number, name in enumerate(names)
    ]
    return "\n".join(
        [
            'service { name = "web" port = 8080',
            f"  connect {{ sidecar_service {{ port = 20000 proxy {{ {proxy}",
            "  upstreams = [",
            *lines,
            "] } } } }",
        ]
    )


def resolver(name: str, *lines: str) -> str:
    """A service-resolver; `lines` are those from 3 on."""
    return "\n".join(['Kind = "service-resolver"', f'Name = "{name}"', *lines])


HERE = {
    "dc1/here.hcl": 'service { name = "here" port = 6379 connect { sidecar_service { port = 20001 } } }',
    "dc1/here-intentions.hcl": 'Kind = "service-intentions"\nName = "here"\n'
    'Sources = [{ Name = "web", Action = "allow" }]',
}
SPLIT = 'Kind = "service-splitter"\nName = "front"\nSplits = [\n%s\n]'
ROUTE = 'Kind = "service-router"\nName = "front"\nRoutes = [\n%s\n]'

FEDERATION = [
    pytest.param(
        {"dc1/r.hcl": resolver("front", "Redirect {", 'Service = "nobody"', "}")},
        [("upstream-without-instances", "dc1/r.hcl:4", ["dc1/web.hcl:4"])],
        id="redirect-to-a-service",
    ),
    pytest.param(
        {"dc1/r.hcl": resolver("front", "Redirect {", 'Service = "nobody"', 'Datacenter = "dc2"', "}")},
        [("upstream-without-instances", "dc1/r.hcl:4", ["dc1/web.hcl:4"])],
        id="redirect-to-a-service-of-a-datacenter",
    ),
    pytest.param(
        {"dc1/r.hcl": resolver("front", "Redirect {", 'Datacenter = "dc2"', "}")},
        [("upstream-without-instances", "dc1/r.hcl:4", ["dc1/web.hcl:4"])],
        id="redirect-to-a-datacenter",
    ),
    pytest.param(
        {"dc1/r.hcl": resolver("front", "Redirect {", 'Service = "here"', 'Datacenter = "dc7"', "}")},
        [("call-unreachable", "dc1/r.hcl:5", ["dc1/web.hcl:4"])],
        id="redirect-to-an-unknown-datacenter",
    ),
    pytest.param(
        {
            "dc1/a.hcl": resolver("front", 'Redirect { Service = "middle" }'),
            "dc1/b.hcl": resolver("middle", "Redirect {", 'Service = "nobody"', "}"),
        },
        [("upstream-without-instances", "dc1/b.hcl:4", ["dc1/web.hcl:4"])],
        id="the-last-redirect",
    ),
    pytest.param(
        {"dc1/pd.hcl": PROXY_DEFAULTS % "http", "dc1/proxy-defaults.hcl": ""}
        | {"dc1/s.hcl": SPLIT % '{ Weight = 50, Service = "here" },\n{ Weight = 50, Service = "nobody" },'},
        [("upstream-without-instances", "dc1/s.hcl:5", ["dc1/web.hcl:4"])],
        id="split",
    ),
    pytest.param(
        {"dc1/pd.hcl": PROXY_DEFAULTS % "http", "dc1/proxy-defaults.hcl": ""}
        | {
            "dc1/s.hcl": SPLIT % '{ Weight = 50, Service = "here" },\n{ Weight = 50, Service = "middle" },',
            "dc1/r.hcl": resolver("middle", 'Redirect { Service = "nobody" }'),
        },
        [("upstream-without-instances", "dc1/r.hcl:3", ["dc1/web.hcl:4"])],
        id="redirect-behind-a-split",
    ),
    pytest.param(
        {"dc1/pd.hcl": PROXY_DEFAULTS % "http", "dc1/proxy-defaults.hcl": ""}
        | {
            "dc1/r.hcl": ROUTE
            % '{ Match { HTTP { PathPrefix = "/x" } } Destination { Service = "nobody" } },',
            "dc1/f.hcl": resolver("front", 'Redirect { Service = "here" }'),
        },
        [("upstream-without-instances", "dc1/r.hcl:4", ["dc1/web.hcl:4"])],
        id="route",
    ),
    pytest.param(
        {
            "dc1/f.hcl": resolver("front", 'Redirect { Service = "here" }'),
            "dc1/r.hcl": resolver(
                "here",
                'Failover = { "*" = { Targets = [',
                '{ Datacenter = "dc2" },',
                '{ Service = "none" },',
                "] } }",
            ),
        },
        [
            ("failover-target-unusable", "dc1/r.hcl:4", ["dc1/web.hcl:4"]),
            ("failover-target-unusable", "dc1/r.hcl:5", ["dc1/web.hcl:4"]),
        ],
        id="failover-targets",
    ),
    pytest.param(
        {
            "dc1/f.hcl": resolver("front", 'Redirect { Service = "here" }'),
            "dc1/r.hcl": resolver("here", 'Failover = { "*" = {', 'Service = "none"', "} }"),
        },
        [("failover-target-unusable", "dc1/r.hcl:4", ["dc1/web.hcl:4"])],
        id="failover-to-a-service",
    ),
    pytest.param(
        {
            "dc1/f.hcl": resolver("front", 'Redirect { Service = "here" }'),
            "dc1/r.hcl": resolver("here", 'Failover = { "*" = {', "Datacenters = [", '"dc2"', "] } }"),
        },
        [("failover-target-unusable", "dc1/r.hcl:5", ["dc1/web.hcl:4"])],
        id="failover-to-datacenters",
    ),
]


@pytest.mark.parametrize(("files", "expected"), FEDERATION)
def test_federation(files: Files, expected: list[object], tmp_path: Path) -> None:
    web = {"dc1/web.hcl": upstreams("front", proxy='mesh_gateway { mode = "local" }')}
    assert told(tmp_path, "federation", HERE | web | files) == expected


def test_a_redirect_is_told_once_for_upstreams_and_failovers(tmp_path: Path) -> None:
    files = {
        "dc1/f.hcl": resolver("front", 'Redirect { Service = "nobody" }'),
        "dc1/r.hcl": resolver("here", 'Failover = { "*" = { Service = "front" } }'),
        "dc1/web.hcl": upstreams("front", "here"),
    }
    expected = [("upstream-without-instances", "dc1/f.hcl:3", ["dc1/web.hcl:4"])]
    assert told(tmp_path, "federation", HERE | files) == expected


def test_a_denial_stands_at_the_upstream_and_names_the_redirect(tmp_path: Path) -> None:
    files = {
        "dc1/f.hcl": resolver("front", "Redirect {", 'Service = "here"', "}"),
        "dc1/here.hcl": HERE["dc1/here.hcl"],
        "dc1/web.hcl": upstreams("front"),
    }
    expected = [("intention-denies-upstream", "dc1/web.hcl:4", ["dc1/f.hcl:4"])]
    assert told(tmp_path, "federation", files) == expected


PEERING = [
    pytest.param(
        'Service = "api"', 'Peer = "cloud-est"', "peering-missing", "west/r.hcl:5", id="peer-unknown"
    ),
    pytest.param(
        'Service = "nobody"', 'Peer = "cloud-east"', "not-exported-to-peer", "west/r.hcl:4", id="service"
    ),
]


@pytest.mark.parametrize(("service", "peer", "rule", "place"), PEERING)
def test_peering(service: str, peer: str, rule: str, place: str, tmp_path: Path) -> None:
    files = {
        "west/r.hcl": resolver("far", "Redirect {", service, peer, "}"),
        "west/web.hcl": upstreams("far", proxy='mesh_gateway { mode = "local" }'),
    }
    found = judged(tmp_path, "peering", files)
    assert [one.rule for one in found] == [rule]
    assert [one.message for one in found[0].related][-1] == "upstream `far` of `web`"
    assert str(found[0].location).endswith(f"{place}:{found[0].location.position[1]}")  # type: ignore[union-attr]


LED_TO_API = 'Kind = "service-resolver"\nName = "front"\nNamespace = "dev"\nRedirect {\nService = "api"\n%s }'


def test_a_missing_export_behind_a_redirect(tmp_path: Path) -> None:
    exports = 'Kind = "exported-services"\nName = "api"\n'
    files = {
        "api/exported-services.hcl": exports
        + 'Services = [{ Name = "mesh-gateway", Consumers = [{ Partition = "default" }] }]',
        "default/r.hcl": LED_TO_API % 'Partition = "api"\n',
        "default/web.hcl": upstreams("front", proxy='mesh_gateway { mode = "local" }').replace(
            "port = 8080", 'port = 8080 namespace = "dev"'
        ),
    }
    assert (
        "service-not-exported",
        "default/r.hcl:6",
        ["api/exported-services.hcl:3", "default/web.hcl:4"],
    ) in told(tmp_path, "admin-partitions", files)
