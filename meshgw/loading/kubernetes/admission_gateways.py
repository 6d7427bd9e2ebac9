"""Admission of gateways (K8-21, K8-22)."""

from __future__ import annotations

from meshgw.diagnostics.rules import KUBERNETES, Report, rule
from meshgw.entries.ingress_parts import IngressDefaults, IngressListener, IngressService
from meshgw.entries.terminating_gateway import LinkedService
from meshgw.loading.kubernetes.identity import ON

_PROTOCOLS = ("tcp", "http", "http2", "grpc")


@rule("kubernetes-listener-protocol", on=ON, consul="must be one of", stage=KUBERNETES)  # K8-21
def kubernetes_listener_protocol(listener: IngressListener, report: Report) -> None:
    """A listener of an IngressGateway without a protocol, or with one that does not exist.

    Consul itself takes a missing protocol for `tcp`.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: IngressGateway
        metadata: { name: web }
        spec:
          listeners: [{ port: 8080, services: [{ name: web }] }]

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: IngressGateway
        metadata: { name: web }
        spec:
          listeners: [{ port: 8080, protocol: tcp, services: [{ name: web }] }]
    """
    if listener.protocol not in _PROTOCOLS:
        what = (
            f"`{listener.protocol}` is no protocol" if listener.protocol else "the listener has no `protocol`"
        )
        report(what, at=("Protocol",), help=f"one of: {', '.join(_PROTOCOLS)}")


@rule("kubernetes-wildcard-listener", on=ON, consul="if service name is", stage=KUBERNETES)  # K8-21
def kubernetes_wildcard_listener(listener: IngressListener, report: Report) -> None:
    """The service `*` on a listener that is not `http`.

    Consul itself takes `http2` and `grpc` too.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: IngressGateway
        metadata: { name: web }
        spec:
          listeners: [{ port: 8080, protocol: grpc, services: [{ name: "*" }] }]

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: IngressGateway
        metadata: { name: web }
        spec:
          listeners: [{ port: 8080, protocol: http, services: [{ name: "*" }] }]
    """
    for index, service in enumerate(listener.services):
        if service.name == "*" and listener.protocol != "http":
            report(
                f"the service `*` on a listener of protocol `{listener.protocol}`",
                at=("Services", index, "Name"),
                help="make the protocol `http`, or name the services",
            )


@rule("kubernetes-limit-zero", on=ON, consul="must be > 0", stage=KUBERNETES)  # K8-21
def kubernetes_limit_zero(limits: IngressDefaults | IngressService, report: Report) -> None:
    """A limit of an ingress service that is 0.

    Consul itself takes 0 for no limit.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: IngressGateway
        metadata: { name: web }
        spec:
          defaults: { maxConnections: 0 }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: IngressGateway
        metadata: { name: web }
        spec:
          defaults: { maxConnections: 100 }
    """
    for name in ("MaxConnections", "MaxPendingRequests", "MaxConcurrentRequests"):
        if getattr(limits, limits.attribute_of(name)) == 0:
            report("a limit of 0", at=(name,), help="take it out, or give it a number above 0")


@rule("kubernetes-key-pair-incomplete", on=ON, consul="the other must also be set", stage=KUBERNETES)  # K8-22
def kubernetes_key_pair_incomplete(service: LinkedService, report: Report) -> None:
    """A service of a TerminatingGateway with a certificate but no key, or a key but no certificate.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: TerminatingGateway
        metadata: { name: web }
        spec:
          services: [{ name: db, sni: db.example.com, caFile: /ca.pem, keyFile: /db.key }]

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: TerminatingGateway
        metadata: { name: web }
        spec:
          services: [{ name: db, sni: db.example.com, caFile: /ca.pem, certFile: /db.pem, keyFile: /db.key }]
    """
    if bool(service.cert_file) != bool(service.key_file):
        there, missing = ("CertFile", "keyFile") if service.cert_file else ("KeyFile", "certFile")
        report(f"`{missing}` is missing beside it", at=(there,), help=f"add `{missing}`")
