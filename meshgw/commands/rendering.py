"""From a proxy of a mesh to the files of a target (product.md 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from meshgw.diagnostics.model import Severity
from meshgw.entries.filters import FilterError
from meshgw.envoy.bootstrap import bootstrap
from meshgw.envoy.bootstrap_agent import read_agent_ca
from meshgw.envoy.bootstrap_input import Agent, Bootstrap, BootstrapOptions
from meshgw.envoy.bootstrap_of import bootstrap_input
from meshgw.envoy.certificates import (
    CertificatePaths,
    InlineCertificate,
    certificate_paths,
    served_chain,
)
from meshgw.envoy.faults import RenderFault
from meshgw.envoy.files import files_config
from meshgw.envoy.names import gateway_spiffe_id, service_spiffe_id
from meshgw.envoy.proxies import resources_of
from meshgw.envoy.resources import Resources
from meshgw.envoy.standalone import Target as TargetFiles
from meshgw.envoy.static import static_config
from meshgw.envoy.terminating_gateway import linked_leafs
from meshgw.envoy.xds import xds_config
from meshgw.garbage import without_collection
from meshgw.mesh.model import Instance, Mesh
from meshgw.output.folders import ProxyIdentity, folders
from meshgw.output.tree import RenderedProxy
from meshgw.services.model import MESH_GATEWAY
from meshgw.snapshot.model import ProxySnapshot
from meshgw.snapshot.proxies import snapshot_of
from meshgw.snapshot.sidecar import destination_of
from meshgw.snapshot.terminating_model import TerminatingGatewaySnapshot

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
    """A rendered proxy. `proxy` is `None` when something stops it: see `faults`.

    `standalone` is the target `static` of a proxy whose own files Envoy cannot check at once.
    """

    instance: Instance
    proxy: RenderedProxy | None
    standalone: Mapping[str, Any] | None = None
    resources: Resources = field(default_factory=Resources)
    faults: tuple[RenderFault, ...] = ()


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
    with without_collection():
        return [render_proxy(mesh, proxy, target, names[identity_of(proxy)]) for proxy in proxies]


def render_proxy(mesh: Mesh, instance: Instance, target: Target, folder: str) -> Rendered:
    """The files of one proxy."""
    try:
        snapshot = snapshot_of(mesh, instance)
    except FilterError as fault:
        return _stopped(instance, RenderFault(rule="subset-filter", message=f"a subset's filter: {fault}"))
    if snapshot.faults:
        stops = [RenderFault(rule="not-generated", message=fault.message) for fault in snapshot.faults]
        return _stopped(instance, *stops)
    made = _bootstrap(snapshot, mesh, target)
    if made.document is None:
        return _stopped(instance, *made.faults)
    resources = resources_of(snapshot)
    if errors(resources.faults):
        return _stopped(instance, *resources.faults)
    certificates = _certificates(snapshot, target, folder)
    found = _of_target(made.document, resources, certificates, target, folder)
    proxy = RenderedProxy(
        identity=identity_of(instance),
        kind=instance.service.kind,
        files=found.files,
        certificates=found.certificates,
        other_files=found.other_files,
    )
    standalone = None
    if target.name == "files":
        standalone = static_config(made.document, resources, certificates).files["envoy.json"]
    said = (*made.faults, *resources.faults, *_collisions(resources), *found.faults)
    return Rendered(instance=instance, proxy=proxy, resources=resources, faults=said, standalone=standalone)


def _collisions(resources: Resources) -> Iterator[RenderFault]:
    """Names that two unequal resources have: one of them is not served (XV-02)."""
    for kind, name in resources.collisions:
        yield RenderFault(
            rule="resource-twice",
            message=f"two {kind} are called `{name}`, and one of them is served",
            severity=Severity.WARNING,
            resource=(kind, name),
            note="which one depends on Consul's order",
        )


def _bootstrap(snapshot: ProxySnapshot, mesh: Mesh, target: Target) -> Bootstrap:
    """The bootstrap of a proxy; without a document when one of its options cannot be used."""
    agent = Agent()
    ca_pem, faults = read_agent_ca(target.bootstrap, agent)
    made = bootstrap(
        bootstrap_input(
            snapshot.proxy,
            mesh,
            options=target.bootstrap,
            agent=agent,
            ca_pem=ca_pem,
            environment=target.environment,
        )
    )
    document = None if errors(faults) else made.document
    return Bootstrap(document, (*faults, *made.faults))


def _stopped(instance: Instance, *faults: RenderFault) -> Rendered:
    return Rendered(instance=instance, proxy=None, faults=faults)


def _of_target(
    document: Mapping[str, Any],
    resources: Resources,
    certificates: CertificatePaths,
    target: Target,
    folder: str,
) -> TargetFiles:
    """The files of the wanted target."""
    match target.name:
        case "static":
            return static_config(document, resources, certificates)
        case "files":
            place = f"{target.out.rstrip('/')}/{folder}" if target.out else folder
            return files_config(document, resources, certificates, folder=place)
        case _:
            return xds_config(document, resources)


def _inline_certificates(snapshot: ProxySnapshot) -> Iterator[InlineCertificate]:
    """The certificates of the tree that a proxy may serve; their keys are files."""
    for entry in snapshot.inline_certificates:
        yield InlineCertificate(
            datacenter=snapshot.datacenter.name,
            partition=entry.partition,
            namespace=entry.namespace,
            name=entry.name,
            chain=served_chain(entry.certificate),
        )


def _certificates(snapshot: ProxySnapshot, target: Target, folder: str) -> CertificatePaths:
    linked = tuple(linked_leafs(snapshot)) if isinstance(snapshot, TerminatingGatewaySnapshot) else ()
    return certificate_paths(
        cert_dir=target.cert_dir,
        folder=folder,
        inline=_inline_certificates(snapshot),
        trust_domain=snapshot.trust_domain,
        spiffe_id=_identity(snapshot),
        dns_names=snapshot.dns_names,
        peers=snapshot.peer_roots,
        linked=linked,
    )


def _identity(snapshot: ProxySnapshot) -> str | None:
    """The SPIFFE id of a proxy's leaf: its destination, its own service, or the mesh gateways of a key.

    A terminating gateway has none, only those of its services.
    """
    instance = snapshot.instance
    if isinstance(snapshot, TerminatingGatewaySnapshot):
        return None
    if instance.service.kind == MESH_GATEWAY:
        return gateway_spiffe_id(snapshot.key, snapshot.trust_domain)
    service = destination_of(instance)
    if not instance.service.is_proxy:
        service = service._replace(name=instance.service.name)
    return service_spiffe_id(service, instance.datacenter, snapshot.trust_domain)


def errors(faults: Iterable[RenderFault]) -> list[RenderFault]:
    """The faults that keep Envoy from running the result."""
    return [fault for fault in faults if fault.severity is Severity.ERROR]
