"""TLS of proxies (envoy-sidecar.md 1.5). Certificates are placeholders until a target places them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from meshgw.entries.mesh import DirectionalTLS
from meshgw.entries.mesh import Mesh as MeshEntry
from meshgw.envoy.certificates import PRIVATE_KEY
from meshgw.envoy.protojson import typed
from meshgw.snapshot.model import PeerBundle

LEAF_CERTIFICATE = "<leaf cert>"
LEAF_KEY = "<leaf key>"
ROOT = "<root>"

_TLS = "envoy.extensions.transport_sockets.tls.v3"
_VERSIONS = frozenset({"TLSv1_0", "TLSv1_1", "TLSv1_2", "TLSv1_3"})

CIPHERS = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256": "AES128-GCM-SHA256",
    "TLS_RSA_WITH_AES_128_CBC_SHA": "AES128-SHA",
    "TLS_RSA_WITH_AES_256_GCM_SHA384": "AES256-GCM-SHA384",
    "TLS_RSA_WITH_AES_256_CBC_SHA": "AES256-SHA",
}


def outgoing(mesh_entry: MeshEntry | None) -> dict[str, Any]:
    """`tlsParams` of connections that a proxy opens."""
    return _of_mesh(mesh_entry.tls.outgoing if mesh_entry and mesh_entry.tls else None)


def incoming(mesh_entry: MeshEntry | None) -> dict[str, Any]:
    """`tlsParams` of connections that a proxy accepts."""
    return _of_mesh(mesh_entry.tls.incoming if mesh_entry and mesh_entry.tls else None)


def _of_mesh(settings: DirectionalTLS | None) -> dict[str, Any]:
    if settings is None:
        return {}
    return parameters(settings.tls_min_version, settings.tls_max_version, settings.cipher_suites)


def parameters(lowest: str, highest: str, suites: Iterable[str]) -> dict[str, Any]:
    """`tlsParams` of two versions and cipher suites by their names in entries (XV-17)."""
    found: dict[str, Any] = {}
    if lowest in _VERSIONS:
        found["tlsMinimumProtocolVersion"] = lowest
    if highest in _VERSIONS:
        found["tlsMaximumProtocolVersion"] = highest
    ciphers = [CIPHERS[suite] for suite in suites if suite in CIPHERS]
    if ciphers:
        found["cipherSuites"] = ciphers
    return found


def common_context(parameters: dict[str, Any], validation: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The part that both directions share: own leaf, and how the other side is verified (XV-14)."""
    leaf = {
        "certificateChain": {"inlineString": LEAF_CERTIFICATE},
        "privateKey": {"inlineString": LEAF_KEY},
    }
    return {"tlsParams": parameters, "tlsCertificates": [leaf], "validationContext": validation, **more}


def trusted(root: str, spiffe_ids: Iterable[str] = ()) -> dict[str, Any]:
    """Trust in a root, limited to some identities when any are given (XV-15)."""
    matchers = [{"sanType": "URI", "matcher": {"exact": spiffe_id}} for spiffe_id in spiffe_ids]
    context: dict[str, Any] = {"trustedCa": {"inlineString": root}}
    return context | {"matchTypedSubjectAltNames": matchers} if matchers else context


def spiffe_trust(bundles: dict[str, str]) -> dict[str, Any]:
    """Trust in several trust domains, each with its own roots: services exported to peers (XV-18)."""
    domains = [
        {"name": name, "trustBundle": {"inlineString": root}} for name, root in sorted(bundles.items())
    ]
    return {
        "customValidatorConfig": {
            "name": "envoy.tls.cert_validator.spiffe",
            "typedConfig": typed(f"{_TLS}.SPIFFECertValidatorConfig", trustDomains=domains),
        }
    }


def callers_trust(trust_domain: str, bundles: Iterable[PeerBundle]) -> dict[str, Any]:
    """Own roots; with services exported to peers, each trust domain with its roots (XV-18)."""
    peers = {bundle.trust_domain: bundle.root for bundle in bundles}
    return spiffe_trust({trust_domain: ROOT} | peers) if peers else trusted(ROOT)


