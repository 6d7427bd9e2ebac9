"""mesh (config-entries.md 2.9)."""

from __future__ import annotations

from meshgw.entries.base import Entry, config_entry
from meshgw.schema.fields import Block, block, boolean, obj, text, texts, unwritten

ESCAPED_SLASHES_ACTIONS = (
    "IMPLEMENTATION_SPECIFIC_DEFAULT",
    "KEEP_UNCHANGED",
    "REJECT_REQUEST",
    "UNESCAPE_AND_REDIRECT",
    "UNESCAPE_AND_FORWARD",
)
UNDERSCORES_ACTIONS = ("ALLOW", "REJECT_REQUEST", "DROP_HEADER")


@block
class MeshTransparentProxy(Block):
    """What transparent proxies let out of the mesh."""

    mesh_destinations_only: bool = boolean(
        "MeshDestinationsOnly", alias="mesh_destinations_only", doc="refuse what is no service of the mesh"
    )


@block
class DirectionalTLS(Block):
    """TLS parameters of one direction."""

    tls_min_version: str = text("TLSMinVersion", alias="tls_min_version")
    tls_max_version: str = text("TLSMaxVersion", alias="tls_max_version")
    cipher_suites: tuple[str, ...] = texts("CipherSuites", alias="cipher_suites")


@block
class MeshTLS(Block):
    """TLS parameters of all proxies."""

    incoming: DirectionalTLS | None = obj("Incoming", DirectionalTLS, optional=True)
    outgoing: DirectionalTLS | None = obj("Outgoing", DirectionalTLS, optional=True)


@block
class RequestNormalization(Block):
    """What proxies do with unusual paths and header names before they are matched."""

    insecure_disable_path_normalization: bool = boolean(
        "InsecureDisablePathNormalization", alias="insecure_disable_path_normalization"
    )
    merge_slashes: bool = boolean("MergeSlashes", alias="merge_slashes")
    path_with_escaped_slashes_action: str = text(
        "PathWithEscapedSlashesAction",
        alias="path_with_escaped_slashes_action",
        one_of=ESCAPED_SLASHES_ACTIONS,
    )
    headers_with_underscores_action: str = text(
        "HeadersWithUnderscoresAction", alias="headers_with_underscores_action", one_of=UNDERSCORES_ACTIONS
    )


@block
class MeshIncomingHTTP(Block):
    """HTTP settings of incoming requests."""

    request_normalization: RequestNormalization | None = obj(
        "RequestNormalization", RequestNormalization, optional=True, alias="request_normalization"
    )


@block
class MeshHTTP(Block):
    """HTTP settings of all proxies."""

    sanitize_x_forwarded_client_cert: bool = boolean(
        "SanitizeXForwardedClientCert", alias="sanitize_x_forwarded_client_cert"
    )
    incoming: MeshIncomingHTTP | None = obj("Incoming", MeshIncomingHTTP, optional=True)


@block
class MeshPeering(Block):
    """How clusters peer."""

    peer_through_mesh_gateways: bool = boolean("PeerThroughMeshGateways", alias="peer_through_mesh_gateways")


@config_entry("mesh")
class Mesh(Entry):
    """Settings of all proxies of a partition."""

    name: str = unwritten("Name", "mesh")
    transparent_proxy: MeshTransparentProxy = obj(
        "TransparentProxy", MeshTransparentProxy, alias="transparent_proxy"
    )
    allow_enabling_permissive_mutual_tls: bool = boolean(
        "AllowEnablingPermissiveMutualTLS", alias="allow_enabling_permissive_mutual_tls"
    )
    validate_clusters: bool = boolean("ValidateClusters", alias="validate_clusters")
    tls: MeshTLS | None = obj("TLS", MeshTLS, optional=True)
    http: MeshHTTP | None = obj("HTTP", MeshHTTP, optional=True)
    peering: MeshPeering | None = obj("Peering", MeshPeering, optional=True)
