"""What holds for every terminating gateway, whatever stands in its tree (envoy-other-gateways.md 2)."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from terminating_trees import destination, entry, gateway, instances, links, meta
from trees import mesh_of, proxy

from meshgw.commands.rendering import Rendered, Target, errors, render_all
from meshgw.envoy.faults import failed
from meshgw.envoy.resources import Resources

NAMES = ("a", "b", "c")
ROWS = ("10.1.1.1:80", "10.1.1.2:80", "h.example:80", "10.1.1.3:80 connect { native = true }")
RESOLVERS = (
    "",
    'Subsets = { v1 = { Filter = "Service.Meta.v == 1" }, v2 = {} }',
    'DefaultSubset = "v1"\nSubsets = { v1 = { Filter = "Service.Meta.v == 1" OnlyPassing = true } }',
    'ConnectTimeout = "1s"\nRequestTimeout = "2s"',
    'LoadBalancer { Policy = "maglev" HashPolicies = [{ SourceIP = true }] }',
)
OPTIONS = (
    "envoy_gateway_no_default_bind",
    "envoy_gateway_bind_tagged_addresses",
    "envoy_gateway_bind_addresses",
    "envoy_dns_discovery_type",
    "connect_timeout_ms",
    "envoy_gateway_remote_tcp_enable_keepalive",
    "envoy_gateway_remote_tcp_keepalive_time",
    "xds_fetch_timeout_ms",
    "envoy_listener_tracing_json",
    "protocol",
)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str]:
    """Services a, b and c, each with instances, a destination or nothing; some linked, some by `*`."""
    files = {"gw": gateway()}
    for name in NAMES:
        rows = draw(st.lists(st.sampled_from(ROWS), max_size=3))
        files[name] = instances(name, *(f"{row} {meta(v='1')}" for row in rows))
        speaks = draw(st.sampled_from(("", "tcp", "http", "http2", "grpc")))
        if draw(st.booleans()):
            files[f"{name}-own"] = destination(
                name, 443, "::1", f"{name}.example.com", speaks=speaks or "tcp"
            )
        elif speaks:
            files[f"{name}-own"] = entry("service-defaults", name, f'Protocol = "{speaks}"')
        files[f"{name}-resolver"] = entry("service-resolver", name, draw(st.sampled_from(RESOLVERS)))
    wanted = draw(st.lists(st.sampled_from((*NAMES, "missing", "*")), unique=True))
    settings = draw(st.sampled_from(("", 'CAFile = "ca.pem"', 'CAFile = "ca.pem" SNI = "x"')))
    files["entry"] = links(*(f'Name = "{name}" {settings}' for name in wanted))
    return files


def rendered(files: dict[str, str]) -> Rendered:
    with tempfile.TemporaryDirectory() as folder:
        mesh = mesh_of(Path(folder), {f"dc1/{name}": text for name, text in files.items()})
        (found,) = render_all(mesh, [proxy(mesh, "terminating-gateway")], Target(name="static"))
        return found


def called(found: Resources) -> list[dict[str, Any]]:
    """The filter chains of all listeners but the last of each."""
    return [chain for listener in found.listeners.values() for chain in listener["filterChains"][:-1]]


@given(trees())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_resources_fit_together(files: dict[str, str]) -> None:
    made = rendered({f"{name}.hcl": text for name, text in files.items()})
    found = made.resources
    assert not errors(made.faults)
    assert made.proxy is not None
    names = [name for chain in called(found) for name in chain["filterChainMatch"]["serverNames"]]
    assert sorted(names) == names == sorted(found.clusters)
    for chain, name in zip(called(found), names, strict=True):
        last = chain["filters"][-1]["typedConfig"]
        if "rds" in last:
            assert last["rds"]["routeConfigName"] == name
            (host,) = found.routes[name]["virtualHosts"]
            assert [route["route"]["cluster"] for route in host["routes"]] == [name]
        else:
            assert last["cluster"] == name
            assert name not in found.routes
    for name, body in found.clusters.items():
        assert ("loadAssignment" in body) == (body["type"] != "EDS")
        assert body["type"] == "EDS" or name not in found.endpoints
    # A subset without host names of a service with some is the one that waits for endpoints (TE-24).
    waiting = {
        name for name, body in found.clusters.items() if body["type"] == "EDS"
    } - found.endpoints.keys()
    assert all(name.startswith(("v1.", "v2.")) for name in waiting)
    services = {file.path.split("/")[-2] for file in made.proxy.certificates if file.kind == "certificate"}
    assert services == {name.removesuffix(".default.dc1.internal.t.consul").split(".")[-1] for name in names}


VALUES = st.recursive(
    st.booleans() | st.integers(-5, 70000) | st.text(st.characters(codec="ascii"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(("address", "port", "x")), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(OPTIONS), VALUES, max_size=4))
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_no_option_stops_a_gateway_without_a_word(options: dict[str, Any]) -> None:
    service = {
        "Name": "terminating-gateway",
        "Kind": "terminating-gateway",
        "Port": 8443,
        "Proxy": {"Config": options},
    }
    files = {
        "gw.json": json.dumps({"service": service}),
        "entry.hcl": links("a"),
        "a.hcl": instances("a", "10.1.1.1:80", "h.example:80"),
    }
    made = rendered(files)
    assert made.proxy is not None or failed(made.faults)
    json.dumps([dict(made.resources.of_type(kind)) for kind in ("listeners", "clusters")], allow_nan=False)
