"""A rendered ingress gateway in real Envoys: clients outside the mesh call services in it."""

import json
from pathlib import Path

import golden
import pytest
from harness import envoys
from harness.ca import certificates_from_index
from harness.clients import HttpAnswer, Tls, request, send
from harness.envoys import Fleet
from harness.small_trees import SmallTree
from harness.trees import RunningTree, meshgw, running

EDGE = "dc1/default/edge"
TRUST_DOMAIN = "11111111-2222-3333-4444-555555555555.consul"
ENTRY = """
Kind = "ingress-gateway"
Name = "edge"
Listeners = [
  {
    Port     = 8080
    Protocol = "http"
    Services = [
      {
        Name  = "shop"
        Hosts = ["shop.example.com"]
        RequestHeaders { Set { x-edge = "1" } Remove = ["x-debug"] }
        ResponseHeaders { Add { x-served-by = "edge" } }
      },
      { Name = "api" },
    ]
  },
  {
    Port     = 8443
    Protocol = "http"
    Services = [{ Name = "shop", Hosts = ["shop.example.com"] }]
    TLS { Enabled = true }
  },
  { Port = 5432, Services = [{ Name = "db" }] },
  { Port = 5433, Services = [{ Name = "vault" }] },
]
"""


@pytest.fixture
def mesh(fleet: Fleet, tmp_path: Path):
    tree = SmallTree(tmp_path / "tree")
    tree.entrance("ingress-gateway", "edge")
    tree.entry("edge", ENTRY)
    with running(fleet, tree.folder, tree.nodes, tree.applications) as mesh:
        mesh.address = fleet.loopback.node("10.1.0.1")
        yield mesh


def call(mesh: RunningTree, host: str, port: int = 8080, **more) -> HttpAnswer:
    return request(mesh.address, port, headers={"host": host, "x-debug": "1", "x-edge": "0"}, **more)


def test_clients_call_services_through_the_gateway(mesh: RunningTree) -> None:
    shop = call(mesh, "shop.example.com")
    assert (shop.status, shop.json["service"], shop.headers["x-served-by"]) == (200, "shop", "edge")
    assert shop.json["headers"]["x-edge"] == "1"
    assert "x-debug" not in shop.json["headers"]

    api = call(mesh, "api.ingress.consul:8080")
    assert (api.status, api.json["service"], api.json["headers"]["x-debug"]) == (200, "api", "1")
    assert "x-served-by" not in api.headers

    assert call(mesh, "elsewhere.example.com").status == 404

    secure = Tls(
        sni="shop.example.com", trust=mesh.authorities[TRUST_DOMAIN], alpn=("http/1.1",), checks_name=True
    )
    encrypted = call(mesh, "shop.example.com", 8443, tls=secure)
    assert (encrypted.status, encrypted.json["service"]) == (200, "shop")
    assert encrypted.server_id == f"spiffe://{TRUST_DOMAIN}/ns/default/dc/dc1/svc/edge"

    assert send(mesh.address, 5433, b"hello").refused  # the gateway is the caller that intentions see
    assert mesh.arrived["vault"] == []
    hello = send(mesh.address, 5432, b"hello")
    assert hello.data == b"db: hello"
    assert mesh.hops(hello, EDGE) == [EDGE, "dc1/default/db-sidecar-proxy"]


def test_the_golden_gateway_loads(tmp_path: Path) -> None:
    tree = golden.lay_out("render-ingress-gateway", tmp_path)
    out = tmp_path / "out"
    meshgw("render", "edge", "-C", str(tree), "-o", str(out), "--target", "static")
    certificates_from_index(out, tmp_path / "certs")
    config = json.loads((out / EDGE / "envoy.json").read_text())
    assert envoys.validate(config, tmp_path) == []
