"""Two federated datacenters in real Envoys: TCP and HTTP in every mode, and what must be refused."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from harness.clients import Answer, Tls, send
from harness.envoys import Fleet
from harness.services import echo_server
from harness.trees import RunningTree, change, explained, explained_hops
from harness.two_clusters import UPSTREAMS, TwoClusters

CLUSTERS = TwoClusters("federation", "dc1", "dc2", "10.1.0.1", "10.2.0.1")
WEB = CLUSTERS.web
OWN, OTHER = "dc1/default/mesh-gateway", "dc2/default/mesh-gateway"
GATEWAYS = {"local": [OWN, OTHER], "remote": [OTHER], "none": [], "": []}
TRUST_DOMAIN = "0b9c51de-6a3f-4f5e-8c1d-7e2a9d4b6f30.consul"


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
    with run() as mesh:
        answer = CLUSTERS.call(mesh, name)
        assert b"hello" in answer.data
        assert len(mesh.arrived[name]) == 1
        found = mesh.hops(answer, WEB)
    assert found == [WEB, *GATEWAYS[mode], CLUSTERS.sidecar(name)]
    assert found[1:] == explained_hops(explained(tree, "web", name))


@pytest.mark.parametrize("name", UPSTREAMS)
def test_a_denied_caller_is_refused(run, tree: Path, name: str) -> None:
    """The intentions are the primary's; the destination's sidecar enforces them."""
    change(tree / "dc1" / f"{name}-intentions.hcl", '"allow"', '"deny"')
    with run() as mesh:
        answer = CLUSTERS.call(mesh, name)
        assert getattr(answer, "status", 0) in (0, 403)
        assert mesh.arrived[name] == []
        assert mesh.hops(answer, WEB)[-1] == CLUSTERS.sidecar(name)
    assert explained(tree, "web", name)["works"] is False


REACHED = {("local", "dc1"): [], ("local", "dc2"): [OWN], ("remote", "dc2"): []}
"""Mode and the datacenter that lacks its gateway → how far a call then comes."""


@pytest.mark.parametrize(("mode", "removed"), REACHED)
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
    assert explained_hops(told) == REACHED[mode, removed]


def test_a_resolver_of_the_primary_chooses_a_subset_in_the_other_datacenter(run, tree: Path) -> None:
    change(tree / "dc2" / "api.hcl", "port = 9090", 'port = 9090\n meta { version = "2" }')
    (tree / "dc1" / "api-resolver.hcl").write_text(
        'Kind = "service-resolver"\nName = "api"\nDefaultSubset = "v2"\n'
        'Subsets = { v2 = { Filter = "Service.Meta.version == 2" } }\n'
    )
    with run() as mesh:
        answer = CLUSTERS.call(mesh, "api")
        assert answer.data == b"api: hello"
        hops = mesh.way(answer, WEB)
    assert [hop.sni for hop in hops[1:3]] == [f"v2.api.default.dc2.internal.{TRUST_DOMAIN}"] * 2


@pytest.fixture
def mesh(run) -> Iterator[RunningTree]:
    with run() as mesh:
        yield mesh


def dial(mesh: RunningTree, address: str, sni: str, certificate: Path | None) -> Answer:
    authority = mesh.authorities[TRUST_DOMAIN]
    gateway = mesh.fleet.loopback.node(address)
    return send(gateway, 8443, b"hello", tls=Tls(sni=sni, trust=authority, certificate=certificate))


API = f"api.default.dc2.internal.{TRUST_DOMAIN}"


def test_who_may_come_through_the_gateways_by_hand(mesh: RunningTree, tmp_path: Path) -> None:
    web = mesh.fleet.certs / WEB
    other = mesh.authorities[TRUST_DOMAIN].issue(
        f"spiffe://{TRUST_DOMAIN}/ns/default/dc/dc1/svc/other", tmp_path / "other"
    )
    nobody, nowhere = API.replace("api", "nobody"), API.replace("dc2", "dc3")
    for gateway in ("10.1.0.1", "198.51.100.2"):
        assert dial(mesh, gateway, API, web).data == b"api: hello"
        refused = [(API, None), (API, other), (nobody, web), (nowhere, web)]
        for sni, certificate in refused:
            answer = dial(mesh, gateway, sni, certificate)
            assert answer.refused or answer.data == b"", (gateway, sni)
    assert mesh.arrived["api"] == [b"hello"] * 2


def test_servers_are_reached_through_both_gateways(mesh: RunningTree) -> None:
    """RPC from a server of dc1 to one of dc2: the SNI leads it through both gateways, undecrypted."""
    server = mesh.fleet.loopback.node("10.2.0.1")
    with echo_server("server", server, 8300) as arrived:
        answer = send(
            mesh.fleet.loopback.node("10.1.0.1"),
            8443,
            b"rpc",
            tls=Tls(sni="node-2.server.dc2.consul", trust=mesh.authorities[TRUST_DOMAIN]),
        )
        assert answer.refused  # the server of this test does not speak TLS, but the bytes have come
        assert arrived
        assert [hop.proxy for hop in mesh.fleet.hops(answer)] == [OWN, OTHER]
