"""The chain of a service without entries is that of another one with its name."""

from __future__ import annotations

import pytest

from meshgw.chain.collecting import gather
from meshgw.chain.compile import compile_chain, compile_gathered
from meshgw.chain.model import CompileRequest
from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.entries.sameness_group import Member, SamenessGroup
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.entries.service_router import ServiceRouter
from meshgw.entries.service_splitter import ServiceSplitter, Split
from meshgw.mesh.entry_set import EntrySet

TENANCY = {"namespace": "default", "partition": "default"}
GENERAL = ProxyDefaults(name="global", config={"protocol": "http"}, **TENANCY).normalize()


@pytest.mark.parametrize("entries", [(), (GENERAL,)])
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"datacenter": "dc2"},
        {"partition": "team-a", "namespace": "shop", "enterprise": True},
        {"override_mesh_gateway": "local"},
        {"override_protocol": "grpc", "override_connect_timeout": 7},
        {"auto_virtual_ips": ("240.0.0.1",)},
    ],
)
def test_another_name_is_all_that_differs(entries, asked):
    known = EntrySet(entries)
    base = {"datacenter": "dc1", "trust_domain": "t.consul"} | asked
    for name in ("web", "api", "web", "Api"):
        request = CompileRequest(service=name, **base)
        assert compile_chain(request, known) == compile_gathered(request, gather(request, known))


@pytest.mark.parametrize(
    "entry",
    [
        ServiceDefaults(name="api", protocol="grpc", **TENANCY),
        ServiceResolver(name="API", default_subset="v1", **TENANCY),
        ServiceRouter(name="api", **TENANCY),
        ServiceSplitter(name="api", splits=(Split(weight=100, service="web"),), **TENANCY),
        SamenessGroup(
            name="all",
            default_for_failover=True,
            include_local=True,
            members=(Member(peer="east"),),
            **TENANCY,
        ),
    ],
)
def test_a_service_with_entries_is_compiled(entry):
    known = EntrySet([GENERAL, entry])
    for name in ("web", "api"):
        request = CompileRequest(service=name, datacenter="dc1", trust_domain="t.consul")
        assert compile_chain(request, known) == compile_gathered(request, gather(request, known))


def test_entries_of_another_set_do_not_count():
    request = CompileRequest(service="api", datacenter="dc1", trust_domain="t.consul")
    assert compile_chain(request, EntrySet()).protocol == "tcp"
    assert compile_chain(request, EntrySet([GENERAL])).protocol == "http"
