"""The targets `static` and `files` with small resources, and what Envoy says to them."""

import http.client as http_client
import json
from pathlib import Path
from typing import Any

import pytest
from harness import envoys
from harness.ca import CertificateAuthority, certificates_from_index, self_signed
from harness.loopback import Loopback
from harness.polling import wait_for
from harness.samples import TYPES

from meshgw.diagnostics.model import Severity
from meshgw.envoy.bootstrap import bootstrap
from meshgw.envoy.bootstrap_input import BootstrapInput, BootstrapOptions
from meshgw.envoy.certificates import CertificatePaths, InlineCertificate, LinkedLeaf, certificate_paths
from meshgw.envoy.files import files_config
from meshgw.envoy.resources import Resource, ResourceOrigin, Resources
from meshgw.envoy.standalone import Target
from meshgw.envoy.static import static_config
from meshgw.output.folders import ProxyIdentity
from meshgw.output.tree import RenderedProxy, rendered_tree, write_tree

TD = "11111111-2222-3333-4444-555555555555.consul"
ADS = {"ads": {}, "resourceApiVersion": "V3"}
FOLDER = "dc1/default/web"
PATHS = certificate_paths(
    cert_dir="certs",
    folder=FOLDER,
    trust_domain=TD,
    spiffe_id=f"spiffe://{TD}/ns/default/dc/dc1/svc/web",
    peers={"east": "east.consul"},
)


def bootstrapped(**config: str) -> dict[str, Any]:
    options = BootstrapOptions(grpc_addr="127.0.0.1:8502", token_placeholder="TOKEN")
    found = bootstrap(
        BootstrapInput(kind="connect-proxy", proxy_id="web", service="web", config=config, options=options)
    )
    assert found.document
    return found.document


def resources(**kinds: list[dict[str, Any]]) -> Resources:
    return Resources.of(
        Resource(kind, body.get("name") or body["clusterName"], body, ResourceOrigin("test"))
        for kind, bodies in kinds.items()
        for body in bodies
    )


def static(served: Resources, paths: CertificatePaths = PATHS, **config: str) -> Target:
    return static_config(bootstrapped(**config), served, paths)


def rules(found: Target) -> list[str]:
    return [fault.rule for fault in found.faults]


def eds(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "type": "EDS",
        "edsClusterConfig": {"edsConfig": ADS},
        "connectTimeout": "5s",
        **more,
    }


def endpoints(name: str, *hosts: str) -> dict[str, Any]:
    addresses = [{"endpoint": {"address": socket(host, 80)}} for host in hosts]
    return {"clusterName": name, "endpoints": [{"lbEndpoints": addresses}]}


def socket(host: str, port: int) -> dict[str, Any]:
    return {"socketAddress": {"address": host, "portValue": port}}


def listener(
    name: str, *chains: dict[str, Any], port: int = 10000, host: str = "127.0.0.1"
) -> dict[str, Any]:
    return {"name": name, "address": socket(host, port), "filterChains": list(chains)}


def tcp(cluster: str, **more: Any) -> dict[str, Any]:
    config = {"@type": f"type.googleapis.com/{TCP}", "statPrefix": "x", "cluster": cluster}
    return {"filters": [{"name": "envoy.filters.network.tcp_proxy", "typedConfig": config}], **more}


