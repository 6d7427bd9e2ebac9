"""Rules about an ingress gateway's certificates from elsewhere (config-entries.md 2.7).

Consul judges gateway and listener once for each service, so a gateway without listeners passes.
"""

from __future__ import annotations

from meshgw.diagnostics.evaluation import first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.ingress_parts import KIND, GatewaySDS, IngressService, IngressServiceTLS, IngressTLS

_NONE = GatewaySDS()


def sds_of(tls: IngressTLS | IngressServiceTLS | None) -> GatewaySDS:
    """The SDS block of a TLS block; an empty one when there is none."""
    return _NONE if tls is None or tls.sds is None else tls.sds


def _levels(service: IngressService, report: Report) -> tuple[GatewaySDS, GatewaySDS, GatewaySDS]:
    """The SDS blocks of gateway, listener and service."""
    listener = report.root.listeners[report.base[1]]
    return sds_of(report.root.tls), sds_of(listener.tls), sds_of(service.tls)


def _at_gateway(message: str, field: str, report: Report, help_: str) -> None:
    if report.met(()) is None:
        report(message, location=report.subject.locate(("TLS", "SDS", field)), help=help_)


def _at_listener(message: str, field: str, report: Report, help_: str) -> None:
    if report.met(report.base[1]) is None:
        path = (*report.base[:2], "TLS", "SDS", field)
        report(message, location=report.subject.locate(path), help=help_)


_CLUSTER = "set `ClusterName` to the cluster that serves the certificate"
_RESOURCE = "set `CertResource` to the name of the certificate"


@rule(
    "ingress-sds-without-cluster", on=KIND, consul="ClusterName is required if CertResource is set"
)  # IG-16
def ingress_sds_without_cluster(service: IngressService, report: Report) -> None:
    """A gateway's certificate without the cluster that serves it.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        TLS { SDS { CertResource = "example.com" } }
        Listeners {
          Port = 8443
          Services { Name = "web" }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        TLS { SDS { ClusterName = "sds" CertResource = "example.com" } }
        Listeners {
          Port = 8443
          Services { Name = "web" }
        }
    """
    gateway, _, _ = _levels(service, report)
    if gateway.cert_resource and not gateway.cluster_name:
        _at_gateway("the gateway's `SDS` has no `ClusterName`", "ClusterName", report, _CLUSTER)


@rule(
    "ingress-sds-without-certificate",
    on=KIND,
    consul="CertResource is required if ClusterName is set for gateway",
)  # IG-17
def ingress_sds_without_certificate(service: IngressService, report: Report) -> None:
    """A gateway's SDS cluster without a certificate.

    A gateway may leave the certificate out only where each listener names its own.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        TLS { SDS { ClusterName = "sds" } }
        Listeners {
          Port = 8443
          Services { Name = "web" }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        TLS { SDS { ClusterName = "sds" } }
        Listeners {
          Port = 8443
          Services { Name = "web" }
          TLS { SDS { CertResource = "example.com" } }
        }
    """
    gateway, listener, _ = _levels(service, report)
    if gateway.cluster_name and not gateway.cert_resource and not listener.cert_resource:
        _at_gateway("the gateway's `SDS` has no `CertResource`", "CertResource", report, _RESOURCE)


@rule(
    "ingress-listener-sds-without-certificate",
    on=KIND,
    consul="CertResource is required if ClusterName is set for listener",
)  # IG-18
def ingress_listener_sds_without_certificate(service: IngressService, report: Report) -> None:
    """A listener's SDS cluster without a certificate.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port = 8443
          Services { Name = "web" }
          TLS { SDS { ClusterName = "sds" } }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port = 8443
          Services { Name = "web" }
          TLS { SDS { ClusterName = "sds" CertResource = "example.com" } }
        }
    """
    _, listener, _ = _levels(service, report)
    if listener.cluster_name and not listener.cert_resource:
        _at_listener("the listener's `SDS` has no `CertResource`", "CertResource", report, _RESOURCE)


@rule(
    "ingress-listener-sds-without-cluster",
    on=KIND,
    consul="ClusterName is required if CertResource is set (listener",
)  # IG-19
def ingress_listener_sds_without_cluster(service: IngressService, report: Report) -> None:
    """A listener's certificate without a cluster that serves it, neither its own nor the gateway's.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port = 8443
          Services { Name = "web" }
          TLS { SDS { CertResource = "example.com" } }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port = 8443
          Services { Name = "web" }
          TLS { SDS { ClusterName = "sds" CertResource = "example.com" } }
        }
    """
    gateway, listener, _ = _levels(service, report)
    if listener.cert_resource and not listener.cluster_name and not gateway.cluster_name:
        _at_listener("the listener's `SDS` has no `ClusterName`", "ClusterName", report, _CLUSTER)


@rule("ingress-service-sds-without-hosts", on=KIND, consul="must have at least one item in Hosts")  # IG-20
def ingress_service_sds_without_hosts(service: IngressService, report: Report) -> None:
    """A service with its own certificate but without hosts.

    The gateway chooses the certificate by the host that a client asks for.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8443
          Protocol = "http"
          Services {
            Name = "web"
            TLS { SDS { ClusterName = "sds" CertResource = "example.com" } }
          }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8443
          Protocol = "http"
          Services {
            Name  = "web"
            Hosts = ["example.com"]
            TLS { SDS { ClusterName = "sds" CertResource = "example.com" } }
          }
        }
    """
    _, _, own = _levels(service, report)
    if own.cert_resource and not service.hosts:
        help_ = "set `Hosts` to the names that the certificate is for"
        report("a service with its own certificate has no `Hosts`", at=("Hosts",), help=help_)


@rule(
    "ingress-service-sds-without-any-cluster",
    on=KIND,
    consul="ClusterName is required if CertResource is set (service",
)  # IG-21
def ingress_service_sds_without_any_cluster(service: IngressService, report: Report) -> None:
    """A service's certificate without a cluster that serves it.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8443
          Protocol = "http"
          Services {
            Name  = "web"
            Hosts = ["example.com"]
            TLS { SDS { CertResource = "example.com" } }
          }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8443
          Protocol = "http"
          Services {
            Name  = "web"
            Hosts = ["example.com"]
            TLS { SDS { ClusterName = "sds" CertResource = "example.com" } }
          }
        }
    """
    levels = _levels(service, report)
    if levels[2].cert_resource and not any(level.cluster_name for level in levels):
        report("the service's `SDS` has no `ClusterName`", at=("TLS", "SDS", "ClusterName"), help=_CLUSTER)


SDS_RULES = first(
    ingress_sds_without_cluster,  # IG-16
    ingress_sds_without_certificate,  # IG-17
    ingress_listener_sds_without_certificate,  # IG-18
    ingress_listener_sds_without_cluster,  # IG-19
    ingress_service_sds_without_hosts,  # IG-20
    ingress_service_sds_without_any_cluster,  # IG-21
)
