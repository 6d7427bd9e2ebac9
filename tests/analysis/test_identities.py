"""What is declared twice: both places are shown, and the later one by path counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshgw.analysis.validate import validate_tree
from meshgw.diagnostics.model import Diagnostic
from meshgw.loading.load import load_tree
from meshgw.loading.model import Loaded
from meshgw.loading.options import LoadOptions
from meshgw.mesh.build import build_mesh

TWICE = ("entry-declared-twice", "service-registered-twice")
AGENT = 'node_name = "n"\nadvertise_addr = "10.0.0.1"\n'


def loaded(folder: Path, files: dict[str, str]) -> Loaded:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return load_tree((str(folder),), LoadOptions())


def told(tree: Loaded) -> list[Diagnostic]:
    return [found for found in validate_tree(tree).diagnostics if found.rule in TWICE]


def service(name: str, port: int, more: str = "") -> str:
    return f'service {{ name = "{name}" port = {port} {more} }}'


def defaults(name: str, protocol: str) -> str:
    return f'Kind = "service-defaults"\nName = "{name}"\nProtocol = "{protocol}"\n'


SIDECAR = "connect { sidecar_service {} }"

SERVICES = {
    "one folder": ({"a.hcl": service("web", 1), "b.hcl": service("web", 2)}, ["b.hcl"]),
    "another name": ({"a.hcl": service("web", 1), "b.hcl": service("api", 2, 'id = "web"')}, ["b.hcl"]),
    "an id each": ({"a.hcl": service("web", 1), "b.hcl": service("web", 2, 'id = "web-2"')}, []),
    "two folders": ({"a/a.hcl": service("web", 1), "b/b.hcl": service("web", 2)}, []),
    "one agent above": (
        {"agent.hcl": AGENT, "a/a.hcl": service("web", 1), "b/b.hcl": service("web", 2)},
        ["b/b.hcl"],
    ),
    "with sidecars": ({"a.hcl": service("web", 1, SIDECAR), "b.hcl": service("web", 2, SIDECAR)}, ["b.hcl"]),
    "the id of a sidecar": (
        {"a.hcl": service("web", 1, SIDECAR), "b.hcl": service("web-sidecar-proxy", 2)},
        ["b.hcl"],
    ),
    "a refused one": (
        {"a.hcl": service("web", 1), "b.hcl": service("web", 2, "weights { passing = 0 }")},
        [],
    ),
    "file and body": (
        {"a.hcl": service("web", 1), "b.json": '{"Name": "web", "Port": 2}'},
        ["b.json"],
    ),
    "two registrations": (
        {
            "a.json": '{"Node": "n", "Address": "10.0.0.1", "Service": {"Service": "web"}}',
            "b.json": '{"Node": "N", "Address": "10.0.0.1", "Service": {"Service": "web"}}',
        },
        ["b.json"],
    ),
}


@pytest.mark.parametrize("case", SERVICES)
def test_services_registered_twice(tmp_path: Path, case: str) -> None:
    files, later = SERVICES[case]
    found = told(loaded(tmp_path, files))
    assert len(found) == len(later)
    for one, name in zip(found, later, strict=True):
        assert one.location is not None
        assert one.location.document.name.endswith(f"/{name}")
    for one in found:
        assert not one.refused
        assert [place.location.document.name for place in one.related] != []


def test_the_later_service_counts_and_its_sidecar_keeps_the_port(tmp_path: Path) -> None:
    files = {
        "agent.hcl": AGENT,
        "a.hcl": service("web", 1, SIDECAR),
        "b.hcl": service("api", 2, SIDECAR),
        "c.hcl": service("web", 3, SIDECAR),
    }
    found = build_mesh(loaded(tmp_path, files)).instances
    assert {one.service.id: one.service.port for one in found} == {
        "api": 2,
        "api-sidecar-proxy": 21001,
        "web": 3,
        "web-sidecar-proxy": 21000,
    }


def test_a_refused_service_replaces_none(tmp_path: Path) -> None:
    (one,) = build_mesh(loaded(tmp_path, SERVICES["a refused one"][0])).instances
    assert one.service.port == 1


BOOTSTRAP = 'config_entries {{ bootstrap {{ kind = "service-defaults" name = "web" protocol = "{0}" }} }}'

ENTRIES = {
    "two files": ({"a.hcl": defaults("web", "tcp"), "b.hcl": defaults("web", "http")}, 1),
    "by case": ({"a.hcl": defaults("web", "tcp"), "b.hcl": defaults("WEB", "tcp")}, 1),
    "two names": ({"a.hcl": defaults("web", "tcp"), "b.hcl": defaults("api", "tcp")}, 0),
    "a refused one": ({"a.hcl": defaults("web", "tcp"), "b.hcl": defaults("web", "x") + 'Mode = "y"'}, 0),
    "agents of one cluster": (
        {name: f'node_name = "{name}"\n{BOOTSTRAP.format("tcp")}' for name in ("a.hcl", "b.hcl")},
        0,
    ),
    "agents that disagree": (
        {
            name: f'node_name = "{name}"\n{BOOTSTRAP.format(protocol)}'
            for name, protocol in (("a.hcl", "tcp"), ("b.hcl", "http"))
        },
        1,
    ),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_entries_declared_twice(tmp_path: Path, name: str) -> None:
    files, count = ENTRIES[name]
    found = told(loaded(tmp_path, files))
    assert [one.rule for one in found] == ["entry-declared-twice"] * count
    for one in found:
        assert one.location is not None
        assert one.location.document.name.endswith("b.hcl")
        assert [place.location.document.name.endswith("a.hcl") for place in one.related] == [True]
