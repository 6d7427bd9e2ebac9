"""One mistake is one finding: it stands at the cause, and names who is affected."""

from pathlib import Path

import pytest
from example_trees import EXAMPLES, Files, judged, told, web


def changed(path: str, old: str, new: str) -> Files:
    """A file of the examples with a text replaced once: `{"east/api.hcl": …}`."""
    text = (EXAMPLES / path).read_text()
    assert old in text
    return {path.partition("/")[2]: text.replace(old, new, 1)}


API = 'destination_name = "api" destination_namespace = "dev" local_bind_port = 10000'
EXPORTS = "admin-partitions/api/exported-services.hcl"
NO_INTENTION = {
    "api/intentions.hcl": "",
    "meshgw.yaml": (EXAMPLES / "admin-partitions/meshgw.yaml").read_text(),
}
NO_INTENTION["meshgw.yaml"] += "default_intention_policy: allow\n"

BILLING = 'service { name = "billing" namespace = "dev" port = 1 connect { native = true } }'

PARTITIONS = [
    pytest.param(
        {"default/web.hcl": web(f'{{ {API} destination_partition = "api" datacenter = "dc2" }}')},
        [("datacenter-with-partition", "default/web.hcl:5", [])],
        id="datacenter-with-partition",
    ),
    pytest.param(
        {"default/web.hcl": web(f'{{ {API} destination_partition = "api" datacenter = "dc1" }}')},
        [("datacenter-with-partition", "default/web.hcl:5", [])],
        id="own-datacenter-with-partition",
    ),
    pytest.param(
        NO_INTENTION
        | {"default/web.hcl": web(f'{{ {API} destination_partition = "api" datacenter = "dc2" }}')},
        [("datacenter-with-partition", "default/web.hcl:5", [])],
        id="the-export-for-a-refused-upstream",
    ),
    pytest.param(
        {"default/web.hcl": web(f'{{ {API} destination_type = "servise" }}')},
        [("upstream-type-unknown", "default/web.hcl:5", [])],
        id="type-unknown",
    ),
    pytest.param(
        {"default/web.hcl": web('{ destination_name = "*" local_bind_port = 10000 }')},
        [("upstream-wildcard", "default/web.hcl:5", [])],
        id="wildcard",
    ),
    pytest.param(
        changed(EXPORTS, '"dev"', '"prod"'),
        [("service-not-exported", "default/web.hcl:12", ["api/exported-services.hcl:8"])],
        id="exported-from-another-namespace",
    ),
    pytest.param(
        changed(EXPORTS, 'Name      = "api"', 'Name      = "apii"'),
        [("service-not-exported", "default/web.hcl:12", ["api/exported-services.hcl:8"])],
        id="exported-by-a-mistyped-name",
    ),
    pytest.param(
        changed(EXPORTS, '"mesh-gateway"', '"mesh-gatewy"'),
        [
            (
                "gateway-not-exported",
                "api/exported-services.hcl:4",
                ["api/exported-services.hcl:12", "default/web.hcl:12"],
            )
        ],
        id="gateway-exported-by-a-mistyped-name",
    ),
    pytest.param(
        changed(EXPORTS, 'Name      = "api"', 'Name      = "billing"'),
        [("service-not-exported", "default/web.hcl:12", ["api/exported-services.hcl:8"])],
        id="an-unknown-service-exported",
    ),
    pytest.param(
        changed(EXPORTS, 'Name      = "api"', 'Name      = "billing"') | {"api/billing.hcl": BILLING},
        [
            ("unused-export", "api/exported-services.hcl:8", []),
            ("service-not-exported", "default/web.hcl:12", ["api/exported-services.hcl:4"]),
        ],
        id="another-service-exported",  # two mistakes
    ),
]


@pytest.mark.parametrize(("files", "expected"), PARTITIONS)
def test_partitions(files: Files, expected: list[object], tmp_path: Path) -> None:
    assert told(tmp_path, "admin-partitions", files) == expected


HELP = [
    ('"dev"', '"prod"', 'write `Namespace = "dev"` in the item'),
    ('Namespace = "dev"', "", 'write `Namespace = "dev"` in the item'),
    ('Name      = "api"', 'Name      = "apii"', 'write `Name = "api"` in the item'),
    ('Name      = "api"', 'Name      = "billing"', "add to `Services`"),
]


