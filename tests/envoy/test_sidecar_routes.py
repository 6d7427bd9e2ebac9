"""Routes, splits, subsets and failover of rendered sidecars, with real requests through real Envoys."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from harness.clients import HttpAnswer, request
from harness.envoys import Fleet
from harness.small_trees import SmallTree
from harness.trees import RunningTree, running

WEB = "dc1/default/web-sidecar-proxy"


@pytest.fixture
def tree(tmp_path: Path) -> SmallTree:
    """web calls api, which has two versions; admin is another service."""
    tree = SmallTree(tmp_path / "tree")
    tree.caller("api")
    tree.service("api", id="v1", meta={"version": "1"})
    tree.service("api", id="v2", meta={"version": "2"})
    tree.service("admin")
    tree.http("api", "admin", "web")
    tree.entry(
        "resolver",
        """
        Kind = "service-resolver"
        Name = "api"
        DefaultSubset = "v1"
        Subsets = {
          v1 = { Filter = "Service.Meta.version == 1" }
          v2 = { Filter = "Service.Meta.version == 2" }
        }
        """,
    )
    return tree


@pytest.fixture
def run(fleet: Fleet, tree: SmallTree):
    return lambda: running(fleet, tree.folder, tree.nodes, tree.applications)


def call(mesh: RunningTree, path: str = "/", **more) -> HttpAnswer:
    return request(mesh.fleet.loopback.localhost(WEB), 10000, path, **more)


def router(*routes: str) -> str:
    listed = ",\n".join(routes)
    return f'Kind = "service-router"\nName = "api"\nRoutes = [\n{listed}\n]\n'


def route(match: str, destination: str) -> str:
    return f"{{ Match {{ HTTP {{ {match} }} }}, Destination {{ {destination} }} }}"


TO_ADMIN = 'Service = "admin"'

MATCHES = {
    'PathExact = "/exact"': [("/exact", {}, True), ("/exact/more", {}, False), ("/EXACT", {}, False)],
    'PathPrefix = "/Prefix" CaseInsensitive = true': [("/prefix/x", {}, True), ("/other", {}, False)],
    'PathRegex = "/r[0-9]+"': [("/r12", {}, True), ("/r12/x", {}, False)],
    'Header = [{ Name = "x-a", Exact = "1" }]': [
        ("/", {"headers": {"x-a": "1"}}, True),
        ("/", {"headers": {"x-a": "12"}}, False),
        ("/", {}, False),
    ],
    'Header = [{ Name = "x-a", Prefix = "be" }]': [("/", {"headers": {"x-a": "beta"}}, True)],
    'Header = [{ Name = "x-a", Suffix = "ta" }]': [("/", {"headers": {"x-a": "beta"}}, True)],
    'Header = [{ Name = "x-a", Regex = "b.*" }]': [
        ("/", {"headers": {"x-a": "beta"}}, True),
        ("/", {"headers": {"x-a": "abeta"}}, False),
    ],
    'Header = [{ Name = "x-a", Present = true, Invert = true }]': [
        ("/", {"headers": {"x-a": "1"}}, False),
        ("/", {}, True),
    ],
    'QueryParam = [{ Name = "q", Exact = "1" }]': [("/?q=1", {}, True), ("/?q=2", {}, False)],
    'QueryParam = [{ Name = "q", Regex = "[0-9]+" }]': [("/?q=17", {}, True), ("/?q=x", {}, False)],
    'QueryParam = [{ Name = "q", Present = true }]': [("/?q=", {}, True), ("/?r=1", {}, False)],
    'Methods = ["put", "delete"]': [
        ("/", {"method": "PUT"}, True),
        ("/", {"method": "DELETE"}, True),
        ("/", {"method": "GET"}, False),
    ],
}


def test_matches_of_every_kind(run, tree: SmallTree) -> None:
    """All in one router; a header says which of them a call is about."""
    routes, wanted = [], []
    for number, (match, calls) in enumerate(MATCHES.items()):
        guard = f'{{ Name = "x-case", Exact = "{number}" }}'
        conditions = match if "Header = [" in match else f"{match} Header = []"
        guarded = conditions.replace("Header = [", f"Header = [{guard}, ").replace(", ]", "]")
        routes.append(route(guarded, TO_ADMIN))
        for path, more, matches in calls:
            headers = {"x-case": str(number)} | more.get("headers", {})
            wanted.append((path, more | {"headers": headers}, "admin" if matches else "v1"))
    tree.entry("router", router(*routes))
    with run() as mesh:
        found = [call(mesh, path, **more).json["service"] for path, more, _ in wanted]
    assert found == [service for _, _, service in wanted]


def test_rewrites_headers_and_subsets(run, tree: SmallTree) -> None:
    changes = (
        'ServiceSubset = "v2" PrefixRewrite = "/new"'
        ' RequestHeaders { Add = { x-added = "a" } Set = { x-set = "s" } Remove = ["x-gone"] }'
        ' ResponseHeaders { Add = { x-back = "b" } Remove = ["content-type"] }'
    )
    tree.entry("router", router(route('PathPrefix = "/old"', changes)))
    with run() as mesh:
        answer = call(mesh, "/old/x", headers={"x-set": "mine", "x-gone": "1", "x-added": "first"})
        plain = call(mesh, "/other", headers={"x-gone": "1"})
    assert (answer.json["service"], answer.json["path"]) == ("v2", "/new/x")
    headers = answer.json["headers"]
    assert headers["x-set"] == "s"
    assert "x-gone" not in headers
    assert headers["x-added"] in ("a", "first,a", "first, a")
    assert answer.headers["x-back"] == "b"
    assert "content-type" not in answer.headers
    assert (plain.json["service"], plain.json["headers"]["x-gone"]) == ("v1", "1")


def test_a_split_of_90_to_10(run, tree: SmallTree) -> None:
    tree.entry(
        "splitter",
        """
        Kind = "service-splitter"
        Name = "api"
        Splits = [
          { Weight = 90, ServiceSubset = "v1" },
          { Weight = 10, ServiceSubset = "v2", ResponseHeaders { Set = { x-leg = "new" } } },
        ]
        """,
    )
    calls = 500
    with run() as mesh:
        answers = [call(mesh) for _ in range(calls)]
    found = Counter(answer.json["service"] for answer in answers)
    assert found.keys() == {"v1", "v2"}
    # 50 are expected; the standard deviation is 6.7, and six of them are never left by chance.
    assert 10 <= found["v2"] <= 90, found
    assert {answer.headers.get("x-leg") for answer in answers if answer.json["service"] == "v2"} == {"new"}


def test_failover_when_the_first_target_has_no_healthy_instance(fleet: Fleet, tmp_path: Path) -> None:
    tree = SmallTree(tmp_path / "tree")
    tree.caller("api")
    tree.service("api", checks='check { name = "down", ttl = "1h", status = "critical" }')
    tree.service("spare")
    tree.http("api", "spare")
    tree.entry(
        "resolver", 'Kind = "service-resolver"\nName = "api"\nFailover = { "*" = { Service = "spare" } }\n'
    )
    with running(fleet, tree.folder, tree.nodes, tree.applications) as mesh:
        answers = [call(mesh) for _ in range(3)]
        assert [answer.json["service"] for answer in answers] == ["spare"] * 3
        assert mesh.arrived["api"] == []


def test_failover_of_a_subset_without_instances(run, tree: SmallTree) -> None:
    tree.entry(
        "resolver",
        """
        Kind = "service-resolver"
        Name = "api"
        DefaultSubset = "v3"
        Subsets = { v3 = { Filter = "Service.Meta.version == 3" } }
        Failover = { v3 = { Service = "admin" } }
        """,
    )
    with run() as mesh:
        assert call(mesh).json["service"] == "admin"


def test_retries(fleet: Fleet, tmp_path: Path) -> None:
    tree = SmallTree(tmp_path / "tree")
    tree.caller("flaky")
    tree.service("flaky")
    tree.applications.clear()
    tree.http("flaky")
    retries = "NumRetries = 3 RetryOnStatusCodes = [503]"
    tree.entry("router", router(route('PathPrefix = "/retried"', retries)).replace('"api"', '"flaky"'))
    with running(fleet, tree.folder, tree.nodes, tree.applications) as mesh:
        address = mesh.fleet.loopback.localhost("dc1/default/flaky-sidecar-proxy")
        with _failing(address, 9090, times=2) as statuses:
            assert call(mesh, "/retried").status == 200
            assert statuses == [503, 503, 200]
        with _failing(address, 9090, times=2) as statuses:
            assert call(mesh, "/once").status == 503
            assert statuses == [503]


def test_a_request_timeout(fleet: Fleet, tmp_path: Path) -> None:
    tree = SmallTree(tmp_path / "tree")
    tree.caller("slow")
    tree.service("slow")
    tree.applications.clear()
    tree.http("slow")
    tree.entry("resolver", 'Kind = "service-resolver"\nName = "slow"\nRequestTimeout = "200ms"\n')
    with running(fleet, tree.folder, tree.nodes, tree.applications) as mesh:
        address = mesh.fleet.loopback.localhost("dc1/default/slow-sidecar-proxy")
        with _failing(address, 9090, times=0, pause=2):
            assert call(mesh).status == 504


@contextmanager
def _failing(address: str, port: int, *, times: int, pause: float = 0) -> Iterator[list[int]]:
    """A server that fails so many times, or answers after a while; gives the statuses that it sent."""
    import time

    statuses: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(pause)
            statuses.append(503 if len(statuses) < times else 200)
            self.send_response(statuses[-1])
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((address, port), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield statuses
        finally:
            server.shutdown()
            thread.join()