def http(**routes: Any) -> dict[str, Any]:
    router = {"name": "router", "typedConfig": {"@type": f"{TYPES}.filters.http.router.v3.Router"}}
    config = {"@type": f"{TYPES}.{HTTP}", "statPrefix": "x", "httpFilters": [router], **routes}
    return {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typedConfig": config}]}


def for_names(*names: str) -> dict[str, Any]:
    """A listener with a filter chain for each server name."""
    chains = [tcp("x", filterChainMatch={"serverNames": [name]}) for name in names]
    return {"listeners": [listener("a", *chains)]}


TCP = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
HTTP = "filters.network.http_connection_manager.v3.HttpConnectionManager"
RDS = {"rds": {"configSource": ADS, "routeConfigName": "api"}}


def leads_to(cluster: str) -> list[dict[str, Any]]:
    route = {"match": {"prefix": "/"}, "route": {"cluster": cluster}}
    return [{"name": "api", "domains": ["*"], "routes": [route]}]


def tls(common: dict[str, Any]) -> dict[str, Any]:
    kind = f"{TYPES}.transport_sockets.tls.v3.DownstreamTlsContext"
    return {"transportSocket": {"name": "tls", "typedConfig": {"@type": kind, "commonTlsContext": common}}}


def leaf(root: str = "<root>") -> dict[str, Any]:
    return {
        "tlsCertificates": [
            {
                "certificateChain": {"inlineString": "<leaf cert>"},
                "privateKey": {"inlineString": "<leaf key>"},
            }
        ],
        "validationContext": {"trustedCa": {"inlineString": root}},
    }


def sds(name: str) -> dict[str, Any]:
    return {"tlsCertificateSdsSecretConfigs": [{"name": name, "sdsConfig": ADS}]}


def write(found: Target, folder: Path) -> list[CertificateAuthority]:
    """Render a target into `out`, and its certificates into `certs`."""
    identity = ProxyIdentity("dc1", "default", "default", "node-1", "web")
    proxy = RenderedProxy(
        identity=identity, kind="connect-proxy", files=found.files, certificates=found.certificates
    )
    files = rendered_tree([proxy], {identity: FOLDER}, target="static", cert_dir="certs")
    write_tree(folder / "out", files)
    return certificates_from_index(folder / "out", folder / "certs")


# --- static ---


def test_static_needs_nobody(tmp_path):
    served = resources(
        listeners=[listener("public", tcp("api", **tls(leaf()))), listener("up", http(**RDS), port=10001)],
        clusters=[eds("api"), eds("none"), eds("named")],
        endpoints=[endpoints("api", "10.0.0.1"), endpoints("named", "api.example.com")],
        routes=[{"name": "api", "virtualHosts": leads_to("not-there")}],
    )
    found = static(served)
    assert rules(found) == []
    config = found.files["envoy.json"]
    assert "dynamic_resources" not in config
    text = json.dumps(config)
    assert not any(word in text for word in ("ads", "local_agent", "TOKEN", "<leaf", "<root"))
    clusters = {cluster["name"]: cluster for cluster in config["static_resources"]["clusters"]}
    assert [clusters[name]["type"] for name in ("api", "none", "named")] == ["STATIC", "STATIC", "STRICT_DNS"]
    assert clusters["api"]["loadAssignment"] == endpoints("api", "10.0.0.1")
    assert clusters["none"]["loadAssignment"] == {"clusterName": "none"}
    manager = config["static_resources"]["listeners"][1]["filterChains"][0]["filters"][0]["typedConfig"]
    assert manager["routeConfig"]["validate_clusters"] is False
    assert [file.path for file in found.certificates] == [
        f"{FOLDER}/cert.pem",
        f"{FOLDER}/key.pem",
        f"roots/{TD}.pem",
    ]
    write(found, tmp_path)
    assert envoys.validate(config, tmp_path) == []


def test_the_agent_stays_where_it_is_meant():
    extra = json.dumps({"name": "envoy.stat_sinks.x", "typed_config": {"cluster_name": "local_agent"}})
    found = static(resources(), envoy_extra_stats_sinks_json=extra)
    assert "local_agent" in json.dumps(found.files)


def test_what_is_given_is_not_changed():
    given = bootstrapped()
    served = resources(clusters=[eds("api")], listeners=[listener("public", http(**RDS))])
    before = json.dumps([given, served.clusters["api"], served.listeners["public"]])
    static_config(given, served, PATHS)
    files_config(given, served, PATHS)
    assert json.dumps([given, served.clusters["api"], served.listeners["public"]]) == before


def test_leaf_of_each_service_of_a_terminating_gateway():
    services = [
        LinkedLeaf(
            namespace="default",
            service=name,
            spiffe_id=f"spiffe://{TD}/ns/default/dc/dc1/svc/{name}",
            server_names=(f"{name}.sni", f"v1.{name}.sni"),
        )
        for name in ("a/b", "mail")
    ]
    paths = certificate_paths(
        cert_dir="/etc/certs/", folder=FOLDER, trust_domain=TD, spiffe_id=None, linked=services
    )
    chains = [
        tcp("x", filterChainMatch={"serverNames": [name]}, **tls(leaf()))
        for name in ("v1.mail.sni", "a/b.sni", "unknown.sni")
    ]
    found = static(resources(listeners=[listener("default", *chains)]), paths)
    assert [file.path for file in found.certificates if file.kind == "certificate"] == [
        f"{FOLDER}/services/default/a%2Fb/cert.pem",
        f"{FOLDER}/services/default/mail/cert.pem",
    ]
    assert '"/etc/certs/dc1/default/web/services/default/mail/key.pem"' in json.dumps(found.files)
    assert rules(found) == [
        "certificate-unknown",
        "certificate-unknown",
    ]  # of `unknown.sni`


def test_roots_of_peers_and_private_keys(tmp_path):
    chain, key = self_signed("shop.example.com")
    certificate = InlineCertificate(
        datacenter="dc1", partition="default", namespace="default", name="shop", chain=chain
    )
    paths = certificate_paths(
        cert_dir="certs",
        folder=FOLDER,
        trust_domain=TD,
        spiffe_id=None,
        peers={"east": "east.consul"},
        inline=[certificate],
    )
    pair = {"certificateChain": {"inlineString": chain}, "privateKey": {"inlineString": "<private key>"}}
    common = {
        "tlsCertificates": [pair],
        "validationContext": {"trustedCa": {"inlineString": "<root of east><root of east>"}},
    }
    found = static(resources(listeners=[listener("shop", tcp("x", **tls(common)))]), paths)
    assert rules(found) == []
    assert [file.path for file in found.certificates] == [
        "inline/dc1/default/default/shop.key",
        "roots/east.consul.pem",
    ]
    for path, text in (("inline/dc1/default/default/shop.key", key), ("roots/east.consul.pem", chain)):
        (tmp_path / "certs" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "certs" / path).write_text(text)
    assert envoys.validate(found.files["envoy.json"], tmp_path) == []


@pytest.mark.parametrize("text", ["<root of west>", "<root><root of east>x", "<root of east><root of west>"])
def test_roots_that_no_file_is_known_for(text):
    found = static(resources(listeners=[listener("a", tcp("x", **tls(leaf(text))))]))
    placeholder = text == "<root of west>"
    assert rules(found) == (["certificate-unknown"] if placeholder else [])
    assert text in json.dumps(found.files)


def test_secrets_from_consul(tmp_path):
    chain, key = self_signed("a.example.com")
    (tmp_path / "a.pem").write_text(chain)
    (tmp_path / "a.key").write_text(key)
    secret = {"certificateChain": {"filename": "a.pem"}, "privateKey": {"filename": "a.key"}}
    served = resources(
        listeners=[listener("a", tcp("x", **tls(sds("a"))))],
        secrets=[{"name": "a", "tlsCertificate": secret}, {"name": "unused", "tlsCertificate": secret}],
    )
    found = static(served)
    assert [found["name"] for found in found.files["envoy.json"]["static_resources"]["secrets"]] == ["a"]
    assert found.other_files == ("a.key", "a.pem")
    assert rules(found) == []
    assert envoys.validate(found.files["envoy.json"], tmp_path) == []


EXTRA = json.dumps({"name": "x", "type": "STATIC", "connect_timeout": "1s"})
LONG = "999999999999s"
SELF = {"envoy_prometheus_bind_addr": "127.0.0.1:9102"}
A = listener("a", tcp("x"))


def chained(chain: dict[str, Any]) -> dict[str, Any]:
    return {"listeners": [listener("a", chain)]}


def inline_routes(cluster: str, **more: Any) -> dict[str, Any]:
    return chained(http(routeConfig={"virtualHosts": leads_to(cluster), **more}))


def own_sds(cluster: str) -> dict[str, Any]:
    service = {"envoyGrpc": {"clusterName": cluster} if cluster else {}}
    source = {"apiType": "GRPC", "transportApiVersion": "V3", "grpcServices": [service]}
    secret = {"name": "a", "sdsConfig": {"apiConfigSource": source, "resourceApiVersion": "V3"}}
    return chained(tcp("x", **tls({"tlsCertificateSdsSecretConfigs": [secret]})))


@pytest.mark.parametrize(
    ("served", "config", "rule"),
    [
        ({"listeners": [A, listener("b", tcp("x"))]}, {}, "listener-address-in-use"),
        (
            {"listeners": [listener("a", tcp("x"), host="::1"), listener("b", tcp("x"), host="0:0::1")]},
            {},
            "listener-address-in-use",
        ),
        ({"listeners": [listener("a", tcp("x"), port=9102)]}, SELF, "listener-address-in-use"),
        ({"listeners": [listener("a", tcp("x"), host="gw.example.com")]}, {}, "listener-on-host-name"),
        ({"listeners": [{"name": "a", "filterChains": [tcp("x")]}]}, {}, "listener-without-address"),
        ({"listeners": [listener("a")]}, {}, "listener-without-filter-chains"),
        (inline_routes("not-there"), {}, "route-to-missing-cluster"),
        (chained(tcp("x", **tls(sds("none")))), {}, "secret-missing"),
        ({"clusters": [{"name": "a", "connectTimeout": LONG}]}, {}, "duration-out-of-range"),
        ({"clusters": [{"name": "a", "connectTimeout": "0s"}]}, {}, "connect-timeout-zero"),
        (for_names("db", "db"), {}, "filter-chains-alike"),
        (own_sds(""), {}, "sds-cluster-unnamed"),
    ],
)
def test_what_envoy_refuses_is_said(served, config, rule, tmp_path):
    found = static(resources(**served), **config)
    assert [(fault.rule, fault.severity) for fault in found.faults] == [(rule, Severity.ERROR)]
    assert envoys.validate(found.files["envoy.json"], tmp_path)


@pytest.mark.parametrize(
    ("served", "config", "expected"),
    [
        # The bootstrap's own stays, as it does with a control plane.
        ({"clusters": [eds("x")]}, {"envoy_extra_static_clusters_json": EXTRA}, ["hidden-by-bootstrap"]),
        (chained(http(**RDS)), {}, ["route-missing"]),
        ({"listeners": [listener("a", tcp("x"), port=0), listener("b", tcp("x"), port=0)]}, {}, []),
        ({"listeners": [A, listener("b", tcp("x"), host="127.0.0.2")]}, {}, []),
        ({"clusters": [{"name": "a", "connectTimeout": "0.001s"}]}, {}, []),
        (for_names("db", "cache"), {}, []),
        (inline_routes("x", validateClusters=False), {}, []),
        (inline_routes("x") | {"clusters": [eds("x")]}, {}, []),
        (own_sds("sds"), {}, ["sds-cluster-missing"]),
        (own_sds("x"), {"envoy_extra_static_clusters_json": EXTRA}, []),
    ],
)
def test_what_envoy_takes(served, config, expected, tmp_path):
    found = static(resources(**served), **config)
    assert rules(found) == expected
    assert all(fault.severity is Severity.WARNING for fault in found.faults)
    assert envoys.validate(found.files["envoy.json"], tmp_path) == []


def test_what_only_a_control_plane_can_answer():
    extension = {"name": "x", "configDiscovery": {"configSource": ADS, "typeUrls": ["x"]}}
    found = static(resources(listeners=[listener("a", http(httpFilters=[extension]))]))
    assert rules(found) == ["needs-control-plane"]
    deep: Any = {}
    for _ in range(5000):
        deep = {"x": deep}
    found = static(resources(clusters=[{"name": "deep", "metadata": deep}]))
    assert rules(found) == ["nested-too-deeply"]


# --- files ---


def test_files_are_read_and_watched(tmp_path, loopback: Loopback):
    served = resources(
        listeners=[listener("public", tcp("api", **tls(leaf()))), listener("up", http(**RDS), port=10001)],
        clusters=[eds("api:v1"), eds("none"), eds("named")],
        endpoints=[endpoints("api:v1", "10.0.0.1"), endpoints("named", "localhost")],
        routes=[{"name": "api", "virtualHosts": leads_to("not-there")}],
    )

    def render(served: Resources) -> Target:
        found = files_config(bootstrapped(), served, PATHS, folder=f"out/{FOLDER}")
        assert rules(found) == []
        moved = {name: loopback.moved(content, proxy="web") for name, content in found.files.items()}
        return Target(files=moved, certificates=found.certificates)

    found = render(served)
    assert list(found.files) == [
        "eds/api%3Av1.json",
        "eds/none.json",
        "rds/api.json",
        "cds.json",
        "lds.json",
        "envoy.json",
    ]
    write(found, tmp_path)
    envoy = envoys.Envoy("envoy", found.files["envoy.json"], tmp_path / "run", cwd=tmp_path)
    envoy.start()
    try:
        envoy.wait_ready()
        assert wait_for(lambda: members(envoy, "api:v1") == 1 or None, seconds=20), envoy.log_tail()
        assert members(envoy, "none") == 0
        more = Resources(
            listeners=served.listeners,
            clusters=served.clusters,
            routes=served.routes,
            endpoints=served.endpoints | {"api:v1": endpoints("api:v1", "10.0.0.1", "10.0.0.2")},
        )
        write(render(more), tmp_path)
        assert wait_for(lambda: members(envoy, "api:v1") == 2 or None, seconds=20), envoy.log_tail()
    finally:
        envoy.stop()


def members(envoy: envoys.Envoy, cluster: str) -> int | None:
    connection = http_client.HTTPConnection(envoy._admin.read_text(), timeout=20)
    connection.request("GET", "/clusters?format=json")
    found = json.loads(connection.getresponse().read()).get("cluster_statuses", [])
    connection.close()
    return next((len(one.get("host_statuses", [])) for one in found if one["name"] == cluster), None)


@pytest.mark.parametrize(("folder", "path"), [("", "./lds.json"), (".", "./lds.json"), ("/o", "/o/lds.json")])
def test_where_files_are_looked_for(folder, path):
    found = files_config(bootstrapped(), resources(), PATHS, folder=folder)
    source = found.files["envoy.json"]["dynamic_resources"]["lds_config"]
    assert source == {"resource_api_version": "V3", "path_config_source": {"path": path}}
    assert found.files["lds.json"] == {"version_info": "1", "resources": []}


def test_secrets_are_files_too():
    secret = {"name": "a", "tlsCertificate": {"certificateChain": {"filename": "a.pem"}}}
    served = resources(listeners=[listener("a", tcp("x", **tls(sds("a"))))], secrets=[secret])
    found = files_config(bootstrapped(), served, PATHS)
    assert found.files["sds/a.json"]["resources"][0]["name"] == "a"
    assert found.other_files == ("a.pem",)