@pytest.mark.parametrize(("old", "new", "help_"), HELP)
def test_the_help_for_an_export_of_something_else(old: str, new: str, help_: str, tmp_path: Path) -> None:
    (found,) = judged(tmp_path, "admin-partitions", changed(EXPORTS, old, new))
    assert found.help is not None
    assert found.help.startswith(help_)


FAR = "peering/east/exported-services.hcl"
LED_AWAY = 'Kind = "service-resolver"\nName = "api"\n%s'
FRONT = {
    "east/front.hcl": LED_AWAY.replace("api", "front") % 'Redirect { Service = "api" }',
    "east/api-intentions.hcl": (EXAMPLES / "peering/east/api-intentions.hcl").read_text(),
    "west/web.hcl": (EXAMPLES / "peering/west/web.hcl").read_text().replace('"api"', '"front"'),
}

PEERS = [
    pytest.param(
        changed(FAR, "cloud-west", "cloud-wst"),
        [("export-to-unknown-peer", "east/exported-services.hcl:7", ["west/web.hcl:11"])],
        id="mistyped-peer",
    ),
    pytest.param(
        changed(FAR, "cloud-west", "west"),
        [("export-to-unknown-peer", "east/exported-services.hcl:7", ["west/web.hcl:11"])],
        id="a-peer-by-its-own-name",
    ),
    pytest.param(
        changed(FAR, 'Peer = "cloud-west" }', 'Peer = "cloud-west" }, { Peer = "cloud-north" }'),
        [("export-to-unknown-peer", "east/exported-services.hcl:7", [])],
        id="one-peer-more",
    ),
    pytest.param(
        {"east/resolver.hcl": LED_AWAY % 'Redirect { Datacenter = "dc9" }'},
        [
            (
                "exported-redirect-to-datacenter",
                "east/resolver.hcl:3",
                ["east/exported-services.hcl:5", "west/web.hcl:11"],
            )
        ],
        id="redirect-to-a-datacenter",
    ),
    pytest.param(
        {"east/resolver.hcl": LED_AWAY % 'Failover { "*" { Datacenters = ["dc9"] } }'},
        [("exported-failover-to-datacenter", "east/resolver.hcl:3", ["east/exported-services.hcl:5"])],
        id="failover-to-a-datacenter",
    ),
    pytest.param(
        FRONT | changed(FAR, '"api"', '"front"'),
        [("exported-but-not-carried", "east/exported-services.hcl:6", ["west/web.hcl:11"])],
        id="a-name-without-instances",
    ),
]


@pytest.mark.parametrize(("files", "expected"), PEERS)
def test_peers(files: Files, expected: list[object], tmp_path: Path) -> None:
    assert told(tmp_path, "peering", files) == expected


def test_the_peer_that_was_probably_meant(tmp_path: Path) -> None:
    (found,) = judged(tmp_path, "peering", changed(FAR, "cloud-west", "west"))
    assert found.help == 'write `Peer = "cloud-west"`, or add the peering to the project file'


FLAG = changed(
    "admin-partitions/default/mesh-gateway.hcl",
    "port    = 8443",
    'port = 8443 meta { "consul-wan-federation" = "1" }',
)


def caller(name: str, port: int, mode: str, upstream: str) -> str:
    return f"""service {{ name = "{name}" port = {port}
      connect {{ sidecar_service {{ port = {port + 100} proxy {{
      mesh_gateway {{ mode = "{mode}" }}
      upstreams = [{{ destination_name = "{upstream}" local_bind_port = {port + 200} }}] }} }} }} }}"""


CACHE = {
    "dc1/cache.hcl": 'service { name = "cache" port = 6379 connect { sidecar_service { port = 20010 } } }',
    "dc1/cache-intentions.hcl": 'Kind = "service-intentions"\nName = "cache"\n'
    'Sources = [{ Name = "*", Action = "allow" }]',
}
TWO = {f"dc1/{name}.hcl": caller(name, port, "local", "cache") for name, port in (("a", 8081), ("b", 8082))}
FAILS_OVER = 'Kind = "service-resolver"\nName = "cache"\nFailover = { "*" = { Targets = [%s] } }'


