"""The certificates that an ingress gateway meets clients with (envoy-other-gateways.md 3.4, 3.5)."""

from __future__ import annotations

from typing import Any

from meshgw.entries.ingress_parts import IngressService, IngressTLS
from meshgw.entries.ingress_sds import sds_of
from meshgw.envoy import tls
from meshgw.envoy.ingress_gateway_context import IngressContext
from meshgw.resolve.ingress_gateway import listener_tls
from meshgw.snapshot.ingress_model import ServingListener


def listener_socket(context: IngressContext, listener: ServingListener) -> dict[str, Any] | None:
    """TLS of a listener's connections without a certificate of a service; `None` in plain text (IE-21)."""
    settings = listener.settings
    found = listener_tls(context.entry, settings)
    _check(context, found, settings.port)
    parameters = tls.parameters(found.tls_min_version, found.tls_max_version, found.cipher_suites)
    alpn = tls.alpn_of(settings.protocol)
    if found.sds is not None:
        secret = tls.sds_secret(found.sds.cert_resource, found.sds.cluster_name)
        return tls.sds_socket(parameters, secret, alpn)
    return tls.own_leaf_socket(parameters, alpn) if found.enabled else None


def service_socket(listener: ServingListener, block: IngressService) -> dict[str, Any]:
    """TLS with a service's own certificate; versions and ciphers of the outer levels do not count (3.5)."""
    sds = sds_of(block.tls)
    secret = tls.sds_secret(sds.cert_resource, sds.cluster_name)  # never an outer cluster (IE-23)
    return tls.sds_socket({}, secret, tls.alpn_of(listener.settings.protocol))


def _check(context: IngressContext, found: IngressTLS, port: int) -> None:
    """What each level passes on its own, and both together do not (IE-21a, IE-21b)."""
    if found.cipher_suites and found.tls_min_version == "TLSv1_3":
        context.fail(
            "ingress-ciphers-conflict",
            f"cipher suites meet TLS 1.3 as lowest version on port {port}",
            note="configuring CipherSuites is only applicable to connections with TLS 1.2 or earlier",
        )
    sds = found.sds
    if sds is not None and not (sds.cluster_name and sds.cert_resource):
        half = "cert resource" if sds.cluster_name else "cluster name"
        context.fail(
            "ingress-sds-incomplete",
            f"the certificate of the listener on port {port} has no {half}",
            note=f"missing SDS {half} for listener on port {port}",
        )
