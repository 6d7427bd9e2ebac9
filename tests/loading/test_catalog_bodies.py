"""Bodies of the API in a tree: registrations, transactions, the nodes they name, what follows their JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from meshgw import api
from meshgw.loading.load import load_tree
from meshgw.loading.model import Loaded
from meshgw.loading.options import LoadOptions
from meshgw.mesh.build import build_mesh

WEB = {"Service": "web", "Port": 8080}


def loaded(folder: Path, files: dict[str, Any], **options: Any) -> Loaded:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return load_tree((str(folder),), LoadOptions(**options))


def verdicts(tree: Loaded) -> list[tuple[str, bool]]:
    return [(found.kind, found.accepted) for found in tree.inputs]


def rules(tree: Loaded) -> list[str]:
    return [found.rule for found in tree.diagnostics]


def register(name: str, address: str, service: Any = WEB, **more: Any) -> dict[str, Any]:
    return {"Node": name, "Address": address, "Service": service} | more


def write(service: Any, node: str = "n", verb: str = "set") -> dict[str, Any]:
    return {"Service": {"Verb": verb, "Node": node, "Service": service}}


NODE = {"Node": {"Verb": "set", "Node": {"Node": "n", "Address": "10.0.0.9", "Meta": {"rack": "1"}}}}


def test_a_transaction_registers_what_it_sets(tmp_path: Path) -> None:
    operations = [
        NODE,
        write(WEB),
        write({"ID": "db-1", "Service": "db", "ModifyIndex": 7}, verb="cas"),
        write({"Service": "old"}, verb="delete"),
        {"KV": {"Verb": "set", "Key": "a", "Value": "Yg=="}},
        {"Check": {"Verb": "set", "Check": {"Node": "n", "CheckID": "c", "Status": "passing"}}},
    ]
    tree = loaded(tmp_path, {"txn.json": operations})
    assert rules(tree) == []
    assert verdicts(tree) == [("transaction", True)]
    found = build_mesh(tree).instances
    assert [(one.service.id, str(one.lan), one.from_catalog) for one in found] == [
        ("web", "10.0.0.9:8080", True),
        ("db-1", "10.0.0.9:0", True),
    ]
    assert found[0].node.meta == {"rack": "1"}


TWO_FAULTS = [
    write({"Service": "a", "Kind": "connect-proxy", "Proxy": {}, "Port": 1}),
    write({"Service": "b", "Address": "0.0.0.0"}),
    write({"ID": "c"}),
]


def test_all_errors_of_all_operations_are_listed() -> None:
    report = api.validate_text(json.dumps(TWO_FAULTS), name="txn.json", entry_path="catalog")
    assert not report.accepted
    own = [(found.rule, str(found.location)) for found in report.diagnostics if found.own]
    assert [rule for rule, _ in own] == [
        "proxy-without-destination",
        "service-address-any",
        "registration-without-service-name",
    ]


def test_a_refused_transaction_stores_nothing(tmp_path: Path) -> None:
    tree = loaded(tmp_path, {"txn.json": [write(WEB), *TWO_FAULTS]})
    assert verdicts(tree) == [("transaction", False)]
    assert all(item.refused for item in tree.services)


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([], []),
        ([write(WEB | {"Prot": 1})], ["body-unknown-key"]),
        ([write(WEB | {"Port": "80"})], ["body-wrong-type"]),
        (["set"], ["body-wrong-type"]),
        ([write(WEB, verb="put")], ["operation-verb-unknown"]),
        ([write(WEB, verb="get"), write({"ID": "x"}, verb="delete")], []),
        ([write(WEB, node="")], ["registration-without-node"]),
        ([{"Node": {"Verb": "set", "Node": {"Address": "10.0.0.1"}}}], ["registration-without-node"]),
        ([{"Node": {"Verb": "set", "Node": {"Node": "n", "ID": "x"}}}], ["registration-node-id-invalid"]),
        ([write(WEB | {"PeerName": "east"})], ["registration-with-peer"]),
        ([write(WEB | {"Weights": {"Passing": 0}})], []),
    ],
)
def test_operations(operations: list[Any], expected: list[str]) -> None:
    found = api.validate_text(json.dumps(operations), entry_path="catalog").diagnostics
    assert [one.rule for one in found] == expected
    assert all(one.location is not None for one in found)


@pytest.mark.parametrize("text", ["[1, 2]", '[{"a": 1}]', '[{"Service": {"Name": "web"}}]', "[]"])
def test_other_lists_are_no_transactions(tmp_path: Path, text: str) -> None:
    assert verdicts(loaded(tmp_path, {"list.json": text})) == [("file", True)]


def test_a_node_registered_twice_is_one(tmp_path: Path) -> None:
    files = {
        "a.json": register("n", "10.0.0.1"),
        "b.json": register("N", "10.0.0.2", {"Service": "api", "Port": 1}),
        "c.json": register("n", "", {"Service": "db", "Port": 2}, SkipNodeUpdate=True),
        "d.json": register("n", "10.0.0.9", {"Service": "x", "Address": "0.0.0.0"}),
        "e.json": register("n", "10.0.0.3", Datacenter="dc2"),
    }
    tree = loaded(tmp_path, files)
    agents = {id(item.agent): item.agent for item in tree.services}
    assert sorted((agent.datacenter, agent.address) for agent in agents.values()) == [
        ("dc1", "10.0.0.2"),
        ("dc2", "10.0.0.3"),
    ]


def test_a_node_of_an_agent_is_the_agents(tmp_path: Path) -> None:
    files = {
        "agent.hcl": 'node_name = "n"\nadvertise_addr = "10.0.0.1"\nservice { name = "web" port = 80 }',
        "catalog/api.json": register("n", "10.0.0.2", {"Service": "api", "Port": 81}),
    }
    mesh = build_mesh(loaded(tmp_path, files))
    assert {str(one.lan) for one in mesh.instances} == {"10.0.0.1:80", "10.0.0.1:81"}


def test_the_partition_and_namespace_of_a_request(tmp_path: Path) -> None:
    files = {
        "partitions/ap1/a.json": register("n", "10.0.0.1"),
        "partitions/ap1/b.json": [write(WEB | {"ID": "web-2"})],
        "c.json": register("m", "10.0.0.2", Partition="AP2", Namespace="team"),
    }
    project = {"tenancy": [{"path": "partitions/{partition}/**"}]}
    mesh = build_mesh(loaded(tmp_path, files, project=project, edition="enterprise"))
    assert sorted(
        (one.partition, one.namespace, one.node.name, one.node.partition) for one in mesh.instances
    ) == [
        ("ap1", "default", "n", "ap1"),
        ("ap1", "default", "n", "ap1"),
        ("ap2", "team", "m", "ap2"),
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"Name": "web", "Port": 80}, "Tags": ["x"]}', "registration"),
        ('{"Node": "n", "Address": "10.0.0.1"} {}', "registration"),
        ('[{"KV": {"Verb": "set", "Key": "a"}}]]', "transaction"),
        ('{"Name": "q", "Service": {"Service": "web"}} x', "prepared query"),
    ],
)
def test_text_after_a_body(tmp_path: Path, text: str, kind: str) -> None:
    tree = loaded(tmp_path, {"body.json": text})
    assert rules(tree) == ["text-after-json"]
    assert verdicts(tree) == [(kind, True)]


def test_text_after_a_file_is_a_fault(tmp_path: Path) -> None:
    tree = loaded(tmp_path, {"web.json": '{"service": {"name": "web"}} {}'})
    assert rules(tree) == ["syntax"]


@pytest.mark.parametrize(
    ("number", "refused"),
    [
        ("9007199254740993", False),
        ("-9223372036854775808", False),
        ("9223372036854775807", False),
        ("9223372036854775808", True),
        ("1e3", True),
        ("80.0", True),
    ],
)
def test_integers_of_bodies(tmp_path: Path, number: str, refused: bool) -> None:
    text = f'{{"Name": "web", "Port": {number}, "Proxy": {{"Config": {{"n": 9007199254740993}}}}}}'
    report = api.validate_text(text, name="body.json", entry_path="http")
    assert ("body-wrong-type" in {found.rule for found in report.diagnostics}) == refused
    tree = loaded(tmp_path, {"body.json": text})
    assert ("body-wrong-type" in rules(tree)) == refused
    if not refused:
        (item,) = tree.services
        assert item.service.port == int(number)
        assert item.service.proxy.config == {"n": 9007199254740992.0}


def test_a_sidecar_without_a_port_makes_its_file_refused(tmp_path: Path) -> None:
    files = {
        "a/agent.hcl": 'node_name = "n"\nports {\n sidecar_min_port = 21000\n sidecar_max_port = 21000\n}',
        "a/api.hcl": 'service { name = "api" port = 1 connect { sidecar_service {} } }',
        "a/web.hcl": 'service { name = "web" port = 2 connect { sidecar_service {} } }',
    }
    tree = loaded(tmp_path, files)
    assert [(Path(one.path).name, one.accepted) for one in tree.inputs] == [
        ("agent.hcl", True),
        ("api.hcl", True),
        ("web.hcl", False),
    ]
    assert [item.service.id for item in tree.services if item.refused] == ["web-sidecar-proxy"]


def test_the_namespace_of_a_path(tmp_path: Path) -> None:
    files = {
        "team/web.hcl": 'service { name = "web" port = 1 connect { sidecar_service { port = 2 } } }',
        "team/own.hcl": 'service { name = "own" port = 3 namespace = "other" }',
        "team/body.json": '{"Name": "api", "Port": 4}',
        "team/catalog.json": register("n", "10.0.0.1", {"Service": "db", "Port": 5}),
        "team/txn.json": [write({"Service": "cache", "Port": 6})],
        "default.hcl": 'service { name = "x" port = 7 }',
    }
    project = {"tenancy": [{"path": "{namespace}/**"}]}
    mesh = build_mesh(loaded(tmp_path, files, project=project))
    assert {one.service.id: one.namespace for one in mesh.instances} == {
        "web": "team",
        "web-sidecar-proxy": "team",
        "own": "other",
        "api": "team",
        "db": "team",
        "cache": "team",
        "x": "default",
    }


CHECKS = [
    ({}, "passing"),
    ({"Check": {"Status": "critical"}}, "critical"),  # of the node
    ({"Check": {"ServiceID": "web", "Status": "warning"}}, "warning"),
    ({"check": {"serviceid": "web", "status": "critical"}}, "critical"),
    ({"Check": {"ServiceID": "api", "Status": "critical"}}, "passing"),
    ({"Checks": [{"Status": "passing"}, {"ServiceID": "web", "Status": "critical"}]}, "critical"),
    ({"Checks": "x", "Check": [1]}, "passing"),
]


@pytest.mark.parametrize(("checks", "worst"), CHECKS)
def test_checks_in_the_catalog(tmp_path: Path, checks: dict[str, Any], worst: str) -> None:
    (one,) = build_mesh(loaded(tmp_path, {"a.json": register("n", "10.0.0.1") | checks})).instances
    assert ("critical" in one.statuses, "warning" in one.statuses) == (
        worst == "critical",
        worst == "warning",
    )


@pytest.mark.parametrize(
    ("check", "statuses"),
    [
        ({"Node": "N", "Status": "critical"}, ("critical",)),
        ({"Node": "n", "ServiceID": "web", "Status": "warning"}, ("warning",)),
        ({"Node": "n", "ServiceID": "api", "Status": "critical"}, ()),
        ({"Node": "m", "Status": "critical"}, ()),
        ("x", ()),
    ],
)
def test_checks_in_a_transaction(tmp_path: Path, check: Any, statuses: tuple[str, ...]) -> None:
    operations = [NODE, write(WEB), {"Check": {"Verb": "set", "Check": check}}]
    (one,) = build_mesh(loaded(tmp_path, {"txn.json": operations})).instances
    assert one.statuses == statuses
