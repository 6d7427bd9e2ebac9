"""What a resource is and how it is called (K8-01, K8-04 … K8-06, K8-24)."""

from __future__ import annotations

import re
from typing import Any

from meshgw.diagnostics.rules import KUBERNETES, Report, rule
from meshgw.loading.kubernetes.model import API_VERSION, ENTRY_KINDS, Resource
from meshgw.schema.suggest import nearest

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
ON = "Kubernetes"


@rule("kubernetes-api-version-unknown", on=ON, consul="no matches for kind", stage=KUBERNETES)  # K8-01
def kubernetes_api_version_unknown(raw: dict[str, Any], report: Report) -> None:
    """A resource of Consul's group in a version that does not exist.

    Refused:

        apiVersion: consul.hashicorp.com/v1
        kind: ServiceDefaults
        metadata: { name: web }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
    """
    if raw["apiVersion"] != API_VERSION:
        report(
            f"`{raw['apiVersion']}` is no version of Consul's resources",
            at=("apiVersion",),
            help=f"write `{API_VERSION}`",
        )


@rule("kubernetes-kind-unknown", on=ON, consul="no matches for kind", stage=KUBERNETES)  # K8-01
def kubernetes_kind_unknown(raw: dict[str, Any], report: Report) -> None:
    """A kind of resource that Consul's operator does not have.

    API gateways, their routes and certificates are written with the kinds of the Gateway API.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ApiGateway
        metadata: { name: gateway }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: IngressGateway
        metadata: { name: gateway }
    """
    kind = raw.get("kind")
    if isinstance(kind, str) and kind in ENTRY_KINDS:
        return
    if not isinstance(kind, str) or not kind:
        report("the resource has no `kind`", at=("kind",), help=f"one of: {', '.join(ENTRY_KINDS)}")
        return
    if kind == "RateLimit":
        note = "newer operators have this kind; the Consul described here does not know its config entry"
        report("the kind `RateLimit` is not supported", at=("kind",), note=note)
        return
    close = nearest(kind, ENTRY_KINDS)
    report(
        f"no resource of Consul is of kind `{kind}`",
        at=("kind",),
        help=f"did you mean `{close}`?" if close else f"one of: {', '.join(ENTRY_KINDS)}",
    )


@rule("kubernetes-name-malformed", on=ON, consul="metadata.name", stage=KUBERNETES)  # K8-01
def kubernetes_name_malformed(raw: dict[str, Any], report: Report) -> None:
    """A resource without a name, or with one that Kubernetes does not take.

    Names have at most 253 lower-case letters, digits, `-` and `.`.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: Web_1 }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web-1 }
    """
    metadata = raw.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("name") in (None, ""):
        report("the resource has no `metadata.name`", at=("metadata",), part="key")
        return
    name = metadata["name"]
    if not isinstance(name, str):
        report("`metadata.name` is not a string", at=("metadata", "name"), help="put it in quotes")
    elif len(name) > 253 or not _SUBDOMAIN.fullmatch(name):
        report(
            f"`{name}` is no name of a resource",
            at=("metadata", "name"),
            help="use lower-case letters, digits, `-` and `.`",
        )


@rule(
    "kubernetes-proxy-defaults-not-global",
    on=ON,
    consul="only one global entry is supported",
    stage=KUBERNETES,
)  # K8-04
def kubernetes_proxy_defaults_not_global(resource: Resource, report: Report) -> None:
    """A ProxyDefaults that is not called `global`.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ProxyDefaults
        metadata: { name: defaults }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ProxyDefaults
        metadata: { name: global }
    """
    if resource.kind == "ProxyDefaults" and resource.name != "global":
        report(f"ProxyDefaults is called `{resource.name}`", at=("metadata", "name"), help="call it `global`")


@rule("kubernetes-mesh-misnamed", on=ON, consul="only one mesh entry is supported", stage=KUBERNETES)  # K8-05
def kubernetes_mesh_misnamed(resource: Resource, report: Report) -> None:
    """A Mesh that is not called `mesh`.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: Mesh
        metadata: { name: global }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: Mesh
        metadata: { name: mesh }
    """
    if resource.kind == "Mesh" and resource.name != "mesh":
        report(f"Mesh is called `{resource.name}`", at=("metadata", "name"), help="call it `mesh`")


@rule(
    "kubernetes-sameness-group-namespace",
    on=ON,
    consul='sameness groups must reside in the "default"',
    stage=KUBERNETES,
    edition="enterprise",
)  # K8-24
def kubernetes_sameness_group_namespace(resource: Resource, report: Report) -> None:
    """A SamenessGroup outside the Kubernetes namespace `default`.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: SamenessGroup
        metadata: { name: group, namespace: apps }
        spec: { includeLocal: true, members: [{ peer: east }] }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: SamenessGroup
        metadata: { name: group, namespace: default }
        spec: { includeLocal: true, members: [{ peer: east }] }
    """
    if resource.kind == "SamenessGroup" and resource.namespace not in ("", "default"):
        report(
            f"a SamenessGroup in the Kubernetes namespace `{resource.namespace}`",
            at=("metadata", "namespace"),
            help="put it into the namespace `default`",
        )


@rule(
    "kubernetes-exported-services-misnamed", on=ON, consul="resource name must be", stage=KUBERNETES
)  # K8-06
def kubernetes_exported_services_misnamed(found: tuple[Resource, str], report: Report) -> None:
    """An ExportedServices that is not called as the operator's partition.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ExportedServices
        metadata: { name: exports }
        spec: { services: [{ name: web, consumers: [{ peer: east }] }] }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ExportedServices
        metadata: { name: default }
        spec: { services: [{ name: web, consumers: [{ peer: east }] }] }
    """
    resource, partition = found
    if resource.kind != "ExportedServices" or resource.name == partition:
        return
    report(
        f"ExportedServices is called `{resource.name}`",
        at=("metadata", "name"),
        note=f"the operator's partition is `{partition}`",
        help=f"call it `{partition}`",
    )


IDENTITY = (kubernetes_api_version_unknown, kubernetes_kind_unknown, kubernetes_name_malformed)
NAMES = (
    kubernetes_proxy_defaults_not_global,
    kubernetes_mesh_misnamed,
    kubernetes_sameness_group_namespace,
)
