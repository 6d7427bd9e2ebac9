"""Two peered clusters, each with a CA of its own, in real Envoys: TCP and HTTP in every mode."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from harness.clients import Answer, Tls, request, send
from harness.envoys import Fleet
from harness.services import http_server
from harness.trees import RunningTree, change, explained, explained_hops
from harness.two_clusters import UPSTREAMS, TwoClusters

CLUSTERS = TwoClusters("peering", "west", "east", "10.2.0.1", "10.1.0.1", others=("admin",))
WEB = CLUSTERS.web
OWN, EXPORTER = "west/default/mesh-gateway", "east/default/mesh-gateway"
GATEWAYS = {"local": [OWN, EXPORTER], "remote": [EXPORTER], "none": [EXPORTER], "": [EXPORTER]}
EAST = "3d0f5a4e-11c2-4b7a-9f68-5c9e0a7b2d14.consul"
WEST = "c81e728d-9d4c-4f63-a6f0-67f89cc14862.consul"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return CLUSTERS.copied(tmp_path)


@pytest.fixture
def run(fleet: Fleet, tree: Path) -> Callable[[], AbstractContextManager[RunningTree]]:
    return lambda: CLUSTERS.running(fleet, tree)


@pytest.mark.parametrize("mode", GATEWAYS)
@pytest.mark.parametrize("name", UPSTREAMS)
def test_a_call_takes_the_way_of_its_mode(run, tree: Path, name: str, mode: str) -> None:
    CLUSTERS.set_mode(tree, mode)
    told = explained(tree, "web", name)
    with run() as mesh:
        answer = CLUSTERS.call(mesh, name)
        assert b"hello" in answer.data
        assert len(mesh.arrived[name]) == 1
        hops = mesh.way(answer, WEB, EXPORTER)
    found = [hop.proxy for hop in hops]
    assert found == [WEB, *GATEWAYS[mode], CLUSTERS.sidecar(name)]
    assert found[1:] == explained_hops(told)
    for hop, says in zip(hops[1:-1], told["hops"], strict=False):  # a sidecar does not log the SNI
        assert hop.sni == says["sni"]


def test_the_exporting_gateway_hands_the_callers_certificate_on(run) -> None:
    with run() as mesh:
        headers = json.loads(CLUSTERS.call(mesh, "pages").data)["headers"]
    assert f"URI=spiffe://{WEST}/ns/default/dc/west/svc/web" in headers["x-forwarded-client-cert"]


def test_the_exporters_router_decides_where_a_request_goes(run, tree: Path) -> None:
    (tree / "east" / "pages-router.hcl").write_text(
        'Kind = "service-router"\nName = "pages"\nRoutes = [{ Match { HTTP { PathPrefix = "/admin" } }\n'
        'Destination { Service = "admin" } }]\n'
    )
    (tree / "east" / "admin.hcl").write_text(
        'service { name = "admin" port = 9092 connect { sidecar_service { port = 20002 } } }\n'
    )
    (tree / "east" / "admin-defaults.hcl").write_text(
        'Kind = "service-defaults"\nName = "admin"\nProtocol = "http"\n'
    )
    (tree / "east" / "admin-intentions.hcl").write_text(
        'Kind = "service-intentions"\nName = "admin"\n'
        'Sources = [{ Name = "web", Peer = "cloud-west", Action = "allow" }]\n'
    )
    with run() as mesh:
        address = mesh.fleet.loopback.localhost(WEB)
        with http_server("admin", mesh.fleet.loopback.localhost("east/default/admin-sidecar-proxy"), 9092):
            answers = [request(address, 10001, path) for path in ("/admin/x", "/other")]
    # The bundles of `pages` are not those of `admin`, which is not exported: it does not know the caller.
    assert [answer.status for answer in answers] == [403, 200]


@pytest.mark.parametrize("mode", ["local", "remote"])
@pytest.mark.parametrize("name", UPSTREAMS)
def test_what_is_not_exported_is_refused(run, tree: Path, name: str, mode: str) -> None:
    CLUSTERS.set_mode(tree, mode)
    change(tree / "east" / "exported-services.hcl", rf'Name      = "{name}"', 'Name      = "other"')
    with run() as mesh:
        answer = CLUSTERS.call(mesh, name)
        assert getattr(answer, "status", 0) in (0, 503)
        assert mesh.arrived[name] == []
    told = explained(tree, "web", name)
    assert told["works"] is False
    assert "does not export" in told["broken"]


@pytest.mark.parametrize("mode", ["local", "remote"])
@pytest.mark.parametrize("name", UPSTREAMS)
def test_a_denied_caller_is_refused(run, tree: Path, name: str, mode: str) -> None:
    """Only an intention of the exporter that names the peer as the exporter calls it lets a caller in."""
    CLUSTERS.set_mode(tree, mode)
    change(tree / "east" / f"{name}-intentions.hcl", "cloud-west", "cloud-north")
    with run() as mesh:
        answer = CLUSTERS.call(mesh, name)
        assert getattr(answer, "status", 0) in (0, 403)
        assert mesh.arrived[name] == []
        assert mesh.hops(answer, WEB, EXPORTER)[-1] == CLUSTERS.sidecar(name)
    assert explained(tree, "web", name)["works"] is False


@pytest.mark.parametrize(
    ("mode", "removed"), [("local", "west"), ("local", "east"), ("remote", "east"), ("", "east")]
)
@pytest.mark.parametrize("name", UPSTREAMS)
def test_without_a_gateway_nothing_arrives(run, tree: Path, name: str, mode: str, removed: str) -> None:
    CLUSTERS.set_mode(tree, mode)
    (tree / removed / "mesh-gateway.hcl").unlink()
    with run() as mesh:
        answer = CLUSTERS.call(mesh, name)
        assert getattr(answer, "status", 0) in (0, 503)
        assert mesh.arrived[name] == []
    told = explained(tree, "web", name)
    assert told["works"] is False
    assert "has no mesh gateway" in told["broken"]


@pytest.fixture
def mesh(run) -> Iterator[RunningTree]:
    with run() as mesh:
        yield mesh


def dial(mesh: RunningTree, sni: str, trust: str, certificate: Path | None) -> Answer:
    gateway = mesh.fleet.loopback.node("198.51.100.1")
    return send(
        gateway, 8443, b"hello", tls=Tls(sni=sni, trust=mesh.authorities[trust], certificate=certificate)
    )


def test_who_may_come_through_the_exporters_gateway_by_hand(mesh: RunningTree, tmp_path: Path) -> None:
    """TCP is passed through: the api's sidecar answers, and decides by the caller's own certificate."""
    sni = f"api.default.default.cloud-west.external.{EAST}"
    web = mesh.fleet.certs / WEB
    answer = dial(mesh, sni, EAST, web)
    assert answer.data == b"api: hello"
    assert answer.server_id == f"spiffe://{EAST}/ns/default/dc/east/svc/api"
    identity = f"spiffe://{WEST}/ns/default/dc/west/svc/other"
    other = mesh.authorities[WEST].issue(identity, tmp_path / "other")
    # The right identity, but of the exporter's own CA: trust domains are kept apart.
    claimed = mesh.authorities[EAST].issue(
        f"spiffe://{WEST}/ns/default/dc/west/svc/web", tmp_path / "claimed"
    )
    local = mesh.authorities[EAST].issue(f"spiffe://{EAST}/ns/default/dc/east/svc/web", tmp_path / "local")
    for name, certificate in [
        (sni, None),
        (sni, other),
        (sni, claimed),
        (sni, local),
        (sni.replace("cloud-west", "cloud-east"), web),
        (sni.replace("api", "secret"), web),
    ]:
        refused = dial(mesh, name, EAST, certificate)
        assert refused.refused or refused.data == b"", (name, certificate)
    assert mesh.arrived["api"] == [b"hello"]


def test_the_exporters_gateway_answers_for_http_itself(mesh: RunningTree) -> None:
    sni = f"pages.default.default.cloud-west.external.{EAST}"
    gateway = mesh.fleet.loopback.node("198.51.100.1")
    tls = Tls(sni=sni, trust=mesh.authorities[EAST], certificate=mesh.fleet.certs / WEB)
    answer = request(gateway, 8443, "/hello", tls=tls)
    assert answer.status == 200
    assert answer.server_id == f"spiffe://{EAST}/gateway/mesh/dc/east"
