"""Calls that leave the mesh through a terminating gateway, in real Envoys; and what must be refused."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from golden import lay_out
from harness import envoys
from harness.ca import certificates_from_index, self_signed
from harness.clients import Answer, Tls, request, send
from harness.envoys import Fleet
from harness.services import echo_server, http_server
from harness.small_trees import SmallTree
from harness.trees import RunningTree, explained, explained_hops, meshgw, running

WEB = "dc1/default/web-sidecar-proxy"
GATEWAY = "dc1/default/terminating-gateway"
OUTSIDE = {"db": "10.9.0.1", "pages": "10.9.0.2", "vault": "10.9.0.3"}
PORTS = {"db": 5432, "pages": 8000, "vault": 8200}
UPSTREAMS = ("db", "pages", "vault", "here")
HOST = "vault.example.com"


@dataclass
class Outside:
    """What runs, and what arrived at each service outside the mesh."""

    mesh: RunningTree
    arrived: dict[str, list[Any]] = field(default_factory=dict)

    def call(self, name: str) -> Answer:
        address, port = self.mesh.fleet.loopback.localhost(WEB), 10000 + UPSTREAMS.index(name)
        http = name in ("pages", "here")
        return request(address, port, "/hello") if http else send(address, port, b"hello")


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """The certificate of vault, which is its own CA, and its key."""
    chain, key = self_signed(HOST)
    (tmp_path / "vault.pem").write_text(chain)
    (tmp_path / "vault.key").write_text(key)
    return tmp_path / "vault.pem", tmp_path / "vault.key"


@pytest.fixture
def local_port() -> int:
    """A port that is free on 127.0.0.1, where the host name `localhost` leads."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@pytest.fixture
def tree(tmp_path: Path, pair: tuple[Path, Path], local_port: int) -> SmallTree:
    tree = SmallTree(tmp_path / "tree")
    tree.caller(*UPSTREAMS)
    tree.http("pages", "here")
    tree.logged()
    for name, address in OUTSIDE.items():
        tree.entry(name, f'service {{ name = "{name}" address = "{address}" port = {PORTS[name]} }}')
    tree.entry("here", f'service {{ name = "here" address = "localhost" port = {local_port} }}')
    tree.entry("gateway", 'service { name = "terminating-gateway" kind = "terminating-gateway" port = 8443 }')
    tree.entry("node", 'node_name = "gateways"\nbind_addr = "10.1.0.9"')
    tree.nodes[GATEWAY] = "10.1.0.9"
    link(tree, f'CAFile = "{pair[0]}" SNI = "{HOST}"')
    return tree


def link(tree: SmallTree, vault: str) -> None:
    """The gateway's entry; the text says how vault is called."""
    listed = "\n".join(f'  {{ Name = "{name}" }},' for name in ("db", "pages", "here"))
    tree.entry(
        "entry",
        f"""
        Kind = "terminating-gateway"
        Name = "terminating-gateway"
        Services = [{listed} {{ Name = "vault" {vault} }}]
        """,
    )


@pytest.fixture
def run(fleet: Fleet, tree: SmallTree, pair: tuple[Path, Path], local_port: int):
    @contextmanager
    def started(*, asked: bool = False) -> Iterator[Outside]:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*pair)
        if asked:
            tls.verify_mode = ssl.CERT_REQUIRED
            tls.load_verify_locations(pair[0])
        with ExitStack() as servers, running(fleet, tree.folder, tree.nodes, {}) as mesh:
            outside = Outside(mesh)
            places = {name: fleet.loopback.node(address) for name, address in OUTSIDE.items()}
            for name, made in (
                ("db", echo_server("db", places["db"], PORTS["db"])),
                ("pages", http_server("pages", places["pages"], PORTS["pages"])),
                ("vault", echo_server("vault", places["vault"], PORTS["vault"], tls)),
                ("here", http_server("here", "127.0.0.1", local_port)),
            ):
                outside.arrived[name] = servers.enter_context(made)
            yield outside

    return started


@pytest.mark.parametrize("name", UPSTREAMS)
def test_a_call_goes_through_the_gateway(run, tree: SmallTree, name: str) -> None:
    with run() as outside:
        answer = outside.call(name)
        assert b"hello" in answer.data
        assert len(outside.arrived[name]) == 1
        assert outside.mesh.hops(answer, WEB) == [WEB, GATEWAY]
    told = explained(tree.folder, "web", name)
    assert told["works"] is True
    assert explained_hops(told) == [GATEWAY]


