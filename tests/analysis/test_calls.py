"""What is said about calls: the finding, and that its help is one that would help."""

from pathlib import Path

import pytest
from example_trees import EXAMPLES, Files, judged, web


def exports(consumer: str, *more: str) -> Files:
    items = [f'{{ Name = "api", Namespace = "dev", Consumers = [{{ {consumer} }}] }}', *more]
    gateway = '{ Name = "mesh-gateway", Consumers = [{ Partition = "default" }] }'
    text = f'Kind = "exported-services"\nName = "api"\nServices = [{", ".join([*items, gateway])}]'
    return {"api/exported-services.hcl": text}


def intentions(source: str) -> Files:
    text = f'Kind = "service-intentions"\nName = "api"\nNamespace = "dev"\nSources = [{{ {source} }}]'
    return {"api/intentions.hcl": text}


HTTP = {"api/defaults.hcl": 'Kind = "service-defaults"\nName = "api"\nNamespace = "dev"\nProtocol = "http"'}
WEB = 'Name = "web", Namespace = "dev", Partition = "default"'
DENY_ADMIN = f'{WEB}, Permissions = [{{ Action = "deny", HTTP = {{ PathPrefix = "/admin" }} }}]'
TO_API = 'destination_name = "api" destination_partition = "%s" local_bind_port = 10000'

PARTITIONS = [
    pytest.param(
        exports('SamenessGroup = "all"'),
        ("service-not-exported", "it is exported to sameness group `all`", "add to its `Consumers`"),
        id="exported-to-a-group-without-members",
    ),
    pytest.param(
        exports(
            'Partition = "db"',
            '{ Name = "api", Namespace = "dev", Consumers = [{ Partition = "default" }] }',
        ),
        ("service-not-exported", "default`; it is exported to partition `db`", "add to its `Consumers`"),
        id="exported-by-a-later-item",  # XP-03
    ),
    pytest.param(
        intentions(f'{WEB}, Action = "deny"'),
        ("intention-denies-upstream", "denied by an intention", 'change its `Action` to `"allow"`'),
        id="denied-by-its-own-source",
    ),
    pytest.param(
        intentions('Name = "*", Namespace = "dev", Partition = "default", Action = "deny"'),
        ("intention-denies-upstream", "denied by an intention", 'Name = "web", Partition = "default"'),
        id="denied-by-a-broader-source",
    ),
    pytest.param(
        HTTP | intentions(DENY_ADMIN),
        ("intention-denies-upstream", "denied by an intention", "end its permissions with one that allows"),
        id="permissions-and-default-deny",
    ),
    pytest.param(
        {"default/web.hcl": web(f'{{ {TO_API % "apii"} mesh_gateway {{ mode = "local" }} }}')},
        ("mesh-gateway-missing", "partition `apii`", "did you mean `api`?"),
        id="partition-mistyped",
    ),
    pytest.param(
        {"default/web.hcl": web(f'{{ {TO_API % "api"} mesh_gateway {{ mode = "none" }} }}')},
        ("mode-none-across-partitions", "without a mesh gateway", "on the upstream"),
        id="mode-none",
    ),
    pytest.param(
        {"default/web.hcl": web("", 'mode = "transparent"')},
        ("mode-none-across-partitions", "web → api", "in the `proxy` of `web-sidecar-proxy`"),
        id="mode-none-of-a-transparent-proxy",
    ),
    pytest.param(
        {"api/api.hcl": 'service { name = "api" namespace = "dev" port = 9090 }'},
        ("upstream-without-instances", "has no sidecar", "sidecar_service {}"),
        id="without-sidecar",
    ),
    pytest.param(
        {
            "api/resolver.hcl": 'Kind = "service-resolver"\nName = "api"\nNamespace = "dev"\n'
            'DefaultSubset = "v2"\nSubsets = { v2 = { Filter = "Service.Meta.version == 2" } }'
        },
        ("upstream-without-instances", "no instance of subset `v2` of `api`", "register"),
        id="subset-without-instances",
    ),
    pytest.param(
        {
            "api/resolver.hcl": 'Kind = "service-resolver"\nName = "api"\nNamespace = "dev"\n'
            'DefaultSubset = "v2"\nSubsets = { v2 = { Filter = "Service.Meta.version == 2" } }',
            "api/egress.hcl": 'service { name = "egress" kind = "terminating-gateway" port = 8444 }',
            "api/egress-entry.hcl": 'Kind = "terminating-gateway"\nName = "egress"\n'
            'Services = [{ Name = "api" Namespace = "dev" }]',
        },
        ("upstream-without-instances", "no instance of subset `v2`", "terminating gateway `egress`"),
        id="subset-behind-a-terminating-gateway",
    ),
    pytest.param(
        intentions('Name = "*", Namespace = "dev", Partition = "default", Action = "deny"')
        | {
            "api/all.hcl": 'Kind = "service-intentions"\nName = "*"\nNamespace = "dev"\n'
            f'Sources = [{{ {WEB}, Action = "allow" }}]'
        },
        (
            "check-and-sidecar-disagree",
            "web → api",
            '{ Name = "web", Partition = "default", Action = "deny" }',
        ),
        id="check-and-sidecar-disagree",  # IN-W01
    ),
]


