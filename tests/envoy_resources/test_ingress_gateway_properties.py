"""What holds for the resources of every ingress gateway, whatever its services' entries are."""

import tempfile
from dataclasses import replace
from pathlib import Path

from drawn_trees import NAMES, assert_complete, trees
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sidecar_trees import Tree, entry, mesh_for

from meshgw.envoy.proxies import resources_of
from meshgw.snapshot.proxies import snapshot_of

EDGE = 'service { name = "edge" kind = "ingress-gateway" port = 9999 }'


@st.composite
def gateways(draw: st.DrawFn, protocol: str) -> str:
    """An entry that leads to some of the services: each on its own port of TCP, or together by host."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    if protocol == "tcp":
        listeners = [
            f'{{ Port = {8000 + number}, Services = [{{ Name = "{name}" }}] }}'
            for number, name in enumerate(names)
        ]
    else:
        services = [f'{{ Name = "{name}", Hosts = ["{name}.example.com"] }}' for name in names]
        services += ['{ Name = "*" }'] if draw(st.booleans()) else []
        listed = ", ".join(draw(st.permutations(services)))
        listeners = [
            f'{{ Port = {port}, Protocol = "{protocol}", Services = [{listed}] }}'
            for port in (8080, 8443)
            if listed
        ]
    checks = 'PassiveHealthCheck { Interval = "5s" }' if draw(st.booleans()) else ""
    return entry("ingress-gateway", "edge", f"Defaults {{ {checks} }}\nListeners = [{', '.join(listeners)}]")


@given(trees(), st.data())
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_resources_refer_only_to_resources_that_exist(case: Tree, data: st.DataObject) -> None:
    (protocol,) = [name for name in ("tcp", "http", "grpc") if f'protocol = "{name}"' in case.entries[0]]
    entries = (*case.entries, data.draw(gateways(protocol)), EDGE)
    with tempfile.TemporaryDirectory() as folder:
        mesh = mesh_for(replace(case, entries=entries), Path(folder))
        (proxy,) = [each for each in mesh.proxies if each.service.id == "edge"]
        snapshot = snapshot_of(mesh, proxy)
        assert snapshot is not None
        assert snapshot.faults == ()
        assert_complete(resources_of(snapshot))
