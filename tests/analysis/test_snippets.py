"""Snippets in the syntax of the file that they are for."""

import json
from pathlib import Path

import pytest
import yaml
from example_trees import Files, judged

import meshgw
from meshgw.analysis import snippets
from meshgw.mesh.keys import ServiceKey
from meshgw.profile import EntryPath
from meshgw.schema.spelling import Spelling
from meshgw.source.document import Syntax

API = ServiceKey("default", "dev", "api")
WEB = ServiceKey("team", "dev", "web")
WAYS: list[tuple[Syntax, EntryPath]] = [("hcl", "cli"), ("json", "http"), ("yaml", "crd")]
NAMES = ["api", "*", "true", "7", 'a "b"', "a: b", "- x", "ü", "~"]


@pytest.mark.parametrize(("syntax", "path"), WAYS)
def test_whole_entries_are_accepted(syntax: Syntax, path: EntryPath) -> None:
    spelling = Spelling(syntax)
    texts = [
        snippets.entry_exporting("default", snippets.exported_service(API, "team"), spelling),
        snippets.entry_of_intentions(API, snippets.intention_source(WEB, API), spelling),
        snippets.entry_of_intentions(API, snippets.peer_source(WEB, "east"), spelling),
        snippets.service_defaults(API, "http", spelling),
        snippets.entry(spelling, "sameness-group", "same", {"Members": [{"Partition": "default"}]}),
    ]
    for text in texts:
        report = meshgw.validate_text(text, name=f"a.{syntax}", edition="enterprise", entry_path=path)
        assert report.accepted, (text, report.diagnostics)
        assert not [one for one in report.diagnostics if one.rule != "export-to-own-partition"], text


@pytest.mark.parametrize("name", NAMES)
def test_strings_stay_strings(name: str) -> None:
    item = {"Name": name, "Consumers": [{"Partition": name}, {"Peer": name}]}
    expected = {"name": name, "consumers": [{"partition": name}, {"peer": name}]}
    assert yaml.safe_load(Spelling("yaml").item(item)) == [expected]
    assert yaml.safe_load(f"{{{Spelling('yaml').setting('Name', name)}}}") == {"name": name}
    assert json.loads(Spelling("json").item(item)) == item


SETTINGS = [
    (Spelling("hcl"), "mesh_gateway", {"mode": "local"}, 'mesh_gateway { mode = "local" }'),
    (Spelling("json"), "mesh_gateway", {"mode": "local"}, '"mesh_gateway": { "mode": "local" }'),
    (
        Spelling("json", capitals=True),
        "mesh_gateway",
        {"mode": "local"},
        '"MeshGateway": { "Mode": "local" }',
    ),
    (Spelling("yaml"), "MeshGateway", {"Mode": "local"}, "meshGateway: { mode: local }"),
    (Spelling("hcl"), "meta", {"a-b": "1"}, 'meta { "a-b" = "1" }'),
    (Spelling("json", capitals=True), "meta", {"a-b": "1"}, '"Meta": { "a-b": "1" }'),
    (
        Spelling("json", capitals=True),
        "tagged_addresses",
        {"wan": {"port": 1}},
        '"TaggedAddresses": { "wan": { "Port": 1 } }',
    ),
    (Spelling("hcl"), "primary_gateways", ["a:1"], 'primary_gateways = ["a:1"]'),
    (Spelling("yaml"), "ExternalSNI", "a.b", 'externalSNI: "a.b"'),
    (Spelling("hcl"), "connect", {"sidecar_service": {}}, "connect { sidecar_service {} }"),
]


@pytest.mark.parametrize(("spelling", "name", "value", "expected"), SETTINGS)
def test_settings(spelling: Spelling, name: str, value: object, expected: str) -> None:
    assert spelling.setting(name, value) == expected


EXPORTS = {
    "api/exported-services.hcl": "",
    "api/exports.yaml": """\
apiVersion: consul.hashicorp.com/v1alpha1
kind: ExportedServices
metadata: { name: api }
spec:
  services:
    - name: mesh-gateway
      consumers: [{ partition: default }]
""",
}
WEB_JSON = """{"service": {"name": "web", "namespace": "dev", "port": 8080, "connect": {"sidecar_service": {
  "port": 20000, "proxy": {"upstreams": [
    {"destination_name": "api", "destination_namespace": "dev", "local_bind_port": 10000}]}}}}}"""
