"""mesh (config-entries.md 2.9)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.shared import META
from meshgw.entries.tenancy_rules import entry_namespace_not_default
from meshgw.entries.tls import TLS_PARAMETERS
from meshgw.schema.fields import Block, block, boolean, obj, text, texts, unwritten
from meshgw.schema.suggest import nearest

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


@rule("escaped-slashes-action-unknown", on=Mesh, consul="no matching PathWithEscapedSlashesAction")  # ME-05
def escaped_slashes_action_unknown(normalization: RequestNormalization, report: Report) -> None:
    """An action for paths with escaped slashes that does not exist.

    Actions are Envoy's, in capitals; empty leaves Envoy's default.

    Refused:

        Kind = "mesh"
        HTTP {
          Incoming { RequestNormalization { PathWithEscapedSlashesAction = "reject" } }
        }

    Accepted:

        Kind = "mesh"
        HTTP {
          Incoming { RequestNormalization { PathWithEscapedSlashesAction = "REJECT_REQUEST" } }
        }
    """
    _known_action(
        normalization.path_with_escaped_slashes_action,
        ESCAPED_SLASHES_ACTIONS,
        "PathWithEscapedSlashesAction",
        report,
    )


@rule(
    "header-underscores-action-unknown", on=Mesh, consul="no matching HeadersWithUnderscoresAction"
)  # ME-06
def header_underscores_action_unknown(normalization: RequestNormalization, report: Report) -> None:
    """An action for header names with underscores that does not exist.

    Actions are Envoy's, in capitals; empty leaves Envoy's default.

    Refused:

        Kind = "mesh"
        HTTP {
          Incoming { RequestNormalization { HeadersWithUnderscoresAction = "DROP" } }
        }

    Accepted:

        Kind = "mesh"
        HTTP {
          Incoming { RequestNormalization { HeadersWithUnderscoresAction = "DROP_HEADER" } }
        }
    """
    _known_action(
        normalization.headers_with_underscores_action,
        UNDERSCORES_ACTIONS,
        "HeadersWithUnderscoresAction",
        report,
    )


def _known_action(action: str, known: tuple[str, ...], key: str, report: Report) -> None:
    if action and action not in known:
        close = nearest(action, known)
        report(
            f"no action is called `{action}`",
            at=(key,),
            help=f"did you mean `{close}`?" if close else f"one of: {', '.join(known)}",
        )


@rule(
    "mesh-peering-not-in-default-partition",
    on=Mesh,
    consul="PeerThroughMeshGateways",
    edition="enterprise",
)  # ME-08
def mesh_peering_not_in_default_partition(mesh: Mesh, report: Report) -> None:
    """Peering through mesh gateways, asked for in another partition than `default`.

    Servers dial each other through the gateways of the default partition only.

    Refused:

        Kind      = "mesh"
        Partition = "shop"
        Peering { PeerThroughMeshGateways = true }

    Accepted:

        Kind      = "mesh"
        Partition = "default"
        Peering { PeerThroughMeshGateways = true }
    """
    if mesh.peering and mesh.peering.peer_through_mesh_gateways and mesh.partition != "default":
        report(
            f"servers do not peer through the gateways of partition `{mesh.partition}`",
            at=("Peering", "PeerThroughMeshGateways"),
            help="set it in the `mesh` entry of the default partition",
        )


judged(
    Mesh,
    first(
        entry_namespace_not_default,  # ME-07
        META,  # ME-02
        each("TLS.Incoming", TLS_PARAMETERS),  # ME-03
        each("TLS.Outgoing", TLS_PARAMETERS),  # ME-04
        each("HTTP.Incoming.RequestNormalization", escaped_slashes_action_unknown),  # ME-05
        each("HTTP.Incoming.RequestNormalization", header_underscores_action_unknown),  # ME-06
        mesh_peering_not_in_default_partition,  # ME-08
    ),
)
