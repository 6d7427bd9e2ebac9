"""The JSON Schemas: valid themselves, not stale, and of one opinion with the examples."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from meshgw.entries import KINDS
from meshgw.loading.kubernetes import ENTRY_KINDS
from meshgw.loading.service_texts import read_service_text
from meshgw.loading.texts import read_entry_text
from meshgw.profile import Profile
from meshgw.rulebook import examples, rulebook
from meshgw.schemas import printed, schema_files, schema_for
from meshgw.services.agent_keys import KNOWN
from meshgw.source.yaml import read_yaml

ROOT = Path(__file__).parents[1]
FILES = dict(schema_files())

ENTRY_EXAMPLES = [
    pytest.param(example, id=f"{name}-{number}")
    for name, rule in rulebook().items()
    if rule.check.__module__.startswith("meshgw.entries.")
    for number, example in enumerate(examples(rule))
    if example.section == "Accepted" and example.profile.entry_path != "bootstrap"
]
ON_FILES = ("agent", "register", "cli")
SERVICE_RULES = [
    (rule, example, f"{name}-{number}")
    for name, rule in rulebook().items()
    if rule.check.__module__.startswith("meshgw.services.")
    for number, example in enumerate(examples(rule))
    if example.profile.entry_path in ON_FILES and not example.in_tree
]
UNKNOWN_AND_TYPES = ("service-unknown-key", "service-wrong-type")
SERVICE_EXAMPLES = [
    pytest.param(example, id=name) for rule, example, name in SERVICE_RULES if example.section == "Accepted"
]
UNREADABLE_SERVICES = [
    pytest.param(example, id=name)
    for rule, example, name in SERVICE_RULES
    if example.section == "Refused" and rule.name in UNKNOWN_AND_TYPES
]
RESOURCE_EXAMPLES = [
    pytest.param(example, id=f"{name}-{number}")
    for name, rule in rulebook().items()
    if rule.stage == "kubernetes"
    for number, example in enumerate(examples(rule))
    if example.section == "Accepted"
]
EXAMPLE_FILES = [path for path in (ROOT / "examples").rglob("*") if path.suffix in (".hcl", ".json", ".yaml")]


def faults(kind, value):
    return [
        f"{error.json_path}: {error.message}"
        for error in Draft202012Validator(schema_for(kind)).iter_errors(value)
    ]


def _name(text):
    return "example.json" if text.startswith("{") else "example.hcl"


def entry_kind(value):
    return value.get("Kind", value.get("kind")) if isinstance(value, dict) else None


@pytest.mark.parametrize("path", FILES)
def test_a_schema_is_one(path):
    Draft202012Validator.check_schema(FILES[path])


def test_the_files_are_not_stale():
    there = {
        str(path.relative_to(ROOT / "schemas")): path.read_text(encoding="utf-8")
        for path in (ROOT / "schemas").rglob("*.schema.json")
    }
    wanted = {path: printed(schema) for path, schema in FILES.items()}
    stale = [path for path in wanted | there if wanted.get(path) != there.get(path)]
    assert not stale, "run `python -m meshgw.schemas`"


@pytest.mark.parametrize("example", ENTRY_EXAMPLES)
def test_examples_of_entries_fit(example):
    document = read_entry_text(example.text, "example.hcl", example.profile)
    assert faults(entry_kind(document.value), document.value) == []


@pytest.mark.parametrize("example", SERVICE_EXAMPLES)
def test_examples_of_services_fit(example):
    """Agent files; bodies of the API are for programs, which have no schema of ours."""
    value = read_service_text(example.text, _name(example.text), example.profile).value
    assert faults("agent", value) == []
    if value.keys() <= {"service", "services"}:
        assert faults("service", value) == []


@pytest.mark.parametrize("example", UNREADABLE_SERVICES)
def test_what_cannot_be_decoded_does_not_fit(example):
    value = read_service_text(example.text, _name(example.text), example.profile).value
    assert faults("agent", value) != []


def test_the_agents_schema_knows_every_key():
    schema = schema_for("agent")

    def compare(properties, keys, path):
        assert {key.lower() for key in properties} >= set(keys), path
        for key, inner in keys.items():
            if inner is not None:
                compare(block_of(properties[key])["properties"], inner, f"{path}.{key}")

    def block_of(found):
        one = next(iter(found.get("anyOf", [found])))
        if "$ref" in one:
            one = schema["$defs"][one["$ref"].rpartition("/")[2]]
        assert one["additionalProperties"] is False
        return one

    compare(schema["properties"], KNOWN, "")
    assert schema["additionalProperties"] is False
    assert schema["properties"]["acl_token"] == {"deprecated": True, "writeOnly": True}


@pytest.mark.parametrize("example", RESOURCE_EXAMPLES)
def test_examples_of_resources_fit(example):
    for document in read_yaml(example.text, "example.yaml"):
        assert faults(document.value["kind"], document.value) == []


@pytest.mark.parametrize("path", EXAMPLE_FILES, ids=str)
def test_files_of_examples_fit(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".yaml":
        values = [document.value for document in read_yaml(text, path.name)]
        kinds = [value.get("kind") for value in values if isinstance(value, dict)]
        judged = [(kind, value) for kind, value in zip(kinds, values, strict=True) if kind in ENTRY_KINDS]
    else:
        value = read_entry_text(text, path.name, Profile()).value
        judged = [(entry_kind(value), value)] if entry_kind(value) in KINDS else []
    for kind, value in judged:
        assert faults(kind, value) == []


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("service-splitter", {"Kind": "service-splitter", "Name": "a", "Splits": [{"Weight": 100}]}, True),
        ("service-splitter", {"kind": "service-splitter", "name": "a", "splits": {"weight": "100"}}, True),
        ("service-splitter", {"Name": "a"}, False),
        ("service-splitter", {"Kind": "service-router"}, False),
        ("service-splitter", {"Kind": "service-splitter", "Splits": [{"Weight": "all"}]}, False),
        ("service-splitter", {"Kind": "service-splitter", "Spilts": []}, False),
        ("service-resolver", {"Kind": "service-resolver", "connect_timeout": "5s"}, True),
        ("service-resolver", {"Kind": "service-resolver", "ConnectTimeout": 5}, True),
        ("service-resolver", {"Kind": "service-resolver", "ConnectTimeout": "5 s"}, False),
        ("http-route", {"Kind": "http-route", "Rules": [{"Filters": [{"URLRewrite": {"Path": "/"}}]}]}, True),
        ("http-route", {"Kind": "http-route", "Rules": [{"Filters": {"url_rewrite": {}}}]}, False),
        ("http-route", {"Kind": "http-route", "Rules": {"Matches": {"Headers": {"Match": "like"}}}}, False),
        ("service", {"service": [{"name": "web", "port": 80}]}, True),
        ("service", {"service": {"name": "web", "prot": 80}}, False),
        ("agent", {"datacenter": "dc1", "retry_join": ["a"], "service": {"name": "web"}}, True),
        ("agent", {"datacenter": 5}, False),
        ("agent", {"datacentre": "dc1"}, False),
        ("agent", {"acl": {"tokens": {"agent": "x", "master": "y"}, "enabled": True}}, True),
        ("agent", {"acl": {"tokens": {"agnet": "x"}}}, False),
        ("agent", {"ports": {"dns": 8600, "sidecar_min_port": 21000}}, True),
        ("agent", {"ports": {"dsn": 8600}}, False),
        ("agent", {"tls": {"defaults": {"ca_file": "x"}, "grpc": [{"cert_file": "y"}]}}, True),
        ("agent", {"tls": {"defaults": {"ca_fil": "x"}}}, False),
        ("agent", {"telemetry": {"prometheus_retention_time": "1m"}, "watches": [{"type": "key"}]}, True),
        ("agent", {"config_entries": {"bootstrap": [{"kind": "mesh"}]}}, True),
        ("agent", {"connect": {"ca_config": {"anything": [1]}}, "node_meta": {"rack": "1"}}, True),
        ("service", {"services": [{"name": "web", "check": {"interval": "10s", "http": "x"}}]}, True),
        ("service", {"services": [{"name": "web", "check": {"interval": 10, "http": "x"}}]}, False),
        ("service", {"service": {"name": "web", "tags": "x"}}, False),
        ("service", {"service": {"name": "web", "port": "80"}}, False),
        ("service", {"service": {"name": "web", "kind": "mesh-gatway"}}, False),
        (
            "service",
            {"service": {"name": "w", "connect": {"sidecar_service": {"proxy": {"upstreams": {}}}}}},
            False,
        ),
        ("service", {"service": {"name": "w", "proxy": {"config": {"any": {"thing": 1}}}}}, True),
        ("service", {"service": {"name": "w", "proxy": {"access_logs": {}}}}, False),
    ],
)
def test_what_fits(kind, value, fits):
    assert (faults(kind, value) == []) == fits


@pytest.mark.parametrize(
    ("spec", "fits"),
    [
        ({"protocol": "http"}, True),
        ({"Protocol": "http"}, False),
        ({"maxInboundConnections": "5"}, False),
        ({"meshGateway": {"mode": "near"}}, False),
        ({"envoyExtensions": [{"name": "x", "arguments": {"A": [1]}}]}, True),
    ],
)
def test_what_fits_on_kubernetes(spec, fits):
    value = {
        "apiVersion": "consul.hashicorp.com/v1alpha1",
        "kind": "ServiceDefaults",
        "metadata": {"name": "web", "labels": {}},
        "spec": spec,
    }
    assert (faults("ServiceDefaults", value) == []) == fits


def test_descriptions_enums_and_defaults():
    route = schema_for("http-route")["$defs"]
    assert route["HTTPService"]["properties"]["Weight"]["default"] == 1
    assert "regex" in route["HTTPPathMatch"]["properties"]["Match"]["enum"]
    assert schema_for("http-route")["description"].endswith(".")
    assert schema_for("inline-certificate")["properties"]["PrivateKey"]["writeOnly"] is True


def test_no_schema_of_anything_else():
    with pytest.raises(KeyError):
        schema_for("ApiGateway")
