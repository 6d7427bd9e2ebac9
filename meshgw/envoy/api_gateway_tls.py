"""The certificates that an API gateway meets clients with (envoy-other-gateways.md 5.6, 5.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from meshgw.entries.der import DerError
from meshgw.entries.inline_certificate import InlineCertificate
from meshgw.envoy import tls
from meshgw.envoy.api_gateway_context import APIGatewayContext
from meshgw.envoy.certificates import served_chain
from meshgw.envoy.resources import Resource, ResourceOrigin
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
    for certificate, hosts in _told_apart(context, certificates):
        yield Served(certificate.name, _socket(certificate, parameters, alpn), hosts)
    yield Served(_BUILT_IN, tls.own_leaf_socket(parameters, alpn))


def plain_socket(listener: ReadyListener) -> dict[str, Any] | None:
    """A listener without certificates: its leaf if it sets anything of TLS, else plain text (5.4)."""
    own = listener.bound.settings.tls
    if not (own.min_version or own.max_version or own.cipher_suites):
        return None
    parameters = tls.parameters(own.min_version, own.max_version, own.cipher_suites)
    return tls.own_leaf_socket(parameters, tls.alpn_of(listener.bound.settings.protocol))


def _told_apart(
    context: APIGatewayContext, certificates: tuple[Certificate, ...]
) -> Iterator[tuple[Certificate, tuple[str, ...]]]:
    """Several certificates by server names. A host that occurs twice is nobody's (AE-31).

    Files are not read, so a certificate in one is not told apart from others at all (AE-33).
    """
    hosts = [_hosts(context, each) if isinstance(each, InlineCertificate) else () for each in certificates]
    times = Counter(host for names in hosts for host in names)
    for certificate, names in zip(certificates, hosts, strict=True):
        own = tuple(name for name in names if times[name] == 1)
        if own or not isinstance(certificate, InlineCertificate):
            yield certificate, own


def _hosts(context: APIGatewayContext, certificate: InlineCertificate) -> tuple[str, ...]:
    try:
        return certificate.hosts
    except DerError as fault:
        context.fail(
            "certificate-unreadable",
            f"the inline-certificate `{certificate.name}` cannot be read: {fault}",
            note="unable to parse hosts from x509 certificate",
        )
        return ()


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
