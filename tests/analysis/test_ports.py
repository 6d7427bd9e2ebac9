"""Listeners of one node that meet, and instances that refer to nobody."""

# ruff: noqa: E501  # definitions read best on one line

from __future__ import annotations

from pathlib import Path

import pytest

from meshgw.analysis.validate import validate_tree
from meshgw.diagnostics.model import Diagnostic
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions

NODE = 'node_name = "n" bind_addr = "10.1.0.1"\n'
RULES = ("port-conflict", "proxy-destination-undeclared", "alias-check-undeclared")


def found(folder: Path, *texts: str) -> list[Diagnostic]:
    for number, text in enumerate(texts):
        (folder / f"{number}.hcl").write_text(text)
    report = validate_tree(load_tree((str(folder),), LoadOptions()))
    return [one for one in report.diagnostics if one.rule in RULES]


def sidecar(name: str, port: int, proxy: str = "", more: str = "") -> str:
    nested = f"port = {port} proxy {{ {proxy} }}"
    return f'services {{ name = "{name}" {more} connect {{ sidecar_service {{ {nested} }} }} }}\n'


def upstream(port: int, address: str = "") -> str:
    where = f', local_bind_address = "{address}"' if address else ""
    return f'upstreams = [{{ destination_name = "db", local_bind_port = {port}{where} }}]'


GATEWAY = 'services {{ name = "g" kind = "mesh-gateway" port = {} {} }}\n'

CONFLICTS = [
    ("two upstreams", sidecar("a", 1, upstream(5000)) + sidecar("b", 2, upstream(5000)), "error"),
    ("any and one", sidecar("a", 1, upstream(5000, "0.0.0.0")) + sidecar("b", 2, upstream(5000)), "error"),
    ("one and any", sidecar("a", 1, upstream(5000)) + sidecar("b", 2, upstream(5000, "0.0.0.0")), "error"),
    ("two sidecars", sidecar("a", 20000) + sidecar("b", 20000), "error"),
    ("application and upstream", sidecar("a", 1, upstream(80), "port = 80"), "error"),
    ("its own port", sidecar("a", 20000, upstream(20000)), "error"),
    ("application and sidecar", 'services { name = "x" port = 20000 }\n' + sidecar("a", 20000), "error"),
    ("exposed path", sidecar("a", 1, 'expose { paths = [{ path = "/" listener_port = 1 }] }'), "error"),
    ("gateway", GATEWAY.format(8443, "") + sidecar("a", 8443), "error"),
    (
        "bind addresses of a gateway",
        GATEWAY.format(
            8443,
            'proxy { config { envoy_gateway_bind_addresses { x { address = "10.1.0.1" port = 9000 } } } }',
        )
        + sidecar("a", 9000),
        "error",
    ),
    ("bind_port", sidecar("a", 1, "config { bind_port = 7000 }") + sidecar("b", 7000), "error"),
    (
        "one name twice",
        'services { name = "w" id = "1" port = 80 } services { name = "w" id = "2" port = 80 }\n',
        "warning",
    ),
    (
        "containers",
        sidecar("a", 1, upstream(5000), 'address = "10.1.0.5"')
        + sidecar("b", 2, upstream(5000), 'address = "10.1.0.6"'),
        "info",
    ),
]

PEACE = [
    ("other ports", sidecar("a", 1, upstream(5000)) + sidecar("b", 2, upstream(5001))),
    ("other addresses", sidecar("a", 1, upstream(5000)) + sidecar("b", 2, upstream(5000, "127.0.0.2"))),
    ("one process, two names", 'services { name = "a" port = 80 } services { name = "b" port = 80 }\n'),
    ("no port", 'services { name = "a" } services { name = "b" }\n'),
    ("automatic ports", sidecar("a", 0) + sidecar("b", 0)),
]


@pytest.mark.parametrize(
    ("text", "severity"), [row[1:] for row in CONFLICTS], ids=[row[0] for row in CONFLICTS]
)
def test_conflict(tmp_path: Path, text: str, severity: str) -> None:
    (one,) = found(tmp_path, NODE + text)
    assert (one.rule, one.severity.word) == ("port-conflict", severity)
    assert one.location is not None
    assert one.related


@pytest.mark.parametrize("text", [row[1] for row in PEACE], ids=[row[0] for row in PEACE])
def test_peace(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, NODE + text) == []


def test_an_unknown_node_makes_a_remark_of_it(tmp_path: Path) -> None:
    (one,) = found(tmp_path, sidecar("a", 1, upstream(5000)), sidecar("b", 2, upstream(5000)))
    assert one.severity.word == "info"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'services { name = "p" kind = "connect-proxy" port = 1 proxy { destination_service_name = "x" local_service_port = 2 } }',
            "proxy-destination-undeclared",
        ),
        (
            'services { name = "x" } services { name = "p" kind = "connect-proxy" port = 1 proxy { destination_service_name = "x" destination_service_id = "y" local_service_port = 2 } }',
            "proxy-destination-undeclared",
        ),
        ('services { name = "x" check { alias_service = "y" } }', "alias-check-undeclared"),
    ],
)
def test_nobody_is_there(tmp_path: Path, text: str, expected: str) -> None:
    assert [one.rule for one in found(tmp_path, NODE + text)] == [expected]


def test_many_on_one_port_take_no_time(tmp_path: Path) -> None:
    text = "".join(sidecar(f"s{n}", 0, upstream(5000)) for n in range(250))
    assert len(found(tmp_path, NODE + text)) == 249
