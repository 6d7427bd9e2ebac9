"""The main job in real Envoys: three partitions behind mesh gateways, in every mode."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from harness.ca import CertificateAuthority, certificates_from_index
from harness.clients import Answer, Tls, send
from harness.envoys import Fleet, validate
from harness.services import echo_server

from meshgw.cli import main

EXAMPLE = Path(__file__).parents[2] / "examples" / "admin-partitions"
WEB = "dc1/default/web-sidecar-proxy"
NODES = {"default": "10.1.0.1", "api": "10.2.0.1", "db": "10.3.0.1", "logging": "10.4.0.1"}
APPLICATIONS = {"api": 9090, "db": 5432, "logging": 5140}
UPSTREAMS = {"api": 10000, "db": 10001, "logging": 10002}
TRUST_DOMAIN = "5f1e7d3a-8c42-4b69-9a07-2d6c0b8e4f15.consul"


def meshgw(*words: str) -> str:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    return result.stdout


def render(tree: Path, out: Path) -> Path:
    meshgw("render", "-C", str(tree), "-o", str(out), "--target", "static")
    return out


def start(fleet: Fleet, tree: Path, *authorities: CertificateAuthority) -> None:
    """Render a tree and start all its proxies."""
    out = render(tree, fleet.folder / "out")
    certificates_from_index(out, fleet.certs, authorities)
    sidecars = {f"dc1/{part}/{part}-sidecar-proxy": NODES[part] for part in APPLICATIONS}
    fleet.add_rendered(out, nodes={WEB: NODES["default"], **sidecars})
    fleet.start()


@contextmanager
def running(fleet: Fleet, tree: Path) -> Iterator[dict[str, list[bytes]]]:
    """All proxies of a tree and its applications; yields what arrives at each application."""
    start(fleet, tree)
    with ExitStack() as servers:
        yield {
            name: servers.enter_context(
                echo_server(name, fleet.loopback.localhost(f"dc1/{name}/{name}-sidecar-proxy"), port)
            )
            for name, port in APPLICATIONS.items()
        }


def call(fleet: Fleet, name: str) -> Answer:
    return send(fleet.loopback.localhost(WEB), UPSTREAMS[name], b"hello")


def hops(fleet: Fleet, answer: Answer) -> list[str]:
    return [hop.proxy for hop in fleet.hops(answer)]


def explained(tree: Path, name: str) -> list[str]:
    """The proxies that `explain` says a call from web passes, the caller's sidecar first."""
    text = meshgw("explain", "web", name, "-C", str(tree), "--format", "json")
    (found,) = json.loads(text)["calls"]
    return [WEB, *(f"{hop['datacenter']}/{hop['partition']}/{hop['proxies'][0]}" for hop in found["hops"])]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "tree"))


def change(file: Path, pattern: str, replacement: str) -> None:
    text, number = re.subn(pattern, replacement, file.read_text(), flags=re.DOTALL)
    assert number, f"{pattern} is not in {file.name}"
    file.write_text(text)


def set_upstream_mode(tree: Path, mode: str | None) -> None:
    """Write the mode on every upstream of web, or take it away."""
    block = f'mesh_gateway {{ mode = "{mode}" }}' if mode else ""
    change(tree / "default" / "web.hcl", r"mesh_gateway \{.*?\}", block)


def test_every_proxy_loads(tmp_path: Path) -> None:
    out = render(EXAMPLE, tmp_path / "out")
    certificates_from_index(out, tmp_path / "certs")
    found = sorted(out.glob("*/*/*/envoy.json"))
    assert len(found) == 8
    for path in found:
        assert validate(json.loads(path.read_text()), tmp_path, cwd=tmp_path) == []


def test_mode_local_goes_through_both_gateways(fleet: Fleet) -> None:
    with running(fleet, EXAMPLE) as arrived:
        for name in APPLICATIONS:
            answer = call(fleet, name)
            assert answer.data == f"{name}: hello".encode()
            assert arrived[name] == [b"hello"]
            assert hops(fleet, answer) == [
                WEB,
                "dc1/default/mesh-gateway",
                f"dc1/{name}/mesh-gateway",
                f"dc1/{name}/{name}-sidecar-proxy",
            ]
            assert hops(fleet, answer) == explained(EXAMPLE, name)


def test_gateways_see_the_sni_that_explain_shows(fleet: Fleet) -> None:
    with running(fleet, EXAMPLE):
        found = fleet.hops(call(fleet, "api"))
    assert [hop.sni for hop in found[1:3]] == [f"api.dev.api.dc1.internal-v1.{TRUST_DOMAIN}"] * 2


MODES = {
    "local": ["dc1/default/mesh-gateway", "dc1/api/mesh-gateway"],
    "remote": ["dc1/api/mesh-gateway"],
    "none": [],
}


def in_proxy_defaults(tree: Path, mode: str) -> None:
    file = tree / "default" / "proxy-defaults.hcl"
    file.write_text(file.read_text() + f'\nMeshGateway {{ Mode = "{mode}" }}\n')


def in_service_defaults(tree: Path, mode: str) -> None:
    service_defaults(tree, f'MeshGateway {{ Mode = "{mode}" }}')


def in_upstream_defaults(tree: Path, mode: str) -> None:
    service_defaults(tree, f'UpstreamConfig {{ Defaults {{ MeshGateway {{ Mode = "{mode}" }} }} }}')


def in_upstream_override(tree: Path, mode: str) -> None:
    service_defaults(
        tree,
        f'UpstreamConfig {{ Overrides = [{{ Name = "api", Namespace = "dev", Partition = "api", '
        f'MeshGateway = {{ Mode = "{mode}" }} }}] }}',
    )


