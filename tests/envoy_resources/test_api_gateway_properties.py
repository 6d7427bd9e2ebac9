"""What holds for the resources of every API gateway, whatever its routes and their services' entries are."""

import tempfile
from dataclasses import replace
from pathlib import Path

from drawn_trees import NAMES, assert_complete, trees
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sidecar_trees import Tree, entry, mesh_for

from meshgw.envoy.proxies import resources_of
from meshgw.snapshot.proxies import snapshot_of

EDGE = 'service { name = "edge" kind = "api-gateway" port = 9999 }'
PATHS = ("/", "/a", "/ab", "/b")
HOSTS = ("", '"a.com"', '"a.com", "b.com"')


@st.composite
def gateways(draw: st.DrawFn, protocol: str) -> tuple[str, ...]:
    """A gateway with two listeners of a protocol, and routes to some of the services."""
    listeners = [f'{{ Name = "l{port}", Port = {port}, Protocol = "{protocol}" }}' for port in (8080, 8443)]
    gateway = entry("api-gateway", "edge", f"Listeners = [{', '.join(listeners)}]")
    return (gateway, *(draw(_route(protocol, name)) for name in draw(st.sampled_from(("", "r", "rs")))))


@st.composite
def _route(draw: st.DrawFn, protocol: str, name: str) -> str:
    section = draw(st.sampled_from(("", "l8080", "l8443")))
    parents = f'Parents = [{{ Name = "edge" SectionName = "{section}" }}]'
    if protocol == "tcp":
        service = draw(st.sampled_from(NAMES))
        return entry("tcp-route", name, f'Services = [{{ Name = "{service}" }}]\n{parents}')
    rules = []
    for path in draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=3)):
        services = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2))
        listed = ", ".join(f'{{ Name = "{each}" }}' for each in services)
        match = f'Matches = [{{ Path {{ Match = "prefix" Value = "{path}" }} }}]'
        rules.append(f"{{ {match}\n Services = [{listed}] }}")
    hosts = draw(st.sampled_from(HOSTS))
    return entry("http-route", name, f"Hostnames = [{hosts}]\nRules = [{', '.join(rules)}]\n{parents}")


@given(trees(), st.data())
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_resources_refer_only_to_resources_that_exist(case: Tree, data: st.DataObject) -> None:
    (protocol,) = [name for name in ("tcp", "http", "grpc") if f'protocol = "{name}"' in case.entries[0]]
    routes = data.draw(gateways("tcp" if protocol == "tcp" else "http"))
    # A service's router leads nowhere here, but keeps its resolver from counting: then a cluster is missing.
    entries = [each for each in case.entries if "service-router" not in each]
    with tempfile.TemporaryDirectory() as folder:
        mesh = mesh_for(replace(case, entries=(*entries, *routes, EDGE)), Path(folder))
        (proxy,) = [each for each in mesh.proxies if each.service.id == "edge"]
        snapshot = snapshot_of(mesh, proxy)
        assert snapshot is not None
        twice = [fault for fault in snapshot.faults if "divides them again" in fault.message]
        assert list(snapshot.faults) == twice  # AE-15
        if not twice:
            assert_complete(resources_of(snapshot))
