"""Which routes are bound to an API gateway's listeners (envoy-other-gateways.md 4)."""

from pathlib import Path

import pytest
from harness.ca import self_signed
from sidecar_trees import entry
from trees import mesh_of

from meshgw.entries.api_gateway import APIGateway
from meshgw.mesh.keys import ServiceKey
from meshgw.snapshot.api_gateway_binding import BoundGateway, bound_gateway, route_condition, routes_in_order

AGW = """Kind = "api-gateway"
Name = "agw"
Listeners = [
  { Name = "h1", Port = 8080, Protocol = "http", Hostname = "*.x.com" },
  { Name = "t1", Port = 8081, Protocol = "tcp" },
  { Name = "h2", Port = 8082, Protocol = "http" },
]
"""
SERVICES = (
    entry("service-defaults", "a1", 'Protocol = "http"'),
    entry("service-defaults", "g1", 'Protocol = "grpc"'),
)
NOT_ACCEPTED = "failed to bind route to gateway agw: route has not been accepted"
NO_HOSTNAME = (
    "failed to bind route to gateway agw: listener h1 is does not have any hostnames that match the route"
)


def parents(*sections: str, gateway: str = "agw") -> str:
    return ", ".join(f'{{ Name = "{gateway}" SectionName = "{section}" }}' for section in sections)


def http(name: str, services: str, sections: str = "", hosts: str = "") -> str:
    """An http-route; services and hosts are words, `-` is a rule without services."""
    listed = ", ".join(f'{{ Name = "{each}" }}' for each in services.split() if each != "-")
    names = ", ".join(f'"{each}"' for each in hosts.split())
    rules = f"Rules = [{{ Services = [{listed}] }}]" if services else ""
    named = parents(*sections.split(","))
    return entry("http-route", name, f"Hostnames = [{names}]\n{rules}\nParents = [{named}]")


def tcp(name: str, service: str, section: str = "") -> str:
    return entry("tcp-route", name, f'Services = [{{ Name = "{service}" }}]\nParents = [{parents(section)}]')


def bound(folder: Path, *texts: str, gateway: str = AGW, **said) -> BoundGateway:
    files = {f"dc1/{number:02}.hcl": text for number, text in enumerate((gateway, *SERVICES, *texts))}
    mesh = mesh_of(folder, files, **said)
    home = mesh.datacenters["dc1"]
    found = home.entries.find("api-gateway", ServiceKey("default", "default", "agw"))
    assert isinstance(found, APIGateway)
    return bound_gateway(mesh, home, found)


def routes(found: BoundGateway) -> dict[str, list[str]]:
    """The names of the routes on each listener that has some."""
    return {
        listener.settings.name: [route.name for route in listener.routes]
        for listener in found.listeners
        if listener.routes
    }


AX_14 = [
    pytest.param(
        [http("r2", "a1", "h2,t1")],
        {"h2": ["r2"]},
        ["failed to bind route r2 to gateway agw: listener t1 is not a http listener"],
        id="a section of another protocol",
    ),
    pytest.param(
        [http("r", "a1", "h1", hosts="nomatch.com")],
        {},
        [NO_HOSTNAME],
        id="hostnames that do not match",
    ),
    pytest.param(
        [http("r4", "a1", "nosuch")],
        {},
        ["failed to bind route r4 to gateway agw with listener 'nosuch'"],
        id="an unknown section",
    ),
    pytest.param([http("r", "tcpa", "h1")], {}, [NOT_ACCEPTED], id="a service of another protocol"),
    pytest.param([http("r", "g1", "h1")], {}, [NOT_ACCEPTED], id="grpc"),  # AE-03
    pytest.param([http("r", "a1 g1", "h1")], {}, [NOT_ACCEPTED], id="the last service decides"),
    pytest.param([http("r", "", "h1")], {}, [NOT_ACCEPTED], id="no rules"),
    pytest.param([http("r", "-", "h1")], {}, [NOT_ACCEPTED], id="a rule without services"),
    pytest.param([http("r", "tcpa a1", "h1")], {"h1": ["r"]}, [], id="the last service rescues"),
    pytest.param(
        [tcp("t3", "tcpb", "h1")],
        {},
        ["failed to bind route t3 to gateway agw: listener h1 is not a tcp listener"],
        id="tcp on http",
    ),
    pytest.param(
        [tcp("t1", "tcpa"), tcp("t2", "tcpb")],
        {"t1": ["t1", "t2"]},
        ["TCP-based listeners currently only support binding a single route"],
        id="two routes on tcp",
    ),
    pytest.param(
        [http("r", "a1", hosts="a.com")],
        {"h2": ["r"]},
        [NO_HOSTNAME],
        id="AE-05: bound here, and not there",
    ),
    pytest.param([http("r", "a1", "h1,h2")], {"h1": ["r"], "h2": ["r"]}, [], id="AE-08"),
    pytest.param([http("r", "a1")], {"h1": ["r"], "h2": ["r"]}, [], id="no section, no hostname"),
    pytest.param(
        [http("b", "a1"), http("A", "a1"), tcp("0", "tcpa")],
        {"h1": ["A", "b"], "t1": ["0"], "h2": ["A", "b"]},
        [],
        id="AE-04",
    ),
    pytest.param(
        [http("r", "a1").replace('"agw"', '"other"')], {}, [], id="another gateway is none of its business"
    ),
]


