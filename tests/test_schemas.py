"""The JSON Schemas: valid themselves, not stale, and of one opinion with the examples."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from meshgw.entries import KINDS
from meshgw.loading.kubernetes import ENTRY_KINDS
from meshgw.loading.texts import read_entry_text
from meshgw.profile import Profile
from meshgw.rulebook import examples, rulebook
from meshgw.schemas import printed, schema_files, schema_for
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
