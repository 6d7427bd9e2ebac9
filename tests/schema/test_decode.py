# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""Keys, lists, maps and places of decoded objects (config-entries.md 1.4 to 1.9; service-registration.md 1.2, 1.7)."""

from __future__ import annotations

from typing import Any

import pytest

from meshgw.schema.decode import Dialect, collapse, decode, traced
from meshgw.schema.fields import (
    Block,
    block,
    blocks,
    boolean,
    duration,
    integer,
    mapping,
    obj,
    opaque,
    tenancy,
    text,
    texts,
    unsigned32,
)

CLIENT, SERVER = Dialect("client"), Dialect("server")
AGENT, API, CRD, ARGUMENTS = Dialect("agent"), Dialect("api"), Dialect("crd"), Dialect("arguments")


@block
class Inner(Block):
    """An inner object."""

    port_number: int = integer("PortNumber", alias="port_number", api_aliases=("port_number",))
    name: str = text("Name")
    namespace: str = tenancy("Namespace")
    wait: int = duration("Wait")


@block
class Outer(Block):
    """An object with a field of every shape."""

    max_failures: int = unsigned32("MaxFailures", alias="max_failures", agent_aliases=("failures",))
    sni: str = text("ExternalSNI", alias="external_sni", alias_layers=frozenset({"client"}))
    enabled: bool = boolean("Enabled", api_aliases=("is_enabled",))
    newer: int = integer("Newer", since=(1, 23))
    inner: Inner = obj("Inner", Inner)
    maybe: Inner | None = obj("Maybe", Inner, optional=True)
    items: tuple[Inner, ...] = blocks("Items", Inner)
    strict: tuple[Inner, ...] = blocks("Strict", Inner, nulls="refused")
    words: tuple[str, ...] = texts("Words")
    labels: dict[str, str] = mapping("Labels")
    parts: dict[str, Inner] = mapping("Parts", Inner)
    config: dict[str, Any] | None = opaque("Config")


def outcome(raw: Any, dialect: Dialect = SERVER) -> Any:
    """The object, or the unknown keys, or the faults as Consul prints their paths."""
    decoded = decode(Outer, raw, dialect)
    if decoded.faults:
        return [fault.printed for fault in decoded.faults]
    return [key.printed for key in decoded.unknown] or decoded.value