@pytest.mark.parametrize(("texts", "expected", "said"), AX_14)
def test_routes(texts: list[str], expected: dict[str, list[str]], said: list[str], tmp_path: Path) -> None:
    found = bound(tmp_path, *texts)
    assert found.accepted
    assert routes(found) == expected
    assert [condition.message for condition in found.conditions] == said
    assert all(condition.entry.locate(condition.at) is not None for condition in found.conditions)


def test_only_a_tcp_listener_conflicts(tmp_path: Path) -> None:  # AE-07
    found = bound(tmp_path, *(http(name, "a1") for name in "ab"), *(tcp(name, "t") for name in "cd"))
    assert {listener.settings.name for listener in found.listeners if listener.conflicted} == {"t1"}


ACCEPTED = [
    (http("r", "a1"), None),
    (http("r", "tcpa"), ("InvalidDiscoveryChain", ("Rules", 0, "Services", 0))),
    (http("r", "a1 tcpa"), ("InvalidDiscoveryChain", ("Rules", 0, "Services", 1))),
    (http("r", ""), ("NoUpstreamServicesTargeted", ())),
    (tcp("r", "tcpa"), None),
    (tcp("r", "a1"), ("InvalidDiscoveryChain", ("Services", 0))),
    (entry("tcp-route", "r"), ("NoUpstreamServicesTargeted", ())),
]


@pytest.mark.parametrize(("text", "expected"), ACCEPTED)
def test_acceptance(text: str, expected: tuple[str, tuple[str | int, ...]] | None, tmp_path: Path) -> None:
    files = {f"dc1/{number}.hcl": each for number, each in enumerate((text, *SERVICES))}
    mesh = mesh_of(tmp_path, files)
    home = mesh.datacenters["dc1"]
    (route,) = routes_in_order(home)
    condition = route_condition(mesh, home, route)
    assert (condition and (condition.reason, condition.at)) == expected


CERTIFICATES = 'TLS { Certificates = [{ Name = "one" }, { Kind = "file-system-certificate", Name = "two" }] }'
TWO = 'Kind = "file-system-certificate"\nName = "two"\nCertificate = "/c"\nPrivateKey = "/k"\n'


def one() -> str:
    chain, key = self_signed("one.com")
    texts = f"Certificate = <<EOF\n{chain}EOF\nPrivateKey = <<EOF\n{key}EOF"
    return entry("inline-certificate", "one", texts)


@pytest.mark.parametrize(
    ("texts", "expected", "said"),
    [
        ((one(), TWO), ["one", "two"], []),
        ((TWO,), ["two"], ['certificate "one" not found']),
        ((one(),), ["one"], ['certificate "two" not found']),
    ],
)
def test_certificates(texts: tuple[str, ...], expected: list[str], said: list[str], tmp_path: Path) -> None:
    gateway = AGW.replace('"tcp"', f'"tcp" {CERTIFICATES}')
    found = bound(tmp_path, *texts, http("r", "a1", "h2"), gateway=gateway)
    assert [each.name for each in found.listeners[1].certificates] == expected
    assert found.accepted == (not said)
    assert bool(routes(found)) == found.accepted  # AE-01: also on listeners without certificates
    refused = ["failed to bind route to gateway agw: gateway has not been accepted"] * bool(said)
    assert [condition.message for condition in found.conditions] == [*said, *refused]


JWT = 'Filters { JWT { Providers = [{ Name = "okta" }] } }'
OKTA = 'Kind = "jwt-provider"\nName = "okta"\nJSONWebKeySet { Local { Filename = "/k" } }\n'


@pytest.mark.parametrize(("texts", "expected"), [((), {}), ((OKTA,), {"h2": ["r"]})])
def test_a_route_whose_provider_is_missing(
    texts: tuple[str, ...], expected: dict[str, list[str]], tmp_path: Path
) -> None:  # AE-53
    files = {
        f"dc1/default/{number}.hcl": text
        for number, text in enumerate(
            (AGW, *SERVICES, http("r", "a1", "h2").replace("Services", f"{JWT} Services"), *texts)
        )
    }
    mesh = mesh_of(tmp_path, files, edition="enterprise")
    home = mesh.datacenters["dc1"]
    found = home.entries.find("api-gateway", ServiceKey("default", "default", "agw"))
    assert isinstance(found, APIGateway)
    assert routes(bound_gateway(mesh, home, found)) == expected
