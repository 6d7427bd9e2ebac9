"""What meshgw renders of every recorded tree, loaded by a real Envoy."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from harness import envoys
from harness.ca import CertificateAuthority, self_signed, write_needed
from harness.wasm import wasm_module
from recordings import FOLDER, scenario_project

from meshgw.commands.rendering import Rendered, Target, errors, folder_names, render_proxy
from meshgw.commands.rendering import identity_of as identity
from meshgw.entries.inline_certificate import InlineCertificate
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions
from meshgw.mesh.build import build_mesh
from meshgw.mesh.model import Mesh

ROOT = FOLDER / "xds"
SCENARIOS = sorted(path.parent for path in ROOT.glob("*/scenario.json"))
pytestmark = pytest.mark.skipif(not SCENARIOS, reason=f"no recordings in {ROOT} (MESHGW_CONFORMANCE)")

# Consul serves these, Envoy refuses them, and the target says so.
REFUSED = {
    ("ingress-gateway-sds", "ingress-gateway"): {"sds-cluster-unnamed"},
    ("intentions-jwt-remote-keys", "api-sidecar-proxy"): {"duration-out-of-range"},
}


@pytest.mark.parametrize("target", ["static", "files"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)
def test_every_proxy_loads(scenario: Path, target: str, tmp_path: Path) -> None:
    mesh = recorded_mesh(scenario)
    names = folder_names(mesh)
    for number, proxy in enumerate(mesh.proxies):
        out = tmp_path / str(number)
        folder = out / names[identity(proxy)]
        folder.mkdir(parents=True)
        found = render_proxy(mesh, proxy, Target(name=target), names[identity(proxy)])
        refused = REFUSED.get((scenario.name, proxy.service.id), set())
        assert {fault.rule for fault in errors(found.faults)} == refused
        assert found.proxy is not None
        for file, text in _with_certificates(mesh, found, out).items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(text)
        said = envoys.validate(json.loads((folder / "envoy.json").read_text()), out)
        if target == "static":
            assert bool(said) == bool(refused), "\n".join(said)
        else:  # what the lists say is looked at when Envoy runs
            assert not said, "\n".join(said)


def _with_certificates(mesh: Mesh, found: Rendered, out: Path) -> dict[str, str]:
    """The files of a proxy, beside everything that they read."""
    assert found.proxy is not None
    domains = {datacenter.trust_domain for datacenter in mesh.datacenters.values()}
    needed = [
        {
            "file": file.path,
            "kind": file.kind,
            "spiffe_ids": file.spiffe_ids,
            "trust_domain": file.trust_domain,
        }
        for file in found.proxy.certificates
    ]
    authorities = [CertificateAuthority(domain) for domain in sorted(domains)]
    write_needed(out / "certs", needed, authorities, dict(_inline_keys(mesh)))
    texts = {name: json.dumps(content) for name, content in found.proxy.files.items()}
    for path in found.proxy.other_files:
        copy = out / "other" / path.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(_content(path))
        texts = {name: text.replace(f'"{path}"', f'"{copy}"') for name, text in texts.items()}
    return {name: text.replace('"path": "/run/', f'"path": "{out}/run/') for name, text in texts.items()}


def _inline_keys(mesh: Mesh) -> Iterator[tuple[str, str]]:
    """The private keys of the tree's own certificates, by the files that stand for them."""
    for datacenter in mesh.datacenters.values():
        for entry in datacenter.entries.of_kind(InlineCertificate):
            place = f"{datacenter.name}/{entry.partition}/{entry.namespace}"
            yield f"inline/{place}/{entry.name}.key", entry.private_key.reveal()


def _content(path: str) -> bytes:
    chain, own = _other_pair()
    return {".wasm": wasm_module(), ".key": own.encode()}.get(Path(path).suffix, chain.encode())


@cache
def _other_pair() -> tuple[str, str]:
    """A certificate and its key, for files of the user's own that belong together."""
    return self_signed("other.example.com")


@cache
def recorded_mesh(scenario: Path) -> Mesh:
    loaded = load_tree((str(scenario / "input"),), LoadOptions(project=scenario_project(scenario)))
    return build_mesh(loaded)
