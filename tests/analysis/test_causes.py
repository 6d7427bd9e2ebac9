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