def test_the_host_header_is_that_of_the_service(run) -> None:
    """The service is known by its host name; Envoy writes it over the caller's (TE-32)."""
    with run() as outside:
        assert outside.call("here").json["headers"]["host"].startswith("localhost")


def test_the_host_header_stays_when_the_entry_says_so(run, tree: SmallTree) -> None:
    entry = tree.folder / "entry.hcl"
    entry.write_text(entry.read_text().replace('"here"', '"here" DisableAutoHostRewrite = true'))
    with run() as outside:
        host = outside.call("here").json["headers"]["host"]
        assert host.startswith(outside.mesh.fleet.loopback.localhost(WEB))


@pytest.mark.parametrize(
    ("settings", "asked", "works"),
    [
        ('CAFile = "%s"', False, True),  # any certificate of the CA will do
        ('CAFile = "%s" SNI = "other.example.com"', False, False),  # TE-22
        ('SNI = "vault.example.com"', False, False),  # TE-20: plain text
        (f'CAFile = "%s" SNI = "{HOST}"', True, False),
        (f'CAFile = "%s" CertFile = "%s" KeyFile = "KEY" SNI = "{HOST}"', True, True),  # TE-21
    ],
)
def test_tls_to_the_outside(
    run, tree: SmallTree, pair: tuple[Path, Path], *, settings: str, asked: bool, works: bool
) -> None:
    certificate, key = map(str, pair)
    link(tree, settings.replace("%s", certificate).replace("KEY", key))
    with run(asked=asked) as outside:
        answer = outside.call("vault")
        assert (answer.data == b"vault: hello") is works
        assert outside.arrived["vault"] == ([b"hello"] if works else [])


@pytest.mark.parametrize("name", ["db", "pages"])
def test_a_denied_caller_is_refused_at_the_gateway(run, tree: SmallTree, name: str) -> None:
    source = 'Sources = [{ Name = "web" Action = "deny" }]'
    tree.entry("intentions", f'Kind = "service-intentions"\nName = "{name}"\n{source}')
    with run() as outside:
        answer = outside.call(name)
        assert getattr(answer, "status", 0) in (0, 403)
        assert outside.arrived[name] == []
        assert outside.mesh.hops(answer, WEB) == [WEB, GATEWAY]
    assert explained(tree.folder, "web", name)["works"] is False


@pytest.mark.parametrize("target", ["static", "files"])
def test_the_golden_gateway_loads(tmp_path: Path, pair: tuple[Path, Path], target: str) -> None:
    lay_out("render-terminating-gateway", tmp_path)
    out = tmp_path / "out"
    meshgw("render", "-C", str(tmp_path / "tree"), "-o", str(out), "--target", target)
    certificates_from_index(out, tmp_path / "certs")
    for path in out.glob("*/*/*/**/*.json"):
        path.write_text(path.read_text().replace("/etc/ssl/billing-ca.pem", str(pair[0])))
    for name in ("egress", "web-sidecar-proxy"):
        config = json.loads((out / "dc1" / "default" / name / "envoy.json").read_text())
        assert envoys.validate(config, tmp_path, cwd=tmp_path) == []


def test_who_may_come_by_hand(run) -> None:
    """The gateway shows the leaf of the service that is asked for, and asks callers for theirs."""
    with run() as outside:
        (authority,) = outside.mesh.authorities.values()
        domain = authority.trust_domain
        gateway = outside.mesh.fleet.loopback.node("10.1.0.9")

        def dial(name: str, certificate: Path | None) -> Answer:
            sni = f"{name}.default.dc1.internal.{domain}"
            tls = Tls(sni=sni, trust=authority, certificate=certificate)
            return send(gateway, 8443, b"hello", tls=tls)

        web = outside.mesh.fleet.certs / WEB
        answer = dial("db", web)
        assert (answer.data, answer.server_id) == (
            b"db: hello",
            f"spiffe://{domain}/ns/default/dc/dc1/svc/db",
        )
        for name, certificate in (("db", None), ("nobody", web)):
            assert dial(name, certificate).data == b""
        assert outside.arrived["db"] == [b"hello"]