@pytest.mark.parametrize(
    ("section", "raw", "expected"),
    [
        ("1.4", {"MaxFailures": 1}, Outer(max_failures=1)),
        ("1.4", {"MAXFAILURES": 1}, Outer(max_failures=1)),
        ("1.4", {"maxfailures": 1}, Outer(max_failures=1)),
        ("1.4", {"Max_Failures": 1}, Outer(max_failures=1)),
        ("1.4", {"max-failures": 1}, ["max-failures"]),
        ("1.4", {"max_failures": 3, "MaxFailures": 4}, ["maxfailures"]),
        ("1.4", {"max_failures": 3, "maxfailures": 4}, Outer(max_failures=4)),
        ("1.4", {"MaxFailures": 1, "maxFailures": 2}, ["maxFailures"]),
        ("1.4", {"external_sni": "x"}, ["external_sni"]),
        ("1.4", {"Items": [{"port_number": 1}, {"bogus": 2}]}, ["Items[1].bogus"]),
        ("1.4", {"items": [{"name": "a", "namespace": "b"}]}, ["Items[0].namespace"]),
        ("1.5", {"inner": {"X": 1}, "Y": 2}, ["Y", "Inner.X"]),
        ("1.5", {"newer": 1}, ["newer"]),
        ("1.5", {"Labels": {"Any_Key": "v"}, "Config": {"Any_Key": 1}, "Parts": {"P_1": {}}}, Outer(labels={"Any_Key": "v"}, config={"Any_Key": 1}, parts={"P_1": Inner()})),
        ("1.6", {"Words": "a"}, Outer(words=("a",))),
        ("1.6", {"Words": ""}, Outer(words=("",))),
        ("1.6", {"Words": [["a"], 5, True, None]}, Outer(words=("a", "5", "1", ""))),
        ("1.6", {"Words": [["a", "b"]]}, ["Words[0]"]),
        ("1.6", {"Items": {}}, Outer(items=())),
        ("1.6", {"Items": [{}]}, Outer(items=(Inner(),))),
        ("1.6", {"Items": {"Name": "a"}}, Outer(items=(Inner(name="a"),))),
        ("1.6", {"Items": "a"}, ["Items[0]"]),
        ("1.6", {"Inner": [{"Name": "a"}]}, Outer(inner=Inner(name="a"))),
        ("1.6", {"Inner": []}, ["Inner"]),
        ("1.6", {"Inner": [{}, {}]}, ["Inner"]),
        ("1.6", {"Inner": [[{}]]}, ["Inner"]),
        ("1.6", {"Inner": ""}, ["Inner"]),
        ("1.6", {"Maybe": {}}, Outer(maybe=Inner())),
        ("1.6", {"Maybe": None, "Inner": None}, Outer()),
        ("1.6", {"Labels": [{"a": "1", "b": "2"}, {"a": 3}]}, Outer(labels={"a": "3", "b": "2"})),
        ("1.6", {"Labels": []}, Outer(labels={})),
        ("1.6", {"Labels": [[]]}, Outer(labels={})),
        ("1.6", {"Labels": ["a"]}, ["Labels"]),
        ("1.6", {"Labels": "a"}, ["Labels"]),
        ("1.6", {"Labels": {"a": {"b": 1}}}, ["Labels[a]"]),
        ("1.6", {"MaxFailures": "x", "Inner": {"Wait": "1d"}, "Bogus": 1}, ["MaxFailures", "Inner.Wait"]),
        ("1.8", {"Strict": [{"Name": "a"}, None]}, ["Strict[1]"]),
        ("1.8", {"Items": [None, {"Name": "a"}]}, Outer(items=(Inner(), Inner(name="a")))),
        ("1.8", {"Inner": [None]}, ["Inner"]),
        ("1.8", {"Config": [None]}, ["Config"]),
        ("1.8", {"Config": {"a": [None]}}, ["Config[a]"]),
        ("1.8", {"Parts": {"v1": [None]}}, ["Parts[v1]"]),
        ("1.8", {"Config": {"a": [None, 1]}}, Outer(config={"a": [None, 1]})),
        ("1.9", {"Config": [{"a": [1]}, {"b": [[2]]}]}, Outer(config={"a": 1, "b": [2]})),
    ],
)  # fmt: skip
def test_server(section, raw, expected):
    assert outcome(raw) == expected


