"""Recorded resources, through the targets without a control plane, into a real Envoy.

What Consul served has to load; where Envoy refuses it, the target has to say so beforehand.
"""

import http.client
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from harness import envoys
from harness.ca import CertificateAuthority, self_signed, write_needed
from harness.loopback import Loopback
from harness.polling import wait_for
from harness.wasm import wasm_module

from meshgw.diagnostics.model import Severity
from meshgw.envoy.certificates import CertificatePaths, InlineCertificate, LinkedLeaf, certificate_paths
from meshgw.envoy.files import files_config
from meshgw.envoy.resources import TYPE_URLS, Resource, ResourceOrigin, Resources
from meshgw.envoy.standalone import Target
from meshgw.envoy.static import static_config

ROOT = Path(os.environ.get("MESHGW_CONFORMANCE", Path(__file__).parents[3] / "shared/conformance")) / "xds"
RECORDED = sorted(path.parent for path in ROOT.glob("*/expected/**/bootstrap.json"))
pytestmark = pytest.mark.skipif(not RECORDED, reason=f"no recordings in {ROOT}")


NODE = "10.1.0.1"

# Envoy refuses these, and the target says so.
REFUSED = {
    "ingress-gateway-sds/ingress-gateway": {"sds-cluster-unnamed"},
    "intentions-jwt-remote-keys/api-sidecar-proxy": {"duration-out-of-range"},
}
LISTS = ("listener_manager.lds", "cluster_manager.cds")
BAD = ("update_rejected", "update_failure")


def names() -> list[str]:
    return [path.relative_to(ROOT).as_posix().replace("/expected", "") for path in RECORDED]


CASES = pytest.mark.parametrize(("folder", "name"), list(zip(RECORDED, names(), strict=True)), ids=names())


@CASES
def test_static(folder: Path, name: str, tmp_path: Path) -> None:
    found = rendered(folder, "static", tmp_path)
    assert errors(found) == REFUSED.get(name, set())
    said = envoys.validate(found.files["envoy.json"], tmp_path)
    assert bool(said) == (name in REFUSED), "\n".join(said)


@CASES
def test_files(folder: Path, name: str, tmp_path: Path, loopback: Loopback) -> None:
    found = rendered(folder, "files", tmp_path)
    assert errors(found) == REFUSED.get(name, set())
    for path, content in found.files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        moved = loopback.moved(content, proxy=name, node=NODE)
        (tmp_path / path).write_text(json.dumps(moved))
    config = loopback.moved(found.files["envoy.json"], proxy=name, node=NODE)
    envoy = envoys.Envoy("envoy", config, tmp_path / "run", cwd=tmp_path)
    envoy.start()
    try:
        envoy.wait_ready()
        stats = wait_for(lambda: settled(envoy), seconds=20)
    finally:
        envoy.stop()
    assert stats, envoy.log_tail()
    rejected = {stat: count for stat, count in stats.items() if count and refusal(stat)}
    assert bool(rejected) == (name in REFUSED), envoy.log_tail()
    listeners = len(found.files["lds.json"]["resources"])
    if name not in REFUSED:
        assert stats["listener_manager.total_listeners_active"] >= listeners, envoy.log_tail()


@pytest.fixture
def loopback() -> Any:
    with Loopback() as loopback:
        yield loopback


def settled(envoy: envoys.Envoy) -> dict[str, int] | None:
    """Envoy's counters once it has read its two lists."""
    connection = http.client.HTTPConnection(envoy._admin.read_text(), timeout=20)
    connection.request("GET", "/stats?format=json")
    stats = {
        stat["name"]: stat["value"]
        for stat in json.loads(connection.getresponse().read())["stats"]
        if "name" in stat
    }
    connection.close()
    read = all(any(stats.get(f"{kind}.{result}") for result in ("update_success", *BAD)) for kind in LISTS)
    warming = stats.get("listener_manager.total_listeners_warming", 0)
    return stats if read and not warming else None