@pytest.mark.parametrize(("files", "expected"), PARTITIONS)
def test_partitions(files: Files, expected: tuple[str, str, str], tmp_path: Path) -> None:
    rule, message, help_ = expected
    found = [one for one in judged(tmp_path, "admin-partitions", files) if one.rule == rule]
    assert any(message in one.message and help_ in (one.help or "") for one in found), found


@pytest.mark.parametrize("selector", ["Nope == 1", 'Meta.v matches \\"(\\"', "Port == x"])
def test_a_filter_that_cannot_run_behind_a_missing_export(selector: str, tmp_path: Path) -> None:
    subset = f'Subsets = {{ v2 = {{ Filter = "Service.{selector}" }} }}\nDefaultSubset = "v2"'
    resolver = f'Kind = "service-resolver"\nName = "api"\nNamespace = "dev"\n{subset}'
    found = judged(tmp_path, "admin-partitions", exports('Peer = "east"') | {"api/resolver.hcl": resolver})
    assert any(one.location and one.location.document.name.endswith("resolver.hcl") for one in found)


def test_permissions_that_only_deny_deny_nothing_else_by_default_allow(tmp_path: Path) -> None:
    project = (EXAMPLES / "admin-partitions" / "meshgw.yaml").read_text()
    files = HTTP | intentions(DENY_ADMIN) | {"meshgw.yaml": project + "default_intention_policy: allow\n"}
    assert [one.rule for one in judged(tmp_path, "admin-partitions", files)] == ["intention-only-denies"]


def test_permissions_without_http_are_told_once(tmp_path: Path) -> None:
    found = judged(tmp_path, "admin-partitions", intentions(DENY_ADMIN.replace('"deny"', '"allow"')))
    assert [one.rule for one in found] == ["permissions-need-http"]


FAILOVER = {
    "dc1/api.hcl": 'service { name = "api" port = 9090 connect { sidecar_service { port = 20005 } } }',
    "dc1/resolver.hcl": 'Kind = "service-resolver"\nName = "api"\n'
    'Failover = { "*" = { Datacenters = ["dc2"] } }',
    "dc1/web.hcl": """service { name = "web" port = 8080 connect { sidecar_service { port = 20000 proxy {
      %s upstreams = [{ destination_name = "api" local_bind_port = 10000 }] } } } }""",
}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (
            'mesh_gateway { mode = "local" }',
            [],
        ),  # nothing is left of the failover in dc2, where none is meant
        ("", ["mode-none-across-partitions"]),  # the failover target, too
    ],
)
def test_failover_to_a_datacenter(mode: str, expected: list[str], tmp_path: Path) -> None:
    files = FAILOVER | {"dc1/web.hcl": FAILOVER["dc1/web.hcl"] % mode}
    assert [one.rule for one in judged(tmp_path, "federation", files)] == expected