WEB_BODY = """{"Name": "web", "Namespace": "dev", "Port": 8080, "Connect": {"SidecarService": {
  "Port": 20000, "Proxy": {"Upstreams": [
    {"DestinationName": "api", "DestinationNamespace": "dev", "LocalBindPort": 10000}]}}}}"""
SOURCES = """\
apiVersion: consul.hashicorp.com/v1alpha1
kind: ServiceIntentions
metadata: { name: api }
spec:
  destination: { name: api, namespace: dev }
  sources: [%s]
"""
KUBERNETES = {"api/exported-services.hcl": "", "api/intentions.hcl": "", "api/proxy-defaults.hcl": ""}

HELP = [
    pytest.param(
        EXPORTS,
        "service-not-exported",
        "- name: api\n  namespace: dev\n  consumers:\n    - partition: default",
        id="kubernetes-item",
    ),
    pytest.param(
        KUBERNETES | {"api/intentions.yaml": SOURCES % "{ name: web, partition: default, action: allow }"},
        "service-not-exported",
        "kind: ExportedServices\nmetadata:\n  name: api\nspec:\n",
        id="kubernetes-entry",
    ),
    pytest.param(
        {"api/intentions.hcl": "", "api/intentions.yaml": SOURCES % "{ name: web, action: allow }"},
        "intention-source-tenancy",
        "add `partition: default` to the source",
        id="kubernetes-setting",
    ),
    pytest.param(
        {"api/intentions.hcl": "", "api/i.yaml": SOURCES % "{ name: web, partition: default, action: deny }"},
        "intention-denies-upstream",
        "change its `action` to `allow`",
        id="kubernetes-action",
    ),
    pytest.param(
        {
            "api/exported-services.hcl": "",
            "api/exports.json": '{"Kind": "exported-services", "Name": "api", "Services": '
            '[{"Name": "mesh-gateway", "Consumers": [{"Partition": "default"}]}]}',
        },
        "service-not-exported",
        '{ "Name": "api", "Namespace": "dev", "Consumers": [{ "Partition": "default" }] }',
        id="json-item",
    ),
    pytest.param(
        {"default/web.hcl": "", "default/web.json": WEB_JSON},
        "upstream-partition-missing",
        'add `"destination_partition": "api"` to the upstream',
        id="json-agent-file",
    ),
    pytest.param(
        {"default/web.hcl": "", "default/web.json": WEB_BODY},
        "upstream-partition-missing",
        'add `"DestinationPartition": "api"` to the upstream',
        id="json-body",
    ),
]


@pytest.mark.parametrize(("files", "rule", "text"), HELP)
def test_the_help_of_findings(files: Files, rule: str, text: str, tmp_path: Path) -> None:
    found = [one for one in judged(tmp_path, "admin-partitions", files) if one.rule == rule]
    assert found
    assert all(text in (one.help or "") for one in found), found


def test_a_gateway_is_registered_in_json_where_the_others_are(tmp_path: Path) -> None:
    gateway = {"service": {"name": "db", "namespace": "dev", "connect": {"sidecar_service": {"port": 20000}}}}
    files = {"db/mesh-gateway.hcl": "", "db/db.hcl": "", "db/db.json": json.dumps(gateway)}
    (found,) = [
        one for one in judged(tmp_path, "admin-partitions", files) if one.rule == "mesh-gateway-missing"
    ]
    _, _, text = (found.help or "").partition("\n")
    assert json.loads(text)["service"]["kind"] == "mesh-gateway"


RESOLVER = """\
apiVersion: consul.hashicorp.com/v1alpha1
kind: ServiceResolver
metadata: { name: web }
spec: { loadBalancer: { policy: maglev, ringHashConfig: { minimumRingSize: 1 } } }
"""
ENTRIES: list[tuple[str, Syntax, EntryPath, str]] = [
    ('Kind = "exported-services"\nName = "x"', "hcl", "cli", 'write `Name = "default"`'),
    ('{"Kind": "exported-services", "Name": "x"}', "json", "http", 'write `"Name": "default"`'),
    (RESOLVER, "yaml", "crd", "set `policy: ring_hash`"),
]


@pytest.mark.parametrize(("text", "syntax", "path", "help_"), ENTRIES)
def test_the_help_about_one_entry(text: str, syntax: Syntax, path: EntryPath, help_: str) -> None:
    report = meshgw.validate_text(text, name=f"a.{syntax}", edition="community", entry_path=path)
    assert any((one.help or "").startswith(help_) for one in report.diagnostics), report.diagnostics
