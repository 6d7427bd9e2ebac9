"""The harness itself: a mesh written by hand passes what it should, refuses the rest, and both can be seen.

web's sidecar → mesh gateway (passes TLS on by SNI) → api's sidecar (mutual TLS, admits only web) → api
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import samples
from harness.ca import CertificateAuthority, write_certificates
from harness.clients import Answer, Tls, request, send
from harness.envoys import Fleet
from harness.grpc_services import call, grpc_server
from harness.services import echo_server, http_server

TRUST_DOMAIN = "11111111-2222-3333-4444-555555555555.consul"
SNI = f"api.default.east.dc1.internal-v1.{TRUST_DOMAIN}"
EAST = f"*.east.dc1.internal-v1.{TRUST_DOMAIN}"
WEB_ID = f"spiffe://{TRUST_DOMAIN}/ns/default/dc/dc1/svc/web"
API_ID = f"spiffe://{TRUST_DOMAIN}/ap/east/ns/default/dc/dc1/svc/api"
OTHER_ID = f"spiffe://{TRUST_DOMAIN}/ns/default/dc/dc1/svc/other"
LEAVES = {"dc1/default/web": WEB_ID, "dc1/east/api": API_ID, "dc1/default/other": OTHER_ID}

UPSTREAM_PORT, GATEWAY_PORT, PUBLIC_PORT, APP_PORT = 10000, 8443, 21000, 9090
WEB_NODE, GATEWAY_NODE, API_NODE = "10.1.0.1", "10.2.0.5", "10.2.0.1"


@pytest.fixture
def authority() -> CertificateAuthority:
    return CertificateAuthority(TRUST_DOMAIN)


@pytest.fixture
def mesh(fleet: Fleet, authority: CertificateAuthority) -> Fleet:
    """The three proxies, running, for TCP."""
    return start_mesh(fleet, authority, forward=samples.tcp_proxy)


@pytest.fixture
def arrived(mesh: Fleet) -> Iterator[list[bytes]]:
    """The api, running, and the lines that reach it."""
    with echo_server("api", mesh.loopback.localhost("api"), APP_PORT) as arrived:
        yield arrived


def start_mesh(fleet: Fleet, authority: CertificateAuthority, *, forward, **protocol) -> Fleet:
    write_certificates(fleet.certs, LEAVES, [authority])
    fleet.add("web", web_sidecar(forward("api"), **protocol), node=WEB_NODE)
    fleet.add("gateway", gateway(), node=GATEWAY_NODE)
    fleet.add("api", api_sidecar(forward("local_app"), **protocol), node=API_NODE)
    fleet.start()
    return fleet


def web_sidecar(forward, **protocol):
    tls = samples.outbound_tls(TRUST_DOMAIN, "dc1/default/web", sni=SNI, expect=API_ID)
    upstream = samples.listener("api", "127.0.0.1", UPSTREAM_PORT, [{"filters": [forward]}])
    cluster = samples.cluster("api", GATEWAY_NODE, GATEWAY_PORT, transport_socket=tls, **protocol)
    return samples.bootstrap([upstream], [cluster])


def gateway():
    chain = {"filter_chain_match": {"server_names": [EAST]}, "filters": [samples.tcp_proxy("east")]}
    inspect = [samples.tls_inspector()]
    listener = samples.listener("default", GATEWAY_NODE, GATEWAY_PORT, [chain], listener_filters=inspect)
    return samples.bootstrap([listener], [samples.cluster("east", API_NODE, PUBLIC_PORT)])


def api_sidecar(forward, **protocol):
    tls = samples.inbound_tls(TRUST_DOMAIN, "dc1/east/api")
    chain = {"filters": [samples.allow_only(WEB_ID), forward], "transport_socket": tls}
    # On 0.0.0.0, as Consul binds a sidecar whose registration names no address.
    public = samples.listener("public_listener", "0.0.0.0", PUBLIC_PORT, [chain])
    return samples.bootstrap([public], [samples.cluster("local_app", "127.0.0.1", APP_PORT, **protocol)])


def call_gateway(mesh: Fleet, tls: Tls) -> Answer:
    return send(mesh.loopback.node(GATEWAY_NODE), GATEWAY_PORT, b"hello", tls)


def test_a_call_passes_and_its_hops_are_seen(mesh: Fleet, arrived: list[bytes]):
    call = send(mesh.loopback.localhost("web"), UPSTREAM_PORT, b"hello")
    hops = mesh.hops(call)

    assert call.data == b"api: hello"
    assert arrived == [b"hello"]
    assert [hop.proxy for hop in hops] == ["web", "gateway", "api"]
    assert [hop.cluster for hop in hops] == ["api", "east", "local_app"]
    assert [hop.sni for hop in hops] == ["", SNI, ""]  # only a proxy that inspects TLS knows the SNI
    assert [hop.upstream for hop in hops] == [
        f"{mesh.loopback.node(GATEWAY_NODE)}:{GATEWAY_PORT}",
        f"{mesh.loopback.node(API_NODE)}:{PUBLIC_PORT}",
        f"{mesh.loopback.localhost('api')}:{APP_PORT}",
    ]


def test_calls_are_told_apart(mesh: Fleet, arrived: list[bytes]):
    calls = [send(mesh.loopback.localhost("web"), UPSTREAM_PORT, b"%d" % number) for number in range(5)]

    assert [call.data for call in calls] == [b"api: %d" % number for number in range(5)]
    assert [len(mesh.hops(call)) for call in calls] == [3] * 5
    assert len(arrived) == 5


def test_http_requests_share_a_connection_and_are_told_apart(fleet: Fleet, authority: CertificateAuthority):
    start_mesh(fleet, authority, forward=samples.http_manager)
    with http_server("api", fleet.loopback.localhost("api"), APP_PORT) as arrived:
        calls = [request(fleet.loopback.localhost("web"), UPSTREAM_PORT, f"/{n}") for n in range(3)]
    fleet.stop("web")

    assert arrived == ["GET /0", "GET /1", "GET /2"]
    assert [(call.status, call.json["service"], call.json["path"]) for call in calls] == [
        (200, "api", "/0"),
        (200, "api", "/1"),
        (200, "api", "/2"),
    ]
    assert [[hop.proxy for hop in fleet.hops(call)] for call in calls] == [["web", "gateway", "api"]] * 3


def test_grpc_passes(fleet: Fleet, authority: CertificateAuthority):
    start_mesh(fleet, authority, forward=samples.http_manager, **samples.http2())
    with grpc_server("api", fleet.loopback.localhost("api"), APP_PORT) as arrived:
        answer = call(fleet.loopback.localhost("web"), UPSTREAM_PORT, b"hello", method="/test.Echo/Say")
    fleet.stop("web")

    assert (answer.refused, answer.data, arrived) == ("", b"api: hello", ["/test.Echo/Say"])
    assert [hop.proxy for hop in fleet.hops(answer)] == ["web", "gateway", "api"]


def test_a_client_of_our_own_is_admitted(mesh: Fleet, arrived: list[bytes], authority: CertificateAuthority):
    """What the refusals below differ from in one thing each."""
    call = call_gateway(mesh, Tls(sni=SNI, trust=authority, certificate=mesh.certs / "dc1/default/web"))

    assert (call.data, call.server_id, arrived) == (b"api: hello", API_ID, [b"hello"])
    assert [hop.proxy for hop in mesh.hops(call)] == ["gateway", "api"]


def test_an_unknown_sni_is_refused_by_the_gateway(
    mesh: Fleet, arrived: list[bytes], authority: CertificateAuthority
):
    sni = SNI.replace("east", "west")
    call = call_gateway(mesh, Tls(sni=sni, trust=authority, certificate=mesh.certs / "dc1/default/web"))

    assert call.refused
    assert arrived == []
    assert [(hop.proxy, hop.sni, hop.flags) for hop in mesh.hops(call)] == [("gateway", sni, "NR")]


def test_no_certificate_is_refused(mesh: Fleet, arrived: list[bytes], authority: CertificateAuthority):
    call = call_gateway(mesh, Tls(sni=SNI, trust=authority))

    assert "certificate required" in call.refused
    assert arrived == []


def test_a_certificate_of_another_ca_is_refused(
    mesh: Fleet, arrived: list[bytes], authority: CertificateAuthority, tmp_path: Path
):
    certificate = CertificateAuthority(TRUST_DOMAIN).issue(WEB_ID, tmp_path / "of another ca")
    call = call_gateway(mesh, Tls(sni=SNI, trust=authority, certificate=certificate))

    assert "unknown ca" in call.refused
    assert arrived == []


def test_an_identity_that_is_not_allowed_is_refused(
    mesh: Fleet, arrived: list[bytes], authority: CertificateAuthority
):
    call = call_gateway(mesh, Tls(sni=SNI, trust=authority, certificate=mesh.certs / "dc1/default/other"))
    hops = mesh.hops(call)

    assert call.refused
    assert arrived == []
    assert [hop.proxy for hop in hops] == ["gateway", "api"]
    assert "rbac_access_denied" in hops[-1].details


def test_the_caller_refuses_another_service(
    mesh: Fleet, arrived: list[bytes], authority: CertificateAuthority
):
    """The api's proxy with the certificate of another service: web's sidecar does not take it for the api."""
    authority.issue(OTHER_ID, mesh.certs / "dc1/east/api")
    mesh.stop("api")
    mesh.envoys["api"].start()
    mesh.envoys["api"].wait_ready()
    call = send(mesh.loopback.localhost("web"), UPSTREAM_PORT, b"hello")

    assert call.refused
    assert arrived == []