def test_routes_lost_to_federation_are_told_at_the_gateway(tmp_path: Path) -> None:
    upstreams = [f"default/web.hcl:{line}" for line in (12, 21, 30)]
    expected = [("partitions-lost-to-federation", "default/mesh-gateway.hcl:5", upstreams)]
    assert told(tmp_path, "admin-partitions", FLAG) == expected


def test_a_failover_target_is_told_once(tmp_path: Path) -> None:
    files = CACHE | TWO | {"dc1/resolver.hcl": FAILS_OVER % '{ Service = "spare" }'}
    expected = [("failover-target-unusable", "dc1/resolver.hcl:3", ["dc1/a.hcl:4", "dc1/b.hcl:4"])]
    assert told(tmp_path, "federation", files) == expected


def test_an_exporter_without_gateway_is_told_once(tmp_path: Path) -> None:
    upstreams = ["west/web.hcl:11", "west/web.hcl:19"]
    expected = [("exporter-without-gateway", "east/exported-services.hcl:4", upstreams)]
    assert told(tmp_path, "peering", {"east/mesh-gateway.hcl": ""}) == expected


def test_a_failover_that_lacks_the_gateway_that_others_lack(tmp_path: Path) -> None:
    files = {
        "east/mesh-gateway.hcl": "",
        "west/a.hcl": caller("a", 8081, "remote", "cache"),
        "west/resolver.hcl": FAILS_OVER % '{ Service = "api", Peer = "cloud-east" }',
    } | {name.replace("dc1", "west"): text for name, text in CACHE.items()}
    upstreams = ["west/a.hcl:4", "west/web.hcl:11", "west/web.hcl:19"]
    expected = [("exporter-without-gateway", "east/exported-services.hcl:4", upstreams)]
    assert told(tmp_path, "peering", files) == expected


def test_a_failover_that_lacks_a_gateway_alone(tmp_path: Path) -> None:
    files = {
        "east/mesh-gateway.hcl": "",
        "west/web.hcl": caller("web", 8081, "remote", "cache"),
        "west/resolver.hcl": FAILS_OVER % '{ Service = "api", Peer = "cloud-east" }',
    } | {name.replace("dc1", "west"): text for name, text in CACHE.items()}
    expected = [("failover-target-unusable", "west/resolver.hcl:3", ["west/web.hcl:4"])]
    assert told(tmp_path, "peering", files) == expected


def test_a_missing_export_is_told_once_for_all_upstreams_of_a_partition(tmp_path: Path) -> None:
    exports = 'Kind = "exported-services"\nName = "api"\nServices = '
    exports += '[{ Name = "mesh-gateway", Consumers = [{ Partition = "default" }] }]'
    upstream = f'{{ {API} destination_partition = "api" mesh_gateway {{ mode = "local" }} }}'
    other = web(upstream).replace("10000", "10009").replace("20000", "20009").replace("8080", "8089")
    allow = 'Kind = "service-intentions"\nName = "api"\nNamespace = "dev"\n'
    allow += 'Sources = [{ Name = "*", Namespace = "dev", Partition = "default", Action = "allow" }]'
    files = {
        "api/exported-services.hcl": exports,
        "api/intentions.hcl": allow,
        "default/other.hcl": other.replace('"web"', '"other"'),
    }
    related = ["api/exported-services.hcl:3", "default/web.hcl:12"]
    assert told(tmp_path, "admin-partitions", files) == [
        ("service-not-exported", "default/other.hcl:5", related)
    ]


def test_a_missing_export_to_a_peer_is_told_once(tmp_path: Path) -> None:
    other = caller("other", 8081, "local", "api").replace('"api"', '"api" destination_peer = "cloud-east"')
    exports = 'Kind = "exported-services"\nName = "default"\n'
    exports += 'Services = [{ Name = "pages", Consumers = [{ Peer = "cloud-west" }] }]'
    files = {"east/exported-services.hcl": exports, "west/other.hcl": other}
    related = ["east/exported-services.hcl:3", "west/web.hcl:11"]
    assert told(tmp_path, "peering", files) == [("not-exported-to-peer", "west/other.hcl:4", related)]
