"""Where ingress gateways fetch certificates that Consul does not issue (envoy-other-gateways.md 3.4, 7)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.ingress_gateway import IngressGateway
from meshgw.entries.ingress_sds import sds_of
from meshgw.mesh.model import Instance, Mesh
from meshgw.resolve.ingress_gateway import listener_tls
from meshgw.resolve.proxy import effective_proxy
from meshgw.schema.convert import MismatchError, weak_string
from meshgw.services.model import INGRESS_GATEWAY
from meshgw.snapshot.common import own_entry
from meshgw.snapshot.compiling import insensitive
from meshgw.source.document import Path

_EXTRA = "envoy_extra_static_clusters_json"
_TEMPLATE = "envoy_bootstrap_json_tpl"


@dataclass(frozen=True, slots=True)
class FetchedCertificate:
    """A place of an entry that names an SDS cluster; `known` are the clusters of the gateway's bootstrap."""

    gateway: Instance
    entry: IngressGateway
    cluster: str
    at: Path
    known: frozenset[str]


def fetched_certificates(mesh: Mesh) -> Iterator[FetchedCertificate]:
    """The SDS clusters of every ingress gateway of which the bootstrap can be told."""
    for instance in mesh.proxies:
        if instance.service.kind != INGRESS_GATEWAY:
            continue
        home = mesh.datacenters[instance.datacenter]
        entry = own_entry(home, instance, IngressGateway)
        if entry is None:
            continue
        known = _static_clusters(effective_proxy(instance, home.entries).config)
        if known is not None:
            for at, cluster in dict(_named(entry)).items():
                yield FetchedCertificate(instance, entry, cluster, at, known)


def _named(entry: IngressGateway) -> Iterator[tuple[Path, str]]:
    """The places that name an SDS cluster that is used, each with the name."""
    for number, listener in enumerate(entry.listeners):
        merged = listener_tls(entry, listener).sds
        if merged is not None and merged.cluster_name:
            own = ("Listeners", number) if sds_of(listener.tls).cluster_name else ()
            yield (*own, "TLS", "SDS", "ClusterName"), merged.cluster_name
        for index, service in enumerate(listener.services):
            sds = sds_of(service.tls)
            if sds.cert_resource and sds.cluster_name:
                yield (
                    ("Listeners", number, "Services", index, "TLS", "SDS", "ClusterName"),
                    sds.cluster_name,
                )


def _static_clusters(config: Mapping[str, Any]) -> frozenset[str] | None:
    """The clusters that users add to a bootstrap; `None` where that cannot be told."""
    try:
        if weak_string(insensitive(config, _TEMPLATE)).strip():
            return None
        clusters = json.loads(f"[{weak_string(insensitive(config, _EXTRA))}]")
    except (MismatchError, ValueError, RecursionError):
        return None  # told where the bootstrap is made
    named = [cluster.get("name") for cluster in clusters if isinstance(cluster, dict)]
    return frozenset(name for name in named if isinstance(name, str))


@rule("ingress-sds-cluster-undefined", on=IngressGateway, severity="warning")  # OG-W10
def ingress_sds_cluster_undefined(fetched: FetchedCertificate, report: Report) -> None:
    """A certificate of an ingress gateway from a cluster that its Envoy does not know.

    Consul does not make this cluster: it has to stand in the gateway's bootstrap. Without it the listener
    never gets its certificate, and ends every connection.

    Found in a tree:

        == gateway.hcl ==
        service { name = "edge" kind = "ingress-gateway" port = 8888 }

        == edge.hcl ==
        Kind = "ingress-gateway"
        Name = "edge"
        TLS { SDS { ClusterName = "sds" CertResource = "example.com" } }
        Listeners = [{ Port = 8443, Services = [{ Name = "web" }] }]

        == web.hcl ==
        service { name = "web" port = 8080 connect { sidecar_service { port = 21000 } } }

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    if fetched.cluster not in fetched.known:
        report(
            f"the bootstrap of `{fetched.gateway.service.id}` has no cluster `{fetched.cluster}`",
            location=fetched.entry.locate(fetched.at),
            help=f"define it in `{_EXTRA}` of the gateway's `config`",
        )


CHECKS = (ingress_sds_cluster_undefined,)