@pytest.mark.parametrize(
    ("section", "dialect", "raw", "expected"),
    [
        ("1.11", CLIENT, {"external_sni": "x"}, Outer(sni="x")),
        ("1.14", CLIENT, {"Inner": {"Namespace": "x"}}, Outer(inner=Inner(namespace="x"))),
        ("1.14", Dialect("server", "enterprise"), {"Inner": {"Namespace": "x"}}, Outer(inner=Inner(namespace="x"))),
        ("0.3", Dialect("server", version=(1, 23)), {"newer": 1}, Outer(newer=1)),
        ("1.10", CLIENT, {"Config": {"a": [["x"]]}}, Outer(config={"a": "x"})),
        ("1.16", CRD, {"maxFailures": 1, "externalSNI": "x"}, Outer(max_failures=1, sni="x")),
        ("1.16", CRD, {"MaxFailures": 1}, ["MaxFailures"]),
        ("1.16", CRD, {"config": {"a": ["x"]}}, Outer(config={"a": ["x"]})),
        ("RG 1.2", AGENT, {"MAX_FAILURES": 1, "External_SNI": "x"}, Outer(max_failures=1, sni="x")),
        ("RG 1.2", AGENT, {"MaxFailures": 1}, ["MaxFailures"]),
        ("RG 1.2", AGENT, {"Failures": 2, "max_failures": 1}, Outer(max_failures=1)),
        ("RG 1.2", AGENT, {"Failures": 2, "MAX_FAILURES": 1}, ["MAX_FAILURES"]),
        ("RG 1.3", AGENT, {"words": "x"}, ["words"]),
        ("RG 1.3", AGENT, {"words": [["x"], None]}, Outer(words=("x", ""))),
        ("RG 1.3", AGENT, {"items": {}}, ["items"]),
        ("RG 1.3", AGENT, {"inner": [{"name": "a"}], "labels": {"a": 1}}, ["labels[a]"]),
        ("RG 1.3", AGENT, {"config": {"a": [1], "d": [{"e": [5]}], "c": [1, 2]}}, Outer(config={"a": 1, "d": {"e": 5}, "c": [1, 2]})),
        ("RG 1.7", API, {"maxfailures": 1, "Inner": {"port_number": 5}}, Outer(max_failures=1, inner=Inner(port_number=5))),
        ("RG 1.7", API, {"max_failures": 1}, ["max_failures"]),
        ("RG 1.7", API, {"Inner": {"port_number": 5, "PortNumber": 6}}, Outer(inner=Inner(port_number=6))),
        ("RG 1.7", API, {"Inner": {"PortNumber": 0, "port_number": 5}}, Outer(inner=Inner(port_number=5))),
        ("RG 1.7", API, {"Enabled": False, "is_enabled": True}, Outer(enabled=True)),
        ("RG 1.7", API, {"Inner": [{}]}, ["Inner"]),
        ("RG 1.7", API, {"Config": {"a": [1]}}, Outer(config={"a": [1]})),
        ("2.0", ARGUMENTS, {"maxfailures": 1}, Outer(max_failures=1)),
        ("2.0", ARGUMENTS, {"max_failures": 1}, ["max_failures"]),
        ("2.0", ARGUMENTS, {"Inner": [{}]}, ["Inner"]),
        ("2.0", ARGUMENTS, {"Items": {}}, ["Items"]),
        ("2.0", ARGUMENTS, {"Labels": [{}]}, ["Labels"]),
        ("2.0", ARGUMENTS, {"Words": None, "Inner": None}, Outer()),
    ],
)  # fmt: skip
def test_layers(section, dialect, raw, expected):
    assert outcome(raw, dialect) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"a": [1], "b": [[2]], "c": [{"d": [3]}], "n": None}, {"a": 1, "b": [2], "c": {"d": 3}, "n": None}),
        ({"d": [{"e": [5]}], "m": [[7]], "q": [{"x": [1]}, {"x": [2]}], "s": []}, {"d": {"e": 5}, "m": [7], "q": [{"x": [1]}, {"x": [2]}], "s": []}),
        ({"a": {"b": [1]}}, {"a": {"b": [1]}}),
        ({"a": [{"b": [{"c": [[1]]}, {"d": [2]}]}]}, {"a": {"b": [{"c": 1}, {"d": 2}]}}),
    ],
)  # fmt: skip
def test_lists_of_one_collapse(raw, expected):
    assert collapse(raw) == expected


@pytest.mark.parametrize(
    ("raw", "path", "source"),
    [
        ({"max_failures": 1}, ("MaxFailures",), ("max_failures",)),
        ({"inner": [{"NAME": "a"}]}, ("Inner", "Name"), ("inner", 0, "NAME")),
        ({"ITEMS": {"name": "a"}}, ("Items", 0, "Name"), ("ITEMS", "name")),
        ({"items": [{}, {"name": "a"}]}, ("Items", 1, "Name"), ("items", 1, "name")),
        ({"Labels": [{"a": "1"}, {"a": "2"}]}, ("Labels", "a"), ("Labels", 1, "a")),
        ({"Config": [{"a": [{"b": 1}]}]}, ("Config", "a", "b"), ("Config", 0, "a", 0, "b")),
        ({"Config": [{"a": [{"b": 1}]}]}, ("Config", "a", 0, "b"), ("Config", 0, "a", 0, "b")),
    ],
)
def test_every_canonical_path_is_written_somewhere(raw, path, source):
    assert traced(Outer, raw, SERVER)[path] == source


def test_a_fault_knows_all_its_paths():
    (fault,) = decode(Outer, {"items": [{"port_number": "x"}]}, SERVER, prefix="service.").faults
    assert fault.path == ("Items", 0, "PortNumber")
    assert fault.source == ("items", 0, "port_number")
    assert fault.printed == "service.Items[0].PortNumber"
    assert (fault.wanted, fault.found, fault.consul) == ("an integer", "the string `x`", "as int")


def test_an_unknown_key_knows_where_it_stands():
    (key,) = decode(Outer, {"items": {"bogus": 1}}, SERVER).unknown
    assert (key.path, key.source, key.block) == (("Items", 0, "bogus"), ("items", "bogus"), Inner)
