"""Admission of the other kinds, and of tenancy in all (K8-07, K8-18, K8-25, K8-26)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.diagnostics.rules import KUBERNETES, Report, rule
from meshgw.entries.base import Entry
from meshgw.entries.control_plane_request_limit import ControlPlaneRequestLimit, RequestRates
from meshgw.entries.exported_services import Consumer, ExportedServices
from meshgw.entries.jwt_parts import JWKSCluster
from meshgw.loading.kubernetes.identity import ON
from meshgw.schema.fields import Block
from meshgw.source.document import Path

_DISCOVERY_TYPES = ("STRICT_DNS", "STATIC", "LOGICAL_DNS", "EDS", "ORIGINAL_DST")


@rule(
    "kubernetes-exports-nothing", on=ON, consul="at least one service must be exported", stage=KUBERNETES
)  # K8-07
def kubernetes_exports_nothing(entry: ExportedServices, report: Report) -> None:
    """An ExportedServices without services.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ExportedServices
        metadata: { name: default }
        spec:
          services: []

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ExportedServices
        metadata: { name: default }
        spec:
          services: [{ name: web, consumers: [{ peer: east }] }]
    """
    if not entry.services:
        report("no services are exported", at=("Services",), help="add `services`, or take the resource out")


@rule("kubernetes-consumer-empty", on=ON, consul="at least one of", stage=KUBERNETES)  # K8-07
def kubernetes_consumer_empty(consumer: Consumer, report: Report) -> None:
    """A consumer of an exported service that says nobody.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ExportedServices
        metadata: { name: default }
        spec:
          services: [{ name: web, consumers: [{}] }]

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ExportedServices
        metadata: { name: default }
        spec:
          services: [{ name: web, consumers: [{ peer: east }] }]
    """
    if not (consumer.peer or consumer.partition or consumer.sameness_group):
        report("the consumer is empty", help="set `peer`, `partition` or `samenessGroup`")


@rule(
    "kubernetes-consumer-every-group", on=ON, consul="exporting to all sameness groups", stage=KUBERNETES
)  # K8-07
def kubernetes_consumer_every_group(consumer: Consumer, report: Report) -> None:
    """A service exported to all sameness groups.

    Refused (enterprise):

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ExportedServices
        metadata: { name: default }
        spec:
          services: [{ name: web, consumers: [{ samenessGroup: "*" }] }]

    Accepted (enterprise):

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ExportedServices
        metadata: { name: default }
        spec:
          services: [{ name: web, consumers: [{ samenessGroup: group }] }]
    """
    if consumer.sameness_group == "*":
        report("`*` is no sameness group", at=("SamenessGroup",), help="name each group")


@rule(
    "kubernetes-tenancy-disabled",
    on=ON,
    consul="must be enabled to set",
    stage=KUBERNETES,
    edition="community",
)  # K8-18
def kubernetes_tenancy_disabled(entry: Entry, report: Report) -> None:
    """A namespace or partition where they are not enabled.

    Both need Consul Enterprise.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceRouter
        metadata: { name: web }
        spec:
          routes: [{ destination: { service: api, namespace: apps } }]

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceRouter
        metadata: { name: web }
        spec:
          routes: [{ destination: { service: api } }]
    """
    for path, value in _tenancies(entry):
        what = "namespaces" if path[-1] == "Namespace" else "partitions"
        report(f"`{value}` is set although {what} are not enabled", at=path, help="take it out")


@rule(
    "kubernetes-jwks-discovery-type",
    on=ON,
    consul="unsupported jwks cluster discovery type",
    stage=KUBERNETES,
)  # K8-25
def kubernetes_jwks_discovery_type(cluster: JWKSCluster, report: Report) -> None:
    """A `jwksCluster` without a discovery type.

    Consul itself has a default for it.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: JWTProvider
        metadata: { name: web }
        spec:
          jsonWebKeySet:
            remote: { uri: "https://example.com/jwks", jwksCluster: { connectTimeout: 5s } }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: JWTProvider
        metadata: { name: web }
        spec:
          jsonWebKeySet:
            remote: { uri: "https://example.com/jwks", jwksCluster: { discoveryType: STRICT_DNS } }
    """
    if not cluster.discovery_type:
        report(
            "the cluster has no `discoveryType`",
            at=("DiscoveryType",),
            help=f"one of: {', '.join(_DISCOVERY_TYPES)}",
        )


@rule(
    "kubernetes-request-limit-mode",
    on=ON,
    consul="mode must be one of",
    stage=KUBERNETES,
    edition="enterprise",
)  # K8-26
def kubernetes_request_limit_mode(entry: ControlPlaneRequestLimit, report: Report) -> None:
    """A ControlPlaneRequestLimit whose mode is missing or does not exist.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ControlPlaneRequestLimit
        metadata: { name: web }
        spec:
          { mode: strict, readRate: 100, writeRate: 100 }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ControlPlaneRequestLimit
        metadata: { name: web }
        spec:
          { mode: enforcing, readRate: 100, writeRate: 100 }
    """
    if entry.mode not in ("permissive", "enforcing", "disabled"):
        what = f"`{entry.mode}` is no mode" if entry.mode else "the resource has no `mode`"
        report(what, at=("Mode",), help="one of: permissive, enforcing, disabled")


@rule("kubernetes-request-rate", on=ON, consul="must be >", stage=KUBERNETES, edition="enterprise")  # K8-26
def kubernetes_request_rate(entry: ControlPlaneRequestLimit, report: Report) -> None:
    """A rate of a ControlPlaneRequestLimit that is too small.

    A read rate must not be negative; a write rate must be above 0, at the top and in every category
    that is given.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ControlPlaneRequestLimit
        metadata: { name: web }
        spec:
          { mode: enforcing, readRate: 100 }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ControlPlaneRequestLimit
        metadata: { name: web }
        spec:
          { mode: enforcing, readRate: 100, writeRate: 100 }
    """
    for path, rates in _rates(entry):
        if rates.read_rate < 0:
            report(f"the read rate {rates.read_rate:g} is negative", at=(*path, "ReadRate"))
        if rates.write_rate <= 0:
            report(
                f"the write rate is {rates.write_rate:g}", at=(*path, "WriteRate"), help="a number above 0"
            )


def _rates(
    entry: ControlPlaneRequestLimit,
) -> Iterator[tuple[Path, ControlPlaneRequestLimit | RequestRates]]:
    yield (), entry
    for spec in entry.specs:
        rates = getattr(entry, spec.attribute)
        if isinstance(rates, RequestRates):
            yield (spec.name,), rates


def _tenancies(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every namespace and partition below an entry, where a resource can set one."""
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _tenancies(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, Block):
                yield from _tenancies(item, (*path, key))
    elif isinstance(value, Block):
        for spec in value.specs:
            inner = getattr(value, spec.attribute)
            if spec.crd and spec.name in ("Namespace", "Partition"):
                if inner:
                    yield (*path, spec.name), inner
            elif spec.crd:
                yield from _tenancies(inner, (*path, spec.name))