def test_failover_that_leads_nowhere_in_any_datacenter(tmp_path: Path) -> None:
    itself = FAILOVER["dc1/resolver.hcl"].replace('Datacenters = ["dc2"]', 'Service = "api"')
    files = FAILOVER | {"dc1/resolver.hcl": itself, "dc1/web.hcl": FAILOVER["dc1/web.hcl"] % ""}
    assert "failover-nowhere" in [one.rule for one in judged(tmp_path, "federation", files)]


def test_the_intentions_of_a_secondary_are_written_in_the_primary(tmp_path: Path) -> None:
    (found,) = judged(tmp_path, "federation", {"dc1/api-intentions.hcl": ""})
    assert found.help is not None
    assert found.help.startswith("add an intention in partition `default` of dc1, the primary")


def test_a_gateway_for_federation_has_its_flag(tmp_path: Path) -> None:
    found = judged(tmp_path, "federation", {"dc2/mesh-gateway.hcl": ""})
    (one,) = [one for one in found if one.rule == "federation-gateway-missing"]
    assert one.help is not None
    assert '  meta { "consul-wan-federation" = "1" }\n' in one.help


PEER_FAILOVER = {
    "west/api.hcl": 'service { name = "api" port = 9090 connect { sidecar_service { port = 20005 } } }',
    "west/intentions.hcl": 'Kind = "service-intentions"\nName = "api"\n'
    'Sources = [{ Name = "web", Action = "allow" }]',
    "west/resolver.hcl": 'Kind = "service-resolver"\nName = "api"\n'
    'Failover = { "*" = { Targets = [{ Peer = "cloud-east" }] } }',
    "west/far.hcl": 'Kind = "service-resolver"\nName = "far"\n'
    'Redirect { Service = "api" Peer = "cloud-east" }',
    "west/proxy-defaults.hcl": 'Kind = "proxy-defaults"\nName = "global"\nMeshGateway { Mode = "local" }',
    "west/web.hcl": """service { name = "web" port = 8080 connect { sidecar_service { port = 20000 proxy {
      upstreams = [{ destination_name = "api" local_bind_port = 10000 },
                   { destination_name = "far" local_bind_port = 10001 }] } } } }""",
}


def test_failover_to_the_peer_that_another_service_is_redirected_to(tmp_path: Path) -> None:
    assert judged(tmp_path, "peering", PEER_FAILOVER) == []


def test_failover_to_a_peer_is_not_judged_where_no_peering_is_known(tmp_path: Path) -> None:
    project = (EXAMPLES / "peering" / "meshgw.yaml").read_text()
    project = "\n".join(
        line for line in project.splitlines() if "peerings:" not in line and "- { east:" not in line
    )
    found = judged(tmp_path, "peering", PEER_FAILOVER | {"meshgw.yaml": project})
    assert "failover-target-unusable" not in [one.rule for one in found]


def test_an_exported_chain_that_consul_refuses_is_told_there(tmp_path: Path) -> None:
    broken = {"east/resolver.hcl": 'Kind = "service-resolver"\nName = "pages"\nRedirect { Service = "api" }'}
    assert [one.rule for one in judged(tmp_path, "peering", broken)] == ["chain-protocols-differ"]


def test_a_peer_that_denies_by_the_callers_own_source(tmp_path: Path) -> None:
    text = (EXAMPLES / "peering" / "east" / "api-intentions.hcl").read_text().replace('"allow"', '"deny"')
    (found,) = judged(tmp_path, "peering", {"east/api-intentions.hcl": text})
    assert (found.rule, found.help) == ("intention-denies-peer", 'change its `Action` to `"allow"`')
