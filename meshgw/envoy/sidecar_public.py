"""The public listener of a sidecar: mutual TLS, then the way to the application (envoy-sidecar.md 6.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meshgw.entries.mesh import Mesh as MeshEntry
from meshgw.entries.mesh import RequestNormalization
from meshgw.envoy import names, tls
from meshgw.envoy.escape_hatches import LISTENER, guarded_listener, own_message
from meshgw.envoy.listener_blocks import ORIGINAL_DST, balance
from meshgw.envoy.network_filters import (
    CALLER_DETAILS,
    HTTP_LIKE,
    http_manager,
    inline_routes,
    sanitizes,
    tcp_proxy,
)
from meshgw.envoy.protojson import addressed, filter_of, milliseconds
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.envoy.sidecar_authorization import (
    HEADER_TO_METADATA,
    http_filters,
    http_rbac_filter,
    network_filter,
)
from meshgw.envoy.sidecar_context import SidecarContext

_ANY = "0.0.0.0"  # noqa: S104  # what Consul binds when a sidecar has no address
_LIMIT = "envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit"


def public_listener(context: SidecarContext) -> Iterator[Resource]:
    """What callers connect to, or the listener that the user puts in its place."""
    own = context.options.envoy_public_listener_json
    if not own:
        yield _listener(context)
        return
    body = own_message(context, "envoy_public_listener_json", own, LISTENER, required=True)
    if body is not None:
        guarded = _guarded(context, body)
        yield Resource("listeners", guarded.get("name", ""), guarded, callers_origin(context))


def _guarded(context: SidecarContext, listener: dict[str, Any]) -> dict[str, Any]:
    protocol = context.options.protocol
    requests = http_rbac_filter(context) if protocol in HTTP_LIKE else []
    guarded, lacking = guarded_listener(
        listener, protocol, callers_socket(context), requests, network_filter(context)
    )
    if lacking:
        context.warn(
            "own-listener-without-http",
            "a filter chain of `envoy_public_listener_json` has no HTTP connection manager",
            note="Consul then decides about connections only: permissions of intentions count as deny",
        )
    return guarded


def _listener(context: SidecarContext) -> Resource:
    host, port = public_address(context)
    name = f"{names.PUBLIC_LISTENER}:{host}:{port}"
    chains = [{"filters": list(_filters(context)), "transportSocket": callers_socket(context)}]
    permissive = _permissive_chain(context)
    if permissive is not None:
        chains.append(permissive)
    body = {
        "name": name,
        **addressed(host, port),
        **context.listener_logs,
        "filterChains": chains,
        **({"listenerFilters": [ORIGINAL_DST]} if permissive is not None else {}),
        **balance(context, context.options.balance_inbound_connections),
        "trafficDirection": "INBOUND",
    }
    return Resource("listeners", name, body, callers_origin(context))


def callers_origin(context: SidecarContext) -> ResourceOrigin:
    """The sidecar's registration, for what its callers reach."""
    instance = context.snapshot.instance
    return ResourceOrigin(f"callers of {instance.service.id}", instance.location)


def public_address(context: SidecarContext) -> tuple[str, int]:
    """Where callers connect to (LS-03)."""
    service = context.snapshot.instance.service
    return bind_host(context), context.options.bind_port or service.port


def bind_host(context: SidecarContext) -> str:
    return context.options.bind_address or context.snapshot.instance.service.address or _ANY


def callers_socket(context: SidecarContext) -> dict[str, Any]:
    """Mutual TLS with callers."""
    snapshot = context.snapshot
    return tls.downstream_socket(
        tls.incoming(snapshot.mesh_entry),
        tls.callers_trust(snapshot.trust_domain, snapshot.inbound_bundles),
        tls.alpn_of(context.options.protocol),
    )


def _filters(context: SidecarContext) -> Iterator[dict[str, Any]]:
    """LS-04: HTTP decides about requests, everything else about connections."""
    http = context.options.protocol in HTTP_LIKE
    if not http:
        yield network_filter(context)
    if context.options.max_inbound_connections > 0:
        yield filter_of(
            "envoy.filters.network.connection_limit",
            _LIMIT,
            statPrefix="inbound_connection_limit",
            maxConnections=str(context.options.max_inbound_connections),
        )
    if http:
        yield _manager(context)
    else:
        yield tcp_proxy(names.PUBLIC_LISTENER, names.LOCAL_APP, context.filter_logs)


def _manager(context: SidecarContext) -> dict[str, Any]:
    """Requests to the application (LS-10–LS-14)."""
    protocol = context.options.protocol
    mesh_entry = context.snapshot.mesh_entry
    filters = http_filters(context)
    caller: Mapping[str, Any] = {}
    if protocol != "grpc" and not sanitizes(mesh_entry):
        filters.append(HEADER_TO_METADATA)
        caller = CALLER_DETAILS
    return http_manager(
        protocol,
        names.PUBLIC_LISTENER,
        inline_routes(names.PUBLIC_LISTENER, names.PUBLIC_LISTENER, names.LOCAL_APP, **_timeouts(context)),
        context.filter_logs,
        filters=filters,
        tracing=context.tracing,
        **caller,
        **_normalization(mesh_entry),
    )


def _timeouts(context: SidecarContext) -> dict[str, str]:
    """Of requests to the application; 0 switches a timeout off (LS-11)."""
    options = context.options
    values = {"timeout": options.local_request_timeout_ms, "idleTimeout": options.local_idle_timeout_ms}
    return {name: milliseconds(value) for name, value in values.items() if value is not None}


def _normalization(mesh_entry: MeshEntry | None) -> dict[str, Any]:
    """What is done with unusual paths and header names (LS-14)."""
    http = mesh_entry.http if mesh_entry is not None else None
    incoming = http.incoming if http is not None else None
    settings = (incoming.request_normalization if incoming is not None else None) or RequestNormalization()
    found: dict[str, Any] = {}
    if not settings.insecure_disable_path_normalization:
        found["normalizePath"] = True
    if settings.merge_slashes:
        found["mergeSlashes"] = True
    if settings.path_with_escaped_slashes_action not in ("", "IMPLEMENTATION_SPECIFIC_DEFAULT"):
        found["pathWithEscapedSlashesAction"] = settings.path_with_escaped_slashes_action
    if settings.headers_with_underscores_action not in ("", "ALLOW"):
        underscores = {"headersWithUnderscoresAction": settings.headers_with_underscores_action}
        found["commonHttpProtocolOptions"] = underscores
    return found


def _permissive_chain(context: SidecarContext) -> dict[str, Any] | None:
    """Connections that are redirected from the application's own port: neither TLS nor RBAC (LS-15)."""
    proxy = context.snapshot.proxy
    port = context.snapshot.instance.service.proxy.local_service_port
    if not proxy.transparent or proxy.mutual_tls_mode != "permissive" or port <= 0:
        return None
    plain = tcp_proxy(f"permissive_{names.PUBLIC_LISTENER}", names.LOCAL_APP, context.filter_logs)
    return {"filterChainMatch": {"destinationPort": port}, "filters": [plain]}
