"""Clusters of the servers that have the keys of JWT providers (envoy-sidecar.md 4.8)."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from meshgw.entries.jwt_parts import JWKSCluster, RemoteJWKS, TrustedCA
from meshgw.entries.jwt_provider import JWTProvider
from meshgw.envoy.endpoints import plain_assignment
from meshgw.envoy.listener_blocks import Warns
from meshgw.envoy.names import jwks_cluster
from meshgw.envoy.protojson import duration, typed
from meshgw.envoy.resources import Resource, ResourceOrigin

_TLS = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
_SECOND = 1_000_000_000
_DNS_FAMILIES = {"LOGICAL_DNS": "ALL", "STRICT_DNS": "V4_PREFERRED"}


class Server(NamedTuple):
    """Where keys are fetched from."""

    scheme: str
    host: str
    port: int


def jwks_clusters(context: Warns, providers: Iterable[JWTProvider]) -> Iterator[Resource]:
    """One cluster for each provider with a remote key set, whether it is used or not."""
    for provider in providers:
        keys = provider.json_web_key_set
        if keys is None or keys.remote is None:
            continue
        server = server_of(keys.remote.uri)
        if server is None:
            context.warn(
                "jwks-uri-unusable",
                f"the keys of the jwt-provider `{provider.name}` have no usable URI",
                note="Consul makes no cluster for it, so that no token is ever valid",
            )
            continue
        name = jwks_cluster(provider.name)
        origin = ResourceOrigin(f"jwt-provider {provider.name}", provider.locate())
        yield Resource("clusters", name, _cluster(name, keys.remote, server), origin)


def server_of(uri: str) -> Server | None:
    """Scheme, host and port of a URI; `None` when it cannot be read."""
    try:
        parsed = urlsplit(uri)
        port = parsed.port
    except ValueError:
        return None
    default = 443 if parsed.scheme == "https" else 80
    return Server(parsed.scheme, _host(parsed.netloc), default if port is None else port)


def _host(netloc: str) -> str:
    """The host as it is spelled, without user, port and brackets."""
    host = netloc.rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _cluster(name: str, remote: RemoteJWKS, server: Server) -> dict[str, Any]:
    kind = _type(remote.jwks_cluster)
    found: dict[str, Any] = {
        "name": name,
        "type": kind,
        "loadAssignment": plain_assignment(name, [(server.host, server.port)]),
    }
    if kind in _DNS_FAMILIES:
        found["dnsLookupFamily"] = _DNS_FAMILIES[kind]
    seconds = int((remote.jwks_cluster.connect_timeout if remote.jwks_cluster else 0) / _SECOND)
    if seconds:
        found["connectTimeout"] = duration(seconds * _SECOND)
    if server.scheme == "https":
        found["transportSocket"] = _socket(remote, server.host)
    return found


def _type(cluster: JWKSCluster | None) -> str:
    """`STATIC` without a block, also for host names (CL-52)."""
    if cluster is None:
        return "STATIC"
    return cluster.discovery_type or "STRICT_DNS"


def _socket(remote: RemoteJWKS, host: str) -> dict[str, Any]:
    """TLS without a certificate of one's own (CL-54)."""
    named = {"sni": host} if remote.use_sni and host else {}
    context = {"validationContext": _validation(remote.jwks_cluster)}
    return {"name": "tls", "typedConfig": typed(_TLS, commonTlsContext=context, **named)}


def _validation(cluster: JWKSCluster | None) -> dict[str, Any]:
    certificates = cluster.tls_certificates if cluster is not None else None
    if certificates is None:
        return {}
    found: dict[str, Any] = {}
    if certificates.trusted_ca is not None:
        found["trustedCa"] = _trusted(certificates.trusted_ca)
    provider = certificates.ca_certificate_provider_instance
    if provider is not None:
        names = {"instanceName": provider.instance_name, "certificateName": provider.certificate_name}
        found["caCertificateProviderInstance"] = {name: value for name, value in names.items() if value}
    return found


def _trusted(given: TrustedCA) -> dict[str, Any]:
    """The CA; of several ways to give it the last one counts."""
    if given.inline_bytes:
        return {"inlineBytes": base64.b64encode(given.inline_bytes).decode()}
    if given.inline_string:
        return {"inlineString": given.inline_string}
    if given.environment_variable:
        return {"environmentVariable": given.environment_variable}
    return {"filename": given.filename} if given.filename else {}
