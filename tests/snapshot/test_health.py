"""Statuses in files are where checks start: they choose the address that is shown, and are told."""

import json
from pathlib import Path

import pytest
from trees import mesh_of, proxy

from meshgw.snapshot.calls import Call, Calls
from meshgw.snapshot.health import keeping_out

WEB = """service { name = "web" port = 8080 connect { sidecar_service { port = 20100 proxy {
  upstreams = [{ destination_name = "api" local_bind_port = 11000 }] } } } }"""


def registration(node: str, *checks: dict[str, str], **more: object) -> str:
    """A catalog registration of a proxy of `api`, a line for each of its parts."""
    service = {"Kind": "connect-proxy", "ID": f"api-{node}", "Service": "api-proxy", "Port": 20000}
    service["Proxy"] = {"DestinationServiceName": "api"}
    parts = {
        "Node": node,
        "Address": f"10.0.0.{node[-1]}",
        "Service": service,
        "Checks": list(checks),
        **more,
    }
    return (
        "{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in parts.items()) + "\n}"
    )


def check(status: str, identity: str = "c", **more: str) -> dict[str, str]:
    return {"CheckID": identity, "Name": identity, "Status": status, **more}


def call_to(folder: Path, files: dict[str, str]) -> Call:
    (call,) = Calls(mesh_of(folder, {"dc1/web.hcl": WEB, **files})).all
    return call


@pytest.mark.parametrize(
    ("statuses", "address"),
    [
        (("passing", "critical"), "10.0.0.1:20000"),
        (("critical", "passing"), "10.0.0.2:20000"),
        (("critical", "warning"), "10.0.0.2:20000"),
        (("critical", "critical"), "10.0.0.1:20000"),
        (("warning", "passing"), "10.0.0.1:20000"),
    ],
)
def test_the_address_of_an_instance_that_is_not_critical(
    statuses: tuple[str, str], address: str, tmp_path: Path
) -> None:
    files = {
        f"dc1/n{at}.json": registration(f"n{at}", check(status)) for at, status in enumerate(statuses, 1)
    }
    call = call_to(tmp_path, files)
    assert str(call.path.hops[-1].address) == address
    assert len(call.path.hops[-1].instances) == 2
    assert call.works


PLACES = [
    ((check("critical"),), {}, 5),
    ((check("passing", "a"), check("critical", "b")), {}, 5),
    ((check("critical", "x", ServiceID="other"), check("passing", "b")), {}, None),
    ((), {"Check": check("critical")}, 6),
    ((check("critical", ServiceID="api-n1"),), {}, 5),
]


@pytest.mark.parametrize(("checks", "more", "line"), PLACES)
def test_where_a_registration_says_it(
    checks: tuple[dict[str, str], ...], more: dict[str, object], line: int | None, tmp_path: Path
) -> None:
    mesh = mesh_of(tmp_path, {"dc1/n1.json": registration("n1", *checks, **more)})
    found = list(keeping_out(mesh, proxy(mesh, "api-n1")))
    assert [one.status for one in found] == ["critical"] * (line is not None)
    for one in found:
        assert one.location is not None
        assert one.location.position[0] == line
        assert one.location.document.text[one.location.span.start :].startswith('"critical"')


def test_a_subset_of_passing_instances_keeps_out_those_with_warnings(tmp_path: Path) -> None:
    mesh = mesh_of(tmp_path, {"dc1/n1.json": registration("n1", check("warning"))})
    assert not list(keeping_out(mesh, proxy(mesh, "api-n1")))
    (found,) = keeping_out(mesh, proxy(mesh, "api-n1"), only_passing=True)
    assert found.status == "warning"


def test_a_sidecar_is_as_its_application(tmp_path: Path) -> None:
    api = """service {
      name = "api"
      port = 9090
      checks = [
        { ttl = "1m" },
        { ttl = "1m", status = "critical" },
      ]
      connect { sidecar_service { port = 20000 } }
    }"""
    mesh = mesh_of(tmp_path, {"dc1/api.hcl": api})
    (found,) = keeping_out(mesh, proxy(mesh, "api-sidecar-proxy"))
    assert found.location is not None
    assert found.location.position[0] == 6
