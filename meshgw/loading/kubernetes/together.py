"""Resources side by side: names that must be unique (K8-03 … K8-06, K8-08)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from meshgw.diagnostics.model import Diagnostic, Related
from meshgw.diagnostics.rules import KUBERNETES, Report, rule
from meshgw.loading.kubernetes.identity import ON
from meshgw.loading.kubernetes.model import Operator, Resource
from meshgw.profile import Profile
from meshgw.source.document import Path


@dataclass(frozen=True, slots=True)
class Clash:
    """A resource, and an earlier one that leaves no room for it; `at` is where it says so."""

    resource: Resource
    earlier: Resource
    at: Path = ("metadata", "name")

    @property
    def related(self) -> list[Related]:
        place = self.earlier.locate(self.at)
        return [Related(place, "the first one")] if place else []


@rule(
    "kubernetes-name-in-two-namespaces",
    on=ON,
    consul="must have unique names across namespaces",
    stage=KUBERNETES,
)  # K8-03
def kubernetes_name_in_two_namespaces(clash: Clash, report: Report) -> None:
    """Two resources of one kind and name in different Kubernetes namespaces.

    Without mirroring of namespaces both would be the same config entry.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web, namespace: one }
        ---
        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web, namespace: two }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web, namespace: one }
        ---
        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: api, namespace: two }
    """
    report(
        f"a second {clash.resource.kind} is called `{clash.resource.name}`",
        at=clash.at,
        related=clash.related,
    )


@rule(
    "kubernetes-second-proxy-defaults",
    on=ON,
    consul="only one global entry is supported",
    stage=KUBERNETES,
)  # K8-04
def kubernetes_second_proxy_defaults(clash: Clash, report: Report) -> None:
    """A second ProxyDefaults.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ProxyDefaults
        metadata: { name: global, namespace: one }
        ---
        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ProxyDefaults
        metadata: { name: global, namespace: two }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ProxyDefaults
        metadata: { name: global, namespace: one }
    """
    report("a second ProxyDefaults", at=clash.at, related=clash.related, help="merge the two")


@rule("kubernetes-second-mesh", on=ON, consul="only one mesh entry is supported", stage=KUBERNETES)  # K8-05
def kubernetes_second_mesh(clash: Clash, report: Report) -> None:
    """A second Mesh.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: Mesh
        metadata: { name: mesh, namespace: one }
        ---
        apiVersion: consul.hashicorp.com/v1alpha1
        kind: Mesh
        metadata: { name: mesh, namespace: two }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: Mesh
        metadata: { name: mesh, namespace: one }
    """
    report("a second Mesh", at=clash.at, related=clash.related, help="merge the two")


@rule(
    "kubernetes-second-exported-services",
    on=ON,
    consul="only one exportedservices entry",
    stage=KUBERNETES,
)  # K8-06
def kubernetes_second_exported_services(clash: Clash, report: Report) -> None:
    """A second ExportedServices.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ExportedServices
        metadata: { name: default, namespace: one }
        spec: { services: [{ name: web, consumers: [{ peer: east }] }] }
        ---
        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ExportedServices
        metadata: { name: default, namespace: two }
        spec: { services: [{ name: api, consumers: [{ peer: east }] }] }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ExportedServices
        metadata: { name: default, namespace: one }
        spec:
          services: [{ name: web, consumers: [{ peer: east }] }, { name: api, consumers: [{ peer: east }] }]
    """
    report("a second ExportedServices", at=clash.at, related=clash.related, help="merge the two")


@rule(
    "kubernetes-destination-twice",
    on=ON,
    consul="an existing ServiceIntentions resource",
    stage=KUBERNETES,
)  # K8-08
def kubernetes_destination_twice(clash: Clash, report: Report) -> None:
    """Two ServiceIntentions for one destination.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceIntentions
        metadata: { name: one }
        spec: { destination: { name: web }, sources: [{ name: api, action: allow }] }
        ---
        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceIntentions
        metadata: { name: two }
        spec: { destination: { name: web }, sources: [{ name: db, action: allow }] }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceIntentions
        metadata: { name: one }
        spec:
          destination: { name: web }
          sources: [{ name: api, action: allow }, { name: db, action: allow }]
    """
    name = clash.resource.spec["destination"]["name"]
    report(
        f"a second ServiceIntentions has the destination `{name}`",
        at=clash.at,
        related=clash.related,
        help="put all sources into one resource",
    )


_ONE_OF_A_KIND: dict[str, Callable[..., None]] = {
    "ProxyDefaults": kubernetes_second_proxy_defaults,
    "Mesh": kubernetes_second_mesh,
    "ExportedServices": kubernetes_second_exported_services,
}


def judge_together(
    resources: Sequence[Resource], profile: Profile, operator: Operator
) -> tuple[Diagnostic, ...]:
    """Judge resources of one cluster side by side, in the order in which they would be applied."""
    found: list[Diagnostic] = []
    mirrored = profile.enterprise and operator.mirroring
    for check, value, resource in _checks(resources, mirrored):
        report = Report(resource, resource, profile, title=resource.title)
        report.run(check, value)
        found.extend(report.diagnostics)
    return tuple(found)


def _checks(
    resources: Sequence[Resource], mirrored: bool
) -> Iterator[tuple[Callable[..., None], object, Resource]]:
    names: dict[tuple[str, str], Resource] = {}
    singles: dict[str, Resource] = {}
    destinations: dict[tuple[str, str], Resource] = {}
    for resource in resources:
        kind = resource.kind
        if kind in _ONE_OF_A_KIND:
            first = singles.setdefault(kind, resource)
            if first is not resource and _identity(first) != _identity(resource):
                yield _ONE_OF_A_KIND[kind], Clash(resource, first), resource
            continue
        first = names.setdefault((kind, resource.name), resource)
        if not mirrored and first.namespace != resource.namespace:
            yield kubernetes_name_in_two_namespaces, Clash(resource, first), resource
        if kind == "ServiceIntentions" and (destination := _destination(resource, mirrored)):
            first = destinations.setdefault(destination, resource)
            if _identity(first) != _identity(resource):
                clash = Clash(resource, first, ("spec", "destination", "name"))
                yield kubernetes_destination_twice, clash, resource


def _identity(resource: Resource) -> tuple[str, str]:
    """One resource given twice is an update of the first."""
    return resource.namespace, resource.name


def _destination(resource: Resource, mirrored: bool) -> tuple[str, str] | None:
    said = resource.spec.get("destination")
    if not isinstance(said, dict) or not isinstance(said.get("name"), str):
        return None
    namespace = said.get("namespace") or resource.namespace or "default"
    return said["name"], str(namespace) if mirrored else ""