def service_defaults(tree: Path, body: str) -> None:
    (tree / "default" / "web-defaults.hcl").write_text(
        f'Kind = "service-defaults"\nName = "web"\nNamespace = "dev"\n{body}\n'
    )


def in_the_proxy(tree: Path, mode: str) -> None:
    change(tree / "default" / "web.hcl", r"proxy \{", f'proxy {{\n mesh_gateway {{ mode = "{mode}" }}')


def at_the_target(tree: Path, mode: str) -> None:
    (tree / "api" / "api-defaults.hcl").write_text(
        f'Kind = "service-defaults"\nName = "api"\nNamespace = "dev"\nMeshGateway {{ Mode = "{mode}" }}\n'
    )


def in_the_targets_proxy_defaults(tree: Path, mode: str) -> None:
    file = tree / "api" / "proxy-defaults.hcl"
    file.write_text(file.read_text() + f'\nMeshGateway {{ Mode = "{mode}" }}\n')


PLACES = [
    in_proxy_defaults,
    in_service_defaults,
    in_upstream_defaults,
    in_upstream_override,
    in_the_proxy,
    at_the_target,
    in_the_targets_proxy_defaults,
]


def assert_hops(fleet: Fleet, tree: Path, mode: str) -> None:
    """A call to api really takes the way of a mode, and `explain` says so."""
    with running(fleet, tree):
        answer = call(fleet, "api")
        assert answer.data == b"api: hello"
        assert hops(fleet, answer) == [WEB, *MODES[mode], "dc1/api/api-sidecar-proxy"]
        assert hops(fleet, answer) == explained(tree, "api")


@pytest.mark.parametrize("mode", MODES)
def test_modes_on_the_upstream(fleet: Fleet, tree: Path, mode: str) -> None:
    set_upstream_mode(tree, mode)
    assert_hops(fleet, tree, mode)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
@pytest.mark.parametrize("mode", ["local", "remote"])
def test_modes_at_every_place(fleet: Fleet, tree: Path, place: object, mode: str) -> None:
    set_upstream_mode(tree, None)
    place(tree, mode)  # type: ignore[operator]
    assert_hops(fleet, tree, mode)


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        (in_proxy_defaults, in_service_defaults),
        (in_service_defaults, in_the_proxy),
        (at_the_target, in_proxy_defaults),
    ],
    ids=lambda place: place.__name__,
)
def test_of_two_places_the_stronger_wins(fleet: Fleet, tree: Path, weaker: object, stronger: object) -> None:
    set_upstream_mode(tree, None)
    weaker(tree, "local")  # type: ignore[operator]
    stronger(tree, "remote")  # type: ignore[operator]
    assert_hops(fleet, tree, "remote")


def test_none_of_the_caller_switches_the_targets_mode_off(fleet: Fleet, tree: Path) -> None:
    set_upstream_mode(tree, "none")
    at_the_target(tree, "local")
    assert_hops(fleet, tree, "none")


def test_a_service_that_is_not_exported_is_refused(fleet: Fleet, tree: Path) -> None:
    change(tree / "api" / "exported-services.hcl", r'\{\s*Name\s*= "api".*?\},\s*\{', "{")
    with running(fleet, tree) as arrived:
        assert call(fleet, "api").data == b""
        assert call(fleet, "db").data == b"db: hello"
    assert arrived["api"] == []


def test_a_denied_caller_is_refused(fleet: Fleet, tree: Path) -> None:
    change(tree / "api" / "intentions.hcl", '"allow"', '"deny"')
    with running(fleet, tree) as arrived:
        answer = call(fleet, "api")
        assert answer.data == b""
        last = fleet.hops(answer)[-1]
    assert last.proxy == "dc1/api/api-sidecar-proxy"
    assert "rbac_access_denied" in last.details
    assert arrived["api"] == []


@pytest.fixture
def tls_to_gateway(fleet: Fleet) -> Iterator[tuple[Fleet, CertificateAuthority, dict[str, list[bytes]]]]:
    """The example's proxies, and the authority that their certificates are of."""
    authority = CertificateAuthority(TRUST_DOMAIN)
    start(fleet, EXAMPLE, authority)
    with echo_server("api", fleet.loopback.localhost("dc1/api/api-sidecar-proxy"), 9090) as arrived:
        yield fleet, authority, {"api": arrived}


API_SNI = f"api.dev.api.dc1.internal-v1.{TRUST_DOMAIN}"


def test_who_may_come_through_the_gateway_by_hand(tls_to_gateway, tmp_path: Path) -> None:
    fleet, authority, arrived = tls_to_gateway
    web = fleet.certs / WEB
    gateway = fleet.loopback.node("198.51.100.2")

    def dial(sni: str, certificate: Path | None) -> Answer:
        return send(gateway, 8443, b"hello", tls=Tls(sni=sni, trust=authority, certificate=certificate))

    assert dial(API_SNI, web).data == b"api: hello"
    assert arrived["api"] == [b"hello"]
    stranger = CertificateAuthority(TRUST_DOMAIN).issue(
        f"spiffe://{TRUST_DOMAIN}/ns/dev/dc/dc1/svc/web", tmp_path / "stranger"
    )
    other = authority.issue(f"spiffe://{TRUST_DOMAIN}/ns/dev/dc/dc1/svc/other", tmp_path / "other")
    for sni, certificate in [
        ("unknown.dev.api.dc1.internal-v1." + TRUST_DOMAIN, web),
        (API_SNI, None),
        (API_SNI, stranger),
        (API_SNI, other),
    ]:
        answer = dial(sni, certificate)
        assert answer.refused or answer.data == b"", (sni, certificate)
    assert arrived["api"] == [b"hello"]
