"""The certificates that an API gateway meets clients with (envoy-other-gateways.md 5.6, 5.7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from meshgw.entries.der import DerError
from meshgw.entries.inline_certificate import InlineCertificate
from meshgw.envoy import tls
from meshgw.envoy.api_gateway_context import APIGatewayContext
from meshgw.envoy.certificates import served_chain
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.resolve.api_gateway import server_names
from meshgw.snapshot.api_gateway_binding import Certificate
from meshgw.snapshot.api_gateway_model import ReadyListener

_BUILT_IN = "default"


class Served(NamedTuple):
    """A certificate that connections may get; `name` tells their filter chain from others in statistics.

    Without `server_names` every connection gets it.
    """

    name: str
    socket: dict[str, Any]
    server_names: tuple[str, ...] = ()


def served_certificates(context: APIGatewayContext, listener: ReadyListener) -> Iterator[Served]:
    """What each filter chain of a listener with certificates meets clients with, in order (5.6)."""
    settings, certificates = listener.bound.settings, listener.bound.certificates
    parameters = context.certificate_parameters[settings.name]
    alpn = tls.alpn_of(settings.protocol)
    if len(certificates) == 1:
        (certificate,) = certificates
        yield Served(certificate.name, _socket(certificate, parameters, alpn))
        return
    for certificate, names in zip(certificates, _server_names(context, listener), strict=True):
        if names or names is None:
            yield Served(certificate.name, _socket(certificate, parameters, alpn), names or ())
    yield Served(_BUILT_IN, tls.own_leaf_socket(parameters, alpn))


def plain_socket(listener: ReadyListener) -> dict[str, Any] | None:
    """A listener without certificates: its leaf if it sets anything of TLS, else plain text (5.4)."""
    own = listener.bound.settings.tls
    if not (own.min_version or own.max_version or own.cipher_suites):
        return None
    parameters = tls.parameters(own.min_version, own.max_version, own.cipher_suites)
    return tls.own_leaf_socket(parameters, tls.alpn_of(listener.bound.settings.protocol))


def _server_names(context: APIGatewayContext, listener: ReadyListener) -> tuple[tuple[str, ...] | None, ...]:
    certificates = listener.bound.certificates
    try:
        return server_names(certificates)
    except DerError as fault:
        context.fail(
            "certificate-unreadable",
            f"a certificate of listener `{listener.bound.settings.name}` cannot be read: {fault}",
            note="unable to parse hosts from x509 certificate",
        )
        return ((),) * len(certificates)


def _socket(certificate: Certificate, parameters: dict[str, Any], alpn: tuple[str, ...]) -> dict[str, Any]:
    if isinstance(certificate, InlineCertificate):
        return tls.inline_socket(parameters, served_chain(certificate.certificate), alpn)
    return tls.sds_socket(parameters, tls.ads_secret(certificate.name), alpn)


def api_gateway_secrets(context: APIGatewayContext) -> Iterator[Resource]:
    """The certificates in files that any listener refers to (AE-43)."""
    for certificate in context.snapshot.file_certificates:
        name = certificate.name
        files = {
            "certificateChain": {"filename": certificate.certificate},
            "privateKey": {"filename": certificate.private_key},
        }
        origin = ResourceOrigin(f"{certificate.kind} {name}", certificate.locate())
        yield Resource("secrets", name, {"name": name, "tlsCertificate": files}, origin)
