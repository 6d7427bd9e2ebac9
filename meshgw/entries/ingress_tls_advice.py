"""What Consul accepts in the TLS settings of an ingress gateway and what breaks, or surprises, later.

envoy-other-gateways.md 3.4 and 3.5 say how the levels are merged.
"""

from __future__ import annotations

from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.ingress_parts import KIND, IngressListener, IngressService
from meshgw.entries.ingress_sds import sds_of
from meshgw.entries.shared import WILDCARD


@rule("ingress-ciphers-conflict", on=KIND)  # OG-W09
def ingress_ciphers_conflict(listener: IngressListener, report: Report) -> None:
    """Cipher suites of one level beside TLS 1.3 as lowest version of the other.

    Gateway and listener are each fine for Consul. The listener's settings then replace the gateway's
    one by one, and what results cannot be built: the gateway gets no configuration at all, even where
    TLS is not enabled.

    Found:

        Kind = "ingress-gateway"
        Name = "edge"
        TLS { CipherSuites = ["TLS_RSA_WITH_AES_128_GCM_SHA256"] }
        Listeners {
          Port = 8443
          Services { Name = "web" }
          TLS { TLSMinVersion = "TLSv1_3" }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        TLS { CipherSuites = ["TLS_RSA_WITH_AES_128_GCM_SHA256"] }
        Listeners {
          Port = 8443
          Services { Name = "web" }
          TLS { TLSMinVersion = "TLSv1_2" }
        }
    """
    gateway, own = report.root.tls, listener.tls
    if own is None or bool(own.tls_min_version) == bool(own.cipher_suites):
        return  # what stands on one level Consul judges itself
    field, other = "TLSMinVersion", "CipherSuites"
    if own.cipher_suites:
        field, other = other, field
    lowest = own.tls_min_version or gateway.tls_min_version
    if lowest == "TLSv1_3" and (own.cipher_suites or gateway.cipher_suites):
        report(
            "cipher suites meet TLS 1.3 as lowest version",
            at=("TLS", field),
            part="key",
            related=report.place(("TLS", other), "from the gateway", "key"),
            help="take the cipher suites out, or lower `TLSMinVersion`",
        )


@rule("ingress-host-any-without-certificate", on=KIND, severity="warning")
def ingress_host_any_without_certificate(listener: IngressListener, report: Report) -> None:
    """The host `*` on a listener that serves TLS with a certificate of Consul's.

    On a gateway that serves TLS everywhere Consul refuses it, because the hosts stand in the
    certificate. Where only the listener does it passes, and clients meet a certificate without the
    name they asked for.

    Found:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8443
          Protocol = "http"
          TLS { Enabled = true }
          Services { Name = "web" Hosts = ["*"] }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8443
          Protocol = "http"
          TLS { Enabled = true }
          Services { Name = "web" Hosts = ["*.example.com"] }
        }
    """
    if listener.tls is None or not listener.tls.enabled or report.root.tls.enabled:
        return
    if sds_of(listener.tls).cert_resource or sds_of(report.root.tls).cert_resource:
        return
    for index, service in enumerate(listener.services):
        if WILDCARD in service.hosts:
            report(
                "the certificate of this listener names no host that stands for `*`",
                at=("Services", index, "Hosts", service.hosts.index(WILDCARD)),
                help="write the host names, such as `*.example.com`",
            )


@rule("ingress-service-sds-cluster-ignored", on=KIND, severity="warning")
def ingress_service_sds_cluster_ignored(service: IngressService, report: Report) -> None:
    """A service's SDS cluster without a certificate.

    Nothing follows from it: the service is served with the listener's certificate.

    Found:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8443
          Protocol = "http"
          Services { Name = "web" Hosts = ["example.com"] TLS { SDS { ClusterName = "sds" } } }
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
    own = sds_of(service.tls)
    if own.cluster_name and not own.cert_resource:
        report(
            "`ClusterName` has no effect without `CertResource`",
            at=("TLS", "SDS", "ClusterName"),
            part="key",
            help="set `CertResource` beside it, or take it out",
        )


@rule("ingress-service-sds-cluster-not-inherited", on=KIND)  # OG-W11
def ingress_service_sds_cluster_not_inherited(service: IngressService, report: Report) -> None:
    """A service's certificate that relies on the cluster of the listener or the gateway.

    Consul accepts it, but puts an empty cluster name into the service's certificate source, which
    Envoy refuses.

    Found:

        Kind = "ingress-gateway"
        Name = "edge"
        TLS { SDS { ClusterName = "sds" CertResource = "example.com" } }
        Listeners {
          Port     = 8443
          Protocol = "http"
          Services {
            Name  = "web"
            Hosts = ["web.example.com"]
            TLS { SDS { CertResource = "web.example.com" } }
          }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        TLS { SDS { ClusterName = "sds" CertResource = "example.com" } }
        Listeners {
          Port     = 8443
          Protocol = "http"
          Services {
            Name  = "web"
            Hosts = ["web.example.com"]
            TLS { SDS { ClusterName = "sds" CertResource = "web.example.com" } }
          }
        }
    """
    own = sds_of(service.tls)
    listener = report.root.listeners[report.base[1]]
    outer = sds_of(listener.tls).cluster_name or sds_of(report.root.tls).cluster_name
    if own.cert_resource and not own.cluster_name and outer:
        report(
            "the service's `SDS` takes no `ClusterName` from the listener or the gateway",
            at=("TLS", "SDS", "CertResource"),
            part="key",
            help="repeat `ClusterName` here",
        )
