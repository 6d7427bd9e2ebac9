"""Intentions of rendered sidecars, enforced by real Envoys: connections, requests and tokens."""

import base64
from pathlib import Path

import pytest
from harness.clients import HttpAnswer, request, send
from harness.envoys import Fleet
from harness.grpc_services import call as grpc_call
from harness.grpc_services import grpc_server
from harness.small_trees import SmallTree
from harness.tokens import TokenIssuer
from harness.trees import RunningTree, running

WEB = "dc1/default/web-sidecar-proxy"
ISSUER = "https://login.example.com"


@pytest.fixture
def tree(tmp_path: Path) -> SmallTree:
    """web calls api by HTTP and db by TCP."""
    tree = SmallTree(tmp_path / "tree")
    tree.caller("api", "db")
    tree.service("api")
    tree.service("db", port=5432, http=False)
    tree.http("api")
    return tree


def run(fleet: Fleet, tree: SmallTree):
    return running(fleet, tree.folder, tree.nodes, tree.applications)


def call(mesh: RunningTree, path: str = "/", **more) -> HttpAnswer:
    return request(mesh.fleet.loopback.localhost(WEB), 10000, path, **more)


def intentions(name: str, sources: str, more: str = "") -> str:
    return f'Kind = "service-intentions"\nName = "{name}"\n{more}\nSources = [{sources}]\n'


def test_connections_are_refused_by_name(fleet: Fleet, tree: SmallTree) -> None:
    tree.entry("db", intentions("db", '{ Name = "web", Action = "deny" }, { Name = "*", Action = "allow" }'))
    tree.entry(
        "api", intentions("api", '{ Name = "web", Action = "allow" }, { Name = "*", Action = "deny" }')
    )
    with run(fleet, tree) as mesh:
        refused = send(mesh.fleet.loopback.localhost(WEB), 10001, b"hello")
        assert refused.refused
        assert mesh.arrived["db"] == []
        assert call(mesh).status == 200


def test_permissions_decide_by_path_method_and_header(fleet: Fleet, tree: SmallTree) -> None:
    tree.entry(
        "api",
        intentions(
            "api",
            """{
              Name = "web"
              Permissions = [
                { Action = "deny", HTTP { PathPrefix = "/admin" } },
                { Action = "allow", HTTP { PathExact = "/health" } },
                { Action = "allow", HTTP { PathPrefix = "/v1", Methods = ["GET"] } },
                {
                  Action = "allow"
                  HTTP {
                    PathRegex = "/v2/[a-z]+"
                    Header = [{ Name = "x-team", Prefix = "BLUE", IgnoreCase = true }]
                  }
                },
              ]
            }, { Name = "*", Action = "deny" }""",
        ),
    )
    (tree.folder / "meshgw.yaml").write_text("default_intention_policy: deny\n")
    wanted = [
        ("/health", {}, 200),
        ("/health/x", {}, 403),
        ("/admin", {}, 403),
        ("/v1/x", {}, 200),
        ("/v1/x", {"method": "POST"}, 403),
        ("/v2/abc", {"headers": {"x-team": "blue-1"}}, 200),
        ("/v2/abc", {"headers": {"x-team": "red"}}, 403),
        ("/v2/abc", {}, 403),
        ("/v2/123", {"headers": {"x-team": "blue"}}, 403),
        ("/elsewhere", {}, 403),
        ("/v1/../admin", {}, 403),  # paths are normalized before they are matched
    ]
    with run(fleet, tree) as mesh:
        found = [call(mesh, path, **more).status for path, more, _ in wanted]
    assert found == [status for _, _, status in wanted]


def test_tokens(fleet: Fleet, tree: SmallTree) -> None:
    own, other = TokenIssuer(), TokenIssuer()
    keys = base64.b64encode(own.key_set.encode()).decode()
    tree.entry(
        "provider",
        f"""
        Kind = "jwt-provider"
        Name = "login"
        Issuer = "{ISSUER}"
        JSONWebKeySet {{ Local {{ JWKS = "{keys}" }} }}
        """,
    )
    tree.entry(
        "api",
        intentions(
            "api",
            """{
              Name = "web"
              Permissions = [
                {
                  Action = "allow"
                  HTTP { PathPrefix = "/admin" }
                  JWT {
                    Providers = [{ Name = "login", VerifyClaims = [{ Path = ["role"], Value = "admin" }] }]
                  }
                },
                { Action = "allow", HTTP { PathPrefix = "/" } },
              ]
            }""",
            'JWT { Providers = [{ Name = "login" }] }',
        ),
    )
    (tree.folder / "meshgw.yaml").write_text("default_intention_policy: deny\n")
    wanted = [
        ("/", own.token(ISSUER), 200),
        ("/", None, 403),
        ("/", own.token(ISSUER, lives_for=-3600), 403),
        ("/", own.token("https://elsewhere.example.com"), 403),
        ("/", other.token(ISSUER), 403),
        ("/", "not.a.token", 403),
        ("/admin", own.token(ISSUER), 403),
        ("/admin", own.token(ISSUER, role="user"), 403),
        ("/admin", own.token(ISSUER, role="admin"), 200),
    ]
    with run(fleet, tree) as mesh:
        found = [
            call(mesh, path, headers={"authorization": f"Bearer {token}"} if token else {}).status
            for path, token, _ in wanted
        ]
    assert found == [status for _, _, status in wanted]


def test_permissions_of_a_grpc_service(fleet: Fleet, tmp_path: Path) -> None:
    tree = SmallTree(tmp_path / "tree")
    tree.caller("echo")
    tree.service("echo")
    tree.applications.clear()
    for name in ("web", "echo"):
        tree.entry(f"{name}-defaults", f'Kind = "service-defaults"\nName = "{name}"\nProtocol = "grpc"\n')
    tree.entry(
        "echo",
        intentions(
            "echo",
            """{
              Name = "web"
              Permissions = [{ Action = "deny", HTTP { PathExact = "/test.Echo/Drop" } }]
            }""",
        ),
    )
    with run(fleet, tree) as mesh:
        app = mesh.fleet.loopback.localhost("dc1/default/echo-sidecar-proxy")
        with grpc_server("echo", app, 9090) as arrived:
            web = mesh.fleet.loopback.localhost(WEB)
            answer = grpc_call(web, 10000, b"hello", method="/test.Echo/Say")
            refused = grpc_call(web, 10000, b"hello", method="/test.Echo/Drop")
    assert answer.data == b"echo: hello"
    assert refused.refused
    assert arrived == ["/test.Echo/Say"]