def refusal(stat: str) -> bool:
    """Of any resource; a failure alone may be DNS, which is not there."""
    return stat.endswith("update_rejected") or stat in [f"{kind}.update_failure" for kind in LISTS]


def errors(found: Target) -> set[str]:
    return {fault.rule for fault in found.faults if fault.severity is Severity.ERROR}


def rendered(folder: Path, target: str, tmp_path: Path) -> Target:
    """A recording through a target; the certificates it needs are below `tmp_path`, its folder."""
    scenario_folder = next(path for path in folder.parents if path.parent == ROOT)
    scenario = json.loads((scenario_folder / "scenario.json").read_text())
    chain, key = self_signed("shop.example.com")
    resources = Resources.of(
        Resource(kind, name, own_files(body, tmp_path, chain), ResourceOrigin("recorded"))
        for kind in TYPE_URLS
        for name, body in json.loads((folder / f"{kind}.json").read_text()).items()
    )
    bootstrap = json.loads((folder / "bootstrap.json").read_text())
    datacenter = folder.parent.name if folder.parent.name != "expected" else min(scenario["datacenters"])
    domains = {name: value["trust_domain"] for name, value in scenario["datacenters"].items()}
    paths = certificates(datacenter, folder.name, domains, resources, chain)
    render = static_config if target == "static" else files_config
    found = render(bootstrap, resources, paths)
    text = json.dumps(found.files)
    assert not re.search(r"<leaf|<root|<private|\"ads\"|local_agent", text)
    authorities = [CertificateAuthority(domain) for domain in sorted(set(domains.values()))]
    needed = [
        {
            "file": file.path,
            "kind": file.kind,
            "spiffe_ids": file.spiffe_ids,
            "trust_domain": file.trust_domain,
        }
        for file in found.certificates
    ]
    write_needed(tmp_path / "certs", needed, authorities, {"inline/dc1/default/default/shop.key": key})
    write_others(found.other_files, chain, key)
    return found


def certificates(
    datacenter: str, proxy: str, domains: dict[str, str], resources: Resources, chain: str
) -> CertificatePaths:
    domain = domains[datacenter]
    terminating = proxy.startswith("terminating-gateway")
    server_names = {
        name
        for listener in resources.listeners.values()
        for filter_chain in listener.get("filterChains", ())
        for name in filter_chain.get("filterChainMatch", {}).get("serverNames", ())
    }
    services = {name: name.split(".default.")[0].split(".")[-1] for name in server_names}
    return certificate_paths(
        cert_dir="certs",
        folder=f"{datacenter}/default/{proxy}",
        trust_domain=domain,
        spiffe_id=None if terminating else f"spiffe://{domain}/ns/default/dc/{datacenter}/svc/{proxy}",
        peers={name: other for name, other in domains.items() if name != datacenter},
        linked=[
            LinkedLeaf(
                namespace="default",
                service=service,
                spiffe_id=f"spiffe://{domain}/ns/default/dc/{datacenter}/svc/{service}",
                server_names=tuple(name for name in sorted(services) if services[name] == service),
            )
            for service in sorted(set(services.values()))
            if terminating
        ],
        inline=[
            InlineCertificate(
                datacenter=datacenter, partition="default", namespace="default", name="shop", chain=chain
            )
        ],
    )


def own_files(body: Any, folder: Path, chain: str) -> Any:
    """A recorded resource whose files lie in the folder of the test, and whose certificate has a key."""
    text = json.dumps(body).replace('"filename": "/etc/', f'"filename": "{folder}/etc/')
    text = text.replace('"path": "/run/web/', f'"path": "{folder}/')  # of a socket
    return json.loads(re.sub(r'"-----BEGIN CERTIFICATE[^"]*"', lambda _: json.dumps(chain), text))


def write_others(paths: tuple[str, ...], chain: str, key: str) -> None:
    contents = {".key": key.encode(), ".pem": chain.encode(), ".wasm": wasm_module()}
    for path in map(Path, paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents[path.suffix])
