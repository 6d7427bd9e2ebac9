"""A rendered API gateway in real Envoys: clients outside the mesh call services by its routes."""

import json
from pathlib import Path
from types import SimpleNamespace

import golden
import pytest
from harness import envoys
from harness.ca import certificates_from_index, self_signed
from harness.clients import HttpAnswer, Tls, request, send
from harness.envoys import Fleet
from harness.small_trees import SmallTree
from harness.trees import RunningTree, meshgw, running

EDGE = "dc1/default/edge"
SHOP = "shop.example.com"
DB = "db.example.com"
GATEWAY = """
Kind = "api-gateway"
Name = "edge"
Listeners = [
  { Name = "plain", Port = 8080, Protocol = "http" },
  {
    Name     = "secure"
    Port     = 8443
    Protocol = "http"
    Hostname = "shop.example.com"
    TLS { MinVersion = "TLSv1_2", Certificates = [{ Kind = "inline-certificate", Name = "shop" }] }
  },
  {
    Name     = "db"
    Port     = 5432
    Protocol = "tcp"
    TLS { Certificates = [{ Kind = "file-system-certificate", Name = "db" }] }
  },
  { Name = "vault", Port = 5433, Protocol = "tcp" },
]
"""
ROUTE = """
Kind = "http-route"
Name = "shop"
Hostnames = ["shop.example.com"]
Rules = [
  {
    Matches = [{ Path { Match = "prefix", Value = "/v1/" } }]
    Filters { URLRewrite { Path = "/" } }
    Services = [{ Name = "api" }]
  },
  {
    Matches = [{ Path { Match = "exact", Value = "/both" } }]
    Services = [{ Name = "shop" }, { Name = "api" }]
  },
  {
    Matches = [{ Method = "GET" }]
    Filters { Headers = [{ Set { x-edge = "1" }, Remove = ["x-debug"] }] }
    ResponseFilters { Headers = [{ Add { x-served-by = "edge" } }] }
    Services = [{ Name = "shop" }]
  },
]
Parents = [{ Name = "edge" }]
"""


def tcp_route(name: str) -> str:
    parent = f'{{ Name = "edge", SectionName = "{name}" }}'
    return f'Kind = "tcp-route"\nName = "{name}"\nServices = [{{ Name = "{name}" }}]\nParents = [{parent}]\n'


@pytest.fixture
def mesh(fleet: Fleet, tmp_path: Path):
    tree = SmallTree(tmp_path / "tree")
    tree.entrance("api-gateway", "edge")
    tree.entry("edge", GATEWAY)
    tree.entry("shop-route", ROUTE)
    for name in ("db", "vault"):
        tree.entry(f"{name}-route", tcp_route(name))
    chain, key = self_signed(SHOP)
    texts = f"Certificate = <<EOF\n{chain}EOF\nPrivateKey = <<EOF\n{key}EOF\n"
    tree.entry("shop-certificate", f'Kind = "inline-certificate"\nName = "shop"\n{texts}')
    own = [tmp_path / "db.pem", tmp_path / "db.key"]
    for path, text in zip(own, self_signed(DB), strict=True):
        path.write_text(text)
    files = f'Certificate = "{own[0]}"\nPrivateKey = "{own[1]}"\n'
    tree.entry("db-certificate", f'Kind = "file-system-certificate"\nName = "db"\n{files}')
    keys = {"inline/dc1/default/default/shop.key": key}
    with running(fleet, tree.folder, tree.nodes, tree.applications, keys) as mesh:
        mesh.address = fleet.loopback.node("10.1.0.1")
        mesh.trusted = {
            SHOP: SimpleNamespace(root_pem=chain),
            DB: SimpleNamespace(root_pem=own[0].read_text()),
        }
        yield mesh


def call(mesh: RunningTree, host: str, path: str = "/", port: int = 8080, **more) -> HttpAnswer:
    headers = {"host": host, "x-debug": "1", "x-edge": "0"}
    return request(mesh.address, port, path=path, headers=headers, **more)


def secure(mesh: RunningTree, name: str, *alpn: str) -> Tls:
    return Tls(sni=name, trust=mesh.trusted[name], alpn=alpn, checks_name=True)


def test_clients_call_services_by_routes(mesh: RunningTree) -> None:
    shop = call(mesh, SHOP)
    assert (shop.status, shop.json["service"], shop.headers["x-served-by"]) == (200, "shop", "edge")
    assert shop.json["headers"]["x-edge"] == "1"
    assert "x-debug" not in shop.json["headers"]

    api = call(mesh, f"{SHOP}:8080", "/v1/items")
    assert (api.status, api.json["service"], api.json["path"]) == (200, "api", "/items")
    assert (api.json["headers"]["x-debug"], "x-served-by" in api.headers) == ("1", False)

    assert {call(mesh, SHOP, "/both").json["service"] for _ in range(40)} == {"shop", "api"}

    assert call(mesh, "elsewhere.example.com").status == 404
    assert call(mesh, SHOP, method="POST").status == 404  # no rule is for it, and nothing catches the rest

    encrypted = call(mesh, SHOP, port=8443, tls=secure(mesh, SHOP, "http/1.1"))
    assert (encrypted.status, encrypted.json["service"]) == (200, "shop")

    assert send(mesh.address, 5433, b"hello").refused  # the gateway is the caller that intentions see
    assert mesh.arrived["vault"] == []
    hello = send(mesh.address, 5432, b"hello", tls=secure(mesh, DB))
    assert hello.data == b"db: hello"
    assert mesh.hops(hello, EDGE) == [EDGE, "dc1/default/db-sidecar-proxy"]


def test_the_golden_gateway_loads(tmp_path: Path) -> None:
    tree = golden.lay_out("render-api-gateway", tmp_path)
    for name, text in zip(("db.pem", "db.key"), self_signed(DB), strict=True):
        (tmp_path / name).write_text(text)
    entry = tree / "db-certificate.hcl"
    entry.write_text(entry.read_text().replace("/etc/ssl", str(tmp_path)))
    out = tmp_path / "out"
    meshgw("render", "edge", "-C", str(tree), "-o", str(out), "--target", "static")
    (_, key) = (tree / "shop-certificate.hcl").read_text().split("PrivateKey = <<EOF\n")
    keys = {"inline/dc1/default/default/shop.key": key.removesuffix("EOF\n")}
    certificates_from_index(out, tmp_path / "certs", keys=keys)
    config = json.loads((out / EDGE / "envoy.json").read_text())
    assert envoys.validate(config, tmp_path) == []
