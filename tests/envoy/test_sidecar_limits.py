"""Limits, exposed paths and Unix sockets of rendered sidecars, in real Envoys."""

import http.client
import socket
from pathlib import Path

from harness.clients import request, send
from harness.envoys import Fleet
from harness.small_trees import SmallTree
from harness.trees import running

WEB = "dc1/default/web-sidecar-proxy"
API = "dc1/default/api-sidecar-proxy"


def test_a_limit_of_inbound_connections(fleet: Fleet, tmp_path: Path) -> None:
    tree = SmallTree(tmp_path / "tree")
    tree.caller("api")
    tree.service("api", http=False)
    tree.entry("api", 'Kind = "service-defaults"\nName = "api"\nMaxInboundConnections = 1\n')
    with running(fleet, tree.folder, tree.nodes, tree.applications) as mesh:
        web = mesh.fleet.loopback.localhost(WEB)
        with socket.create_connection((web, 10000), timeout=15) as first:
            first.sendall(b"one\n")
            assert first.recv(100) == b"api: one\n"
            assert send(web, 10000, b"two").refused
        assert mesh.arrived["api"] == [b"one"]


def test_limits_of_an_upstream(fleet: Fleet, tmp_path: Path) -> None:
    """No request may wait and none may run: Envoy answers for itself."""
    tree = SmallTree(tmp_path / "tree")
    tree.caller("api")
    tree.service("api")
    tree.http("api")
    tree.entry(
        "web",
        """
        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Overrides = [{ Name = "api", Limits { MaxConcurrentRequests = 0, MaxPendingRequests = 0 } }]
        }
        """,
    )
    with running(fleet, tree.folder, tree.nodes, tree.applications) as mesh:
        answer = request(mesh.fleet.loopback.localhost(WEB), 10000)
        assert answer.status == 503
        assert answer.headers["x-envoy-overloaded"] == "true"
        assert mesh.arrived["api"] == []


def test_an_exposed_path_needs_no_certificate(fleet: Fleet, tmp_path: Path) -> None:
    tree = SmallTree(tmp_path / "tree")
    tree.service(
        "api",
        proxy='expose { paths = [{ path = "/health", local_path_port = 9090, listener_port = 21500 }] }',
    )
    tree.http("api")
    with running(fleet, tree.folder, tree.nodes, tree.applications) as mesh:
        node = mesh.fleet.loopback.node(tree.nodes[API])
        exposed = [request(node, 21500, path) for path in ("/health", "/health/more")]
        public = request(node, 21000, "/health")
    assert [answer.status for answer in exposed] == [200, 404]
    assert public.refused  # it speaks TLS only


def test_an_upstream_on_a_unix_socket(fleet: Fleet, tmp_path: Path) -> None:
    path = fleet.folder / "api.sock"
    tree = SmallTree(tmp_path / "tree")
    tree.service(
        "web",
        port=8080,
        proxy=f'upstreams = [{{ destination_name = "api", local_bind_socket_path = "{path}" }}]',
    )
    del tree.applications["web"]
    tree.service("api")
    tree.http("api")
    with running(fleet, tree.folder, tree.nodes, tree.applications) as mesh:
        connection = http.client.HTTPConnection("api")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(15)
        connection.sock.connect(str(path))
        connection.request("GET", "/through-a-socket")
        assert connection.getresponse().status == 200
        connection.close()
        assert mesh.arrived["api"] == ["GET /through-a-socket"]
