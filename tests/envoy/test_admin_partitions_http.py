"""HTTP across admin partitions in real Envoys: every mode, and what L7 intentions let pass."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from harness.clients import HttpAnswer, request
from harness.envoys import Fleet
from harness.trees import Application, RunningTree, change, explained, explained_hops, running

EXAMPLE = Path(__file__).parents[2] / "examples" / "admin-partitions"
WEB, API = "dc1/default/web-sidecar-proxy", "dc1/api/api-sidecar-proxy"
NODES = {
    WEB: "10.1.0.1",
    API: "10.2.0.1",
    "dc1/db/db-sidecar-proxy": "10.3.0.1",
    "dc1/logging/logging-sidecar-proxy": "10.4.0.1",
}
APPLICATIONS = {"api": Application(sidecar=API, port=9090, http=True)}
GATEWAYS = {
    "local": ["dc1/default/mesh-gateway", "dc1/api/mesh-gateway"],
    "remote": ["dc1/api/mesh-gateway"],
    "none": [],
}
PERMISSIONS = """    Permissions = [
      { Action = "deny", HTTP { PathPrefix = "/open/secret" } },
      { Action = "allow", HTTP { PathPrefix = "/open", Methods = ["GET"] } },
    ]"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The example with http on both sides of the call from web to api."""
    found = Path(shutil.copytree(EXAMPLE, tmp_path / "tree"))
    for partition, name in (("default", "web"), ("api", "api")):
        (found / partition / f"{name}-defaults.hcl").write_text(
            f'Kind = "service-defaults"\nName = "{name}"\nNamespace = "dev"\nProtocol = "http"\n'
        )
    return found


@pytest.fixture
def run(fleet: Fleet, tree: Path) -> Callable[[], AbstractContextManager[RunningTree]]:
    return lambda: running(fleet, tree, NODES, APPLICATIONS)


def call(mesh: RunningTree, path: str, method: str = "GET") -> HttpAnswer:
    return request(mesh.fleet.loopback.localhost(WEB), 10000, path, method=method)


def set_mode(tree: Path, mode: str) -> None:
    change(tree / "default" / "web.hcl", r"mesh_gateway \{.*?\}", f'mesh_gateway {{ mode = "{mode}" }}')


def intend(tree: Path, what: str) -> None:
    """Replace the action of web's intention to api."""
    change(tree / "api" / "intentions.hcl", r'    Action    = "allow"', what)


@pytest.mark.parametrize("mode", GATEWAYS)
def test_a_request_takes_the_way_of_its_mode(run, tree: Path, mode: str) -> None:
    set_mode(tree, mode)
    with run() as mesh:
        answer = call(mesh, "/hello?a=1")
        assert (answer.status, answer.json["service"], answer.json["path"]) == (200, "api", "/hello?a=1")
        assert mesh.arrived["api"] == ["GET /hello?a=1"]
        found = mesh.hops(answer, WEB)
    assert found == [WEB, *GATEWAYS[mode], API]
    assert found[1:] == explained_hops(explained(tree, "web", "api"))


@pytest.mark.parametrize("mode", GATEWAYS)
def test_permissions_decide_request_by_request(run, tree: Path, mode: str) -> None:
    """The destination's sidecar enforces them in every mode: gateways see nothing but TLS."""
    set_mode(tree, mode)
    intend(tree, PERMISSIONS)
    with run() as mesh:
        assert call(mesh, "/open/door").status == 200
        assert call(mesh, "/open/secret").status == 403  # the first that matches decides
        assert call(mesh, "/open/door", "POST").status == 403
        refused = call(mesh, "/closed")  # none matches: the default policy denies
        assert refused.status == 403
        assert mesh.arrived["api"] == ["GET /open/door"]
        assert mesh.hops(refused, WEB) == [WEB, *GATEWAYS[mode], API]


def test_a_denied_caller_gets_403(run, tree: Path) -> None:
    intend(tree, '    Action    = "deny"')
    with run() as mesh:
        assert call(mesh, "/open/door").status == 403
        assert mesh.arrived["api"] == []
    assert explained(tree, "web", "api")["works"] is False


def test_a_service_that_is_not_exported_gets_503(run, tree: Path) -> None:
    change(tree / "api" / "exported-services.hcl", r'\{\s*Name\s*= "api".*?\},\s*\{', "{")
    with run() as mesh:
        assert call(mesh, "/hello").status == 503
        assert mesh.arrived["api"] == []
    assert explained(tree, "web", "api")["works"] is False
