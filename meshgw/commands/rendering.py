"""From a proxy of a mesh to the files of a target (product.md 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from meshgw.diagnostics.model import Severity
from meshgw.entries.filters import FilterError
from meshgw.envoy.bootstrap import bootstrap
from meshgw.envoy.bootstrap_input import BootstrapOptions
from meshgw.envoy.bootstrap_of import bootstrap_input
from meshgw.envoy.certificates import CertificatePaths, certificate_paths
from meshgw.envoy.faults import RenderFault
from meshgw.envoy.files import files_config
from meshgw.envoy.names import gateway_spiffe_id, service_spiffe_id
from meshgw.envoy.proxies import resources_of
from meshgw.envoy.resources import TYPE_URLS, Resources
from meshgw.envoy.static import static_config
from meshgw.mesh.model import Instance, Mesh
from meshgw.output.folders import ProxyIdentity, folders
from meshgw.output.tree import RenderedProxy
from meshgw.snapshot.model import ProxySnapshot
from meshgw.snapshot.proxies import RENDERED_KINDS, snapshot_of
from meshgw.snapshot.sidecar import destination_of

TARGETS = ("xds", "static", "files")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is wanted of each proxy. `out` is the folder in which `files` will lie."""

    name: str = "xds"
    cert_dir: str = "certs"
    out: str = ""
    bootstrap: BootstrapOptions = field(default_factory=BootstrapOptions)
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A rendered proxy. `proxy` is `None` when something stops it: see `faults`."""

    instance: Instance
    proxy: RenderedProxy | None
    resources: Resources = field(default_factory=Resources)
    faults: tuple[RenderFault, ...] = ()


def rendered_proxies(mesh: Mesh) -> list[Instance]:
    """The proxies whose configuration meshgw makes, in stable order."""
    return [proxy for proxy in mesh.proxies if proxy.service.kind in RENDERED_KINDS]


def identity_of(instance: Instance) -> ProxyIdentity:
    return ProxyIdentity(
        instance.datacenter, instance.partition, instance.namespace, instance.node.name, instance.service.id
    )


def folder_names(mesh: Mesh) -> dict[ProxyIdentity, str]:
    """The folder of every proxy of a tree, whether it is written or not."""
    return folders(identity_of(proxy) for proxy in mesh.proxies)


def render_all(mesh: Mesh, proxies: Iterable[Instance], target: Target) -> list[Rendered]:
    """Render proxies one by one; what stops one does not stop the others."""
    names = folder_names(mesh)
    return [render_proxy(mesh, proxy, target, names[identity_of(proxy)]) for proxy in proxies]


def render_proxy(mesh: Mesh, instance: Instance, target: Target, folder: str) -> Rendered:
    """The files of one proxy."""
    try:
        snapshot = snapshot_of(mesh, instance)
    except FilterError as fault:
        return _stopped(instance, RenderFault(rule="subset-filter", message=f"a subset's filter: {fault}"))
    assert snapshot is not None
    if snapshot.faults:
        stops = [RenderFault(rule="not-generated", message=fault.message) for fault in snapshot.faults]
        return _stopped(instance, *stops)
    options = target.bootstrap
    made = bootstrap(bootstrap_input(snapshot.proxy, mesh, options=options, environment=target.environment))
    if made.document is None:
        return _stopped(instance, *made.faults)
    resources = resources_of(snapshot)
    if errors(resources.faults):
        return _stopped(instance, *resources.faults)
    files, faults, certificates, others = _files(made.document, resources, snapshot, target, folder)
    proxy = RenderedProxy(
        identity=identity_of(instance),
        kind=instance.service.kind,
        files=files,
        certificates=certificates,
        other_files=others,
    )
    said = (*made.faults, *resources.faults, *faults)
    return Rendered(instance=instance, proxy=proxy, resources=resources, faults=said)


def _stopped(instance: Instance, *faults: RenderFault) -> Rendered:
    return Rendered(instance=instance, proxy=None, faults=faults)


def _files(
    document: Mapping[str, Any],
    resources: Resources,
    snapshot: ProxySnapshot,
    target: Target,
    folder: str,
) -> tuple[Mapping[str, Any], tuple[RenderFault, ...], tuple[Any, ...], tuple[str, ...]]:
    if target.name == "xds":
        served = {f"{kind}.json": dict(resources.of_type(kind)) for kind in TYPE_URLS}
        return {"bootstrap.json": document, **served}, (), (), ()
    certificates = _certificates(snapshot, target, folder)
    if target.name == "static":
        made = static_config(document, resources, certificates)
    else:
        place = f"{target.out.rstrip('/')}/{folder}" if target.out else folder
        made = files_config(document, resources, certificates, folder=place)
    return made.files, made.faults, made.certificates, made.other_files


def _certificates(snapshot: ProxySnapshot, target: Target, folder: str) -> CertificatePaths:
    instance = snapshot.instance
    if instance.service.is_proxy:
        identity = service_spiffe_id(destination_of(instance), instance.datacenter, snapshot.trust_domain)
    else:
        identity = gateway_spiffe_id(snapshot.key, snapshot.trust_domain)
    return certificate_paths(
        cert_dir=target.cert_dir,
        folder=folder,
        trust_domain=snapshot.trust_domain,
        spiffe_id=identity,
        peers=snapshot.peer_roots,
    )


def errors(faults: Iterable[RenderFault]) -> list[RenderFault]:
    """The faults that keep Envoy from running the result."""
    return [fault for fault in faults if fault.severity is Severity.ERROR]
