"""builtin/ext-authz: a service that decides about connections or requests (EE-10–EE-13)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from meshgw.entries.extensions.arguments import CONNECT_PROXY
from meshgw.entries.extensions.ext_authz import (
    AuthorizationRequest,
    AuthorizationResponse,
    AuthzArguments,
    AuthzConfig,
    HttpService,
    StringMatcher,
)
from meshgw.envoy.extensions.chains import Chain, change_chains, insert_http, insert_network
from meshgw.envoy.extensions.services import (
    add_local_cluster,
    cluster_of,
    grpc_service,
    target_of,
    timeout_of,
)
from meshgw.envoy.extensions.status_codes import status_name
from meshgw.envoy.extensions.subject import (
    INBOUND,
    ExtendedProxy,
    ExtensionError,
    ResourceBook,
    direction_of,
)
from meshgw.envoy.network_filters import HTTP_LIKE
from meshgw.envoy.protojson import filter_of

_LOCAL = "local_ext_authz"
_HTTP_TYPE = "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz"
_NETWORK_TYPE = "envoy.extensions.filters.network.ext_authz.v3.ExtAuthz"


def apply_ext_authz(
    proxy: ExtendedProxy, arguments: AuthzArguments, book: ResourceBook, *, required: bool
) -> None:
    """Ask the service in every filter chain of a direction."""
    if (arguments.proxy_type or CONNECT_PROXY) != proxy.kind or proxy.kind != CONNECT_PROXY:
        return
    http = proxy.protocol in HTTP_LIKE
    made = _http_filter(proxy, arguments.config, required=required) if http else None
    plain = None if http else _network_filter(proxy, arguments.config, required=required)

    def extended(chain: Chain) -> Chain:
        if made is not None:
            return insert_http(chain, made, arguments.insert_options)
        assert plain is not None
        return insert_network(chain, plain, arguments.insert_options)

    direction = arguments.listener_type or INBOUND
    book.change(
        "listeners",
        lambda listener: (
            change_chains(listener, extended) if direction_of(listener) == direction else listener
        ),
    )
    service = arguments.config.grpc_service or arguments.config.http_service
    grpc = arguments.config.grpc_service is not None
    add_local_cluster(book, target_of(service), _LOCAL, "builtin/ext-authz", http2=grpc)


def _common(config: AuthzConfig, *, required: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"statPrefix": config.stat_prefix or "response", "transportApiVersion": "V3"}
    if not required:
        found["failureModeAllow"] = True
    if config.include_peer_certificate:
        found["includePeerCertificate"] = True
    return found


def _network_filter(proxy: ExtendedProxy, config: AuthzConfig, *, required: bool) -> dict[str, Any]:
    if config.grpc_service is None:
        raise ExtensionError("an HTTP service cannot decide about TCP connections")
    return filter_of(
        "envoy.filters.network.ext_authz",
        _NETWORK_TYPE,
        grpcService=grpc_service(proxy, config.grpc_service, _LOCAL),
        **_common(config, required=required),
    )


def _http_filter(proxy: ExtendedProxy, config: AuthzConfig, *, required: bool) -> dict[str, Any]:
    found = _common(config, required=required)
    found["metadataContextNamespaces"] = [*config.metadata_context_namespaces, "consul"]
    if config.grpc_service is not None:
        found["grpcService"] = grpc_service(proxy, config.grpc_service, _LOCAL)
    elif config.http_service is not None:
        found["httpService"] = _http_service(proxy, config.http_service)
    if config.with_request_body is not None:
        body = config.with_request_body
        values = {
            "maxRequestBytes": body.max_request_bytes,
            "allowPartialMessage": body.allow_partial_message,
            "packAsBytes": body.pack_as_bytes,
        }
        found["withRequestBody"] = {name: value for name, value in values.items() if value}
    if config.clear_route_cache:
        found["clearRouteCache"] = True
    if config.status_on_error is not None:
        found["statusOnError"] = _status(config.status_on_error)
    if config.bootstrap_metadata_labels_key:
        found["bootstrapMetadataLabelsKey"] = config.bootstrap_metadata_labels_key
    return filter_of("envoy.filters.http.ext_authz", _HTTP_TYPE, **found)


def _status(code: int) -> dict[str, Any]:
    name = status_name(code)
    if name is None:
        raise ExtensionError(f"Envoy has no name for the status code {code}")
    return {"code": name} if code else {}


def _http_service(proxy: ExtendedProxy, service: HttpService) -> dict[str, Any]:
    target = target_of(service)
    cluster = cluster_of(proxy, target, _LOCAL)
    uri = {"uri": cluster, "cluster": cluster}
    timeout = timeout_of(target)
    found: dict[str, Any] = {"serverUri": uri if timeout is None else uri | {"timeout": timeout}}
    if service.path_prefix:
        found["pathPrefix"] = service.path_prefix
    if service.authorization_request is not None:
        found["authorizationRequest"] = _request(service.authorization_request)
    if service.authorization_response is not None:
        found["authorizationResponse"] = _response(service.authorization_response)
    return found


def _request(request: AuthorizationRequest) -> dict[str, Any]:
    found: dict[str, Any] = _patterns("allowedHeaders", request.allowed_headers)
    if request.headers_to_add:
        found["headersToAdd"] = [{"key": pair.key, "value": pair.value} for pair in request.headers_to_add]
    return found


def _response(response: AuthorizationResponse) -> dict[str, Any]:
    return {
        **_patterns("allowedUpstreamHeaders", response.allowed_upstream_headers),
        **_patterns("allowedUpstreamHeadersToAppend", response.allowed_upstream_headers_to_append),
        **_patterns("allowedClientHeaders", response.allowed_client_headers),
        **_patterns("allowedClientHeadersOnSuccess", response.allowed_client_headers_on_success),
        **_patterns("dynamicMetadataFromHeaders", response.dynamic_metadata_from_headers),
    }


def _patterns(name: str, matchers: Iterable[StringMatcher]) -> dict[str, Any]:
    found = [_pattern(matcher) for matcher in matchers]
    return {name: {"patterns": found}} if found else {}


def _pattern(matcher: StringMatcher) -> dict[str, Any]:
    if matcher.safe_regex:
        return {"safeRegex": {"regex": matcher.safe_regex}}
    kinds = {
        "contains": matcher.contains,
        "exact": matcher.exact,
        "prefix": matcher.prefix,
        "suffix": matcher.suffix,
    }
    found: dict[str, Any] = {kind: value for kind, value in kinds.items() if value}
    return found | {"ignoreCase": True} if matcher.ignore_case else found