def upstream_socket(parameters: dict[str, Any], validation: dict[str, Any], sni: str) -> dict[str, Any]:
    """TLS towards an upstream; no ALPN is offered."""
    named = {"sni": sni} if sni else {}
    context = typed(
        f"{_TLS}.UpstreamTlsContext", commonTlsContext=common_context(parameters, validation), **named
    )
    return {"name": "tls", "typedConfig": context}


def outside_socket(ca_file: str, cert_file: str, key_file: str, sni: str) -> dict[str, Any]:
    """TLS towards a service outside the mesh, from files of the gateway's host (TE-21, TE-22)."""
    validation: dict[str, Any] = {"trustedCa": {"filename": ca_file}}
    context: dict[str, Any] = {"tlsParams": {}, "validationContext": validation}
    if cert_file and key_file:
        own = {"certificateChain": {"filename": cert_file}, "privateKey": {"filename": key_file}}
        context["tlsCertificates"] = [own]
    if sni:  # in any place where a certificate may name its owner
        validation["matchTypedSubjectAltNames"] = [
            {"sanType": kind, "matcher": {"exact": sni}} for kind in ("URI", "DNS", "EMAIL", "IP_ADDRESS")
        ]
    named = {"sni": sni} if sni else {}
    return {
        "name": "tls",
        "typedConfig": typed(f"{_TLS}.UpstreamTlsContext", commonTlsContext=context, **named),
    }


def downstream_socket(
    parameters: dict[str, Any], validation: dict[str, Any], alpn: tuple[str, ...]
) -> dict[str, Any]:
    """Mutual TLS from callers (XV-16)."""
    return _downstream(common_context(parameters, validation, **_offered(alpn)), asks_clients=True)


def own_leaf_socket(parameters: dict[str, Any], alpn: tuple[str, ...]) -> dict[str, Any]:
    """TLS from clients outside the mesh, with the gateway's leaf (envoy-other-gateways.md 1.5)."""
    return _downstream(common_context(parameters, trusted(ROOT), **_offered(alpn)), asks_clients=False)


def sds_socket(parameters: dict[str, Any], secret: dict[str, Any], alpn: tuple[str, ...]) -> dict[str, Any]:
    """TLS from clients outside the mesh, with a certificate of the user's own."""
    common = {"tlsParams": parameters, "tlsCertificateSdsSecretConfigs": [secret], **_offered(alpn)}
    return _downstream(common, asks_clients=False)


def sds_secret(name: str, cluster: str) -> dict[str, Any]:
    """A certificate from an SDS cluster of the user's own (envoy-other-gateways.md 3.4)."""
    service = {"envoyGrpc": {"clusterName": cluster} if cluster else {}, "timeout": "5s"}
    source = {"apiType": "GRPC", "transportApiVersion": "V3", "grpcServices": [service]}
    return {"name": name, "sdsConfig": {"apiConfigSource": source, "resourceApiVersion": "V3"}}


def ads_secret(name: str) -> dict[str, Any]:
    """A certificate that Consul itself serves as a secret (envoy-other-gateways.md AE-35)."""
    return {"name": name, "sdsConfig": {"ads": {}, "resourceApiVersion": "V3"}}


def inline_socket(parameters: dict[str, Any], chain: str, alpn: tuple[str, ...]) -> dict[str, Any]:
    """TLS from clients outside the mesh, with a certificate of the tree; its key is never shown."""
    certificate = {
        "certificateChain": {"inlineString": chain},
        "privateKey": {"inlineString": PRIVATE_KEY},
    }
    common = {"tlsParams": parameters, "tlsCertificates": [certificate], **_offered(alpn)}
    return _downstream(common, asks_clients=False)


def _offered(alpn: tuple[str, ...]) -> dict[str, Any]:
    return {"alpnProtocols": list(alpn)} if alpn else {}


def _downstream(common: dict[str, Any], *, asks_clients: bool) -> dict[str, Any]:
    context = typed(
        f"{_TLS}.DownstreamTlsContext", commonTlsContext=common, requireClientCertificate=asks_clients
    )
    return {"name": "tls", "typedConfig": context}


def alpn_of(protocol: str) -> tuple[str, ...]:
    """What a listener offers, by its protocol (XV-16)."""
    match protocol:
        case "http":
            return ("http/1.1",)
        case "http2" | "grpc":
            return ("h2", "http/1.1")
        case _:
            return ()
