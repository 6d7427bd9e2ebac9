"""What is said about ingress gateways of a mesh, and when nothing is."""

from pathlib import Path

import pytest

from meshgw.analysis.validate import validate_tree
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions

PROJECT = "edition: community\nacl: { enabled: false }\n"
CLIENTS = f"{PROJECT}registered_with: client\n"
HTTP = 'Kind = "proxy-defaults"\nName = "global"\nConfig { protocol = "http" }\n'
GATEWAY = 'service { name = "edge" kind = "ingress-gateway" port = 8888 proxy { config { %s } } }'
CLUSTER = r'envoy_extra_static_clusters_json = "{\"name\": \"sds\"}"'
TO_PEER = 'Kind = "service-resolver"\nName = "db"\nRedirect { Service = "db" Peer = "east" }\n'
PEERING = (
    f"{PROJECT}peerings:\n  - {{ name: east, trust_domain: e.consul, "
    "exports: [{ name: db, protocol: http, gateways: [{ address: 198.51.100.7, port: 8443 }] }] }\n"
)
OVER = 'Kind = "service-resolver"\nName = "db"\nFailover = { "*" = { Service = "db-copy" } }\n'
REDIRECT = 'Kind = "service-resolver"\nName = "db"\nRedirect { Service = "db-copy" }\n'


def edge(services: str, more: str = "", protocol: str = "tcp") -> str:
    listener = f'{{ Port = 8080, Protocol = "{protocol}", Services = [{services}] }}'
    return f'Kind = "ingress-gateway"\nName = "edge"\n{more}\nListeners = [{listener}]\n'


DB = '{ Name = "db" }'
LIMITED = '{ Name = "db", MaxConnections = 9 }'
CHECKED = "Defaults { PassiveHealthCheck { MaxFailures = 3 %s } }"
SDS = 'TLS { SDS { ClusterName = "sds" CertResource = "c" } }'
OF_SERVICE = '{ Name = "db", Hosts = ["d.com"], TLS { SDS { ClusterName = "%s" CertResource = "c" } } }'

CASES = [
    pytest.param([edge(DB), TO_PEER], PEERING, {"ingress-peer-on-tcp"}, id="W08"),
    pytest.param([edge(DB, protocol="http"), HTTP, TO_PEER], PEERING, set(), id="W08, by requests"),
    pytest.param([edge(DB), REDIRECT], PROJECT, set(), id="W08, another service"),
    pytest.param([edge(LIMITED), OVER], PROJECT, {"ingress-limits-with-failover"}, id="W13"),
    pytest.param(
        [edge(DB, "Defaults { MaxPendingRequests = 1 }"), OVER],
        PROJECT,
        {"ingress-limits-with-failover"},
        id="W13, by default",
    ),
    pytest.param([edge('{ Name = "db", MaxConnections = 0 }'), OVER], PROJECT, set(), id="W13, 0"),
    pytest.param([edge(LIMITED), REDIRECT], PROJECT, set(), id="W13, no failover"),
    pytest.param([edge(DB, CHECKED % "")], PROJECT, {"ingress-ejects-nobody"}, id="W02"),
    pytest.param([edge(DB, CHECKED % "MaxEjectionPercent = 0")], PROJECT, set(), id="W02, written"),
    pytest.param([edge(DB, CHECKED % "")], CLIENTS, set(), id="W02, on clients"),
    pytest.param([GATEWAY % "", edge(DB, SDS)], PROJECT, {"ingress-sds-cluster-undefined"}, id="W10"),
    pytest.param([edge(DB, SDS)], PROJECT, set(), id="W10, no gateway"),
    pytest.param([GATEWAY % CLUSTER, edge(DB, SDS)], PROJECT, set(), id="W10, there"),
    pytest.param(
        [GATEWAY % 'envoy_bootstrap_json_tpl = "{}"', edge(DB, SDS)], PROJECT, set(), id="W10, own bootstrap"
    ),
    pytest.param(
        [GATEWAY % CLUSTER, HTTP, edge(OF_SERVICE % "other", protocol="http")],
        PROJECT,
        {"ingress-sds-cluster-undefined"},
        id="W10, of a service",
    ),
    pytest.param(
        [GATEWAY % CLUSTER, HTTP, edge(OF_SERVICE % "sds", protocol="http")],
        PROJECT,
        set(),
        id="W10, of a service, there",
    ),
]


@pytest.mark.parametrize(("texts", "project", "expected"), CASES)
def test_findings(texts: list[str], project: str, expected: set[str], tmp_path: Path) -> None:
    (tmp_path / "meshgw.yaml").write_text(project)
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.hcl").write_text(text)
    report = validate_tree(load_tree((str(tmp_path),), LoadOptions()))
    assert report.accepted
    named = {found.rule for found in report.diagnostics if found.rule.startswith("ingress-")}
    assert named == expected
