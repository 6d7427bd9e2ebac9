"""builtin/ext-authz (config-entries.md 2.0.4)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import each, every, first, until
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.extensions.arguments import Extension
from meshgw.entries.extensions.services import (
    TARGET,
    GrpcService,
    ListenerArguments,
    Metadata,
    Target,
    extension_listener_type_unknown,
    extension_proxy_type_unsupported,
    extension_target_missing,
)
from meshgw.entries.regex import re2_fault
from meshgw.schema.fields import Block, block, blocks, boolean, integer, obj, text, texts, unsigned32

_MATCHERS = ("Contains", "Exact", "Prefix", "SafeRegex", "Suffix")
_STATUSES = frozenset(
    {
        0, 100, *range(200, 209), 226, *range(300, 306), 307, 308, *range(400, 418), *range(421, 425),
        426, 428, 429, 431, *range(500, 509), 510, 511,
    }
)  # fmt: skip
"""The status codes that Envoy has a name for; 0 stands for none."""


@block
class StringMatcher(Block):
    """How the name of a header is matched."""

    contains: str = text("Contains")
    exact: str = text("Exact")
    ignore_case: bool = boolean("IgnoreCase")
    prefix: str = text("Prefix")
    safe_regex: str = text("SafeRegex")
    suffix: str = text("Suffix")


@block
class AuthorizationRequest(Block):
    """What the authorization service gets."""

    allowed_headers: tuple[StringMatcher, ...] = blocks("AllowedHeaders", StringMatcher)
    headers_to_add: tuple[Metadata, ...] = blocks("HeadersToAdd", Metadata)


@block
class AuthorizationResponse(Block):
    """What of its answer goes on."""

    allowed_upstream_headers: tuple[StringMatcher, ...] = blocks("AllowedUpstreamHeaders", StringMatcher)
    allowed_upstream_headers_to_append: tuple[StringMatcher, ...] = blocks(
        "AllowedUpstreamHeadersToAppend", StringMatcher
    )
    allowed_client_headers: tuple[StringMatcher, ...] = blocks("AllowedClientHeaders", StringMatcher)
    allowed_client_headers_on_success: tuple[StringMatcher, ...] = blocks(
        "AllowedClientHeadersOnSuccess", StringMatcher
    )
    dynamic_metadata_from_headers: tuple[StringMatcher, ...] = blocks(
        "DynamicMetadataFromHeaders", StringMatcher
    )


@block
class HttpService(Block):
    """An HTTP service that decides."""

    target: Target | None = obj("Target", Target, optional=True)
    path_prefix: str = text("PathPrefix")
    authorization_request: AuthorizationRequest | None = obj(
        "AuthorizationRequest", AuthorizationRequest, optional=True
    )
    authorization_response: AuthorizationResponse | None = obj(
        "AuthorizationResponse", AuthorizationResponse, optional=True
    )


@block
class RequestBody(Block):
    """How much of a request's body goes along."""

    max_request_bytes: int = unsigned32("MaxRequestBytes")
    allow_partial_message: bool = boolean("AllowPartialMessage")
    pack_as_bytes: bool = boolean("PackAsBytes")


@block
class AuthzConfig(Block):
    """Envoy's external authorization filter."""

    bootstrap_metadata_labels_key: str = text("BootstrapMetadataLabelsKey")
    clear_route_cache: bool = boolean("ClearRouteCache")
    grpc_service: GrpcService | None = obj("GrpcService", GrpcService, optional=True)
    http_service: HttpService | None = obj("HttpService", HttpService, optional=True)
    include_peer_certificate: bool = boolean("IncludePeerCertificate")
    metadata_context_namespaces: tuple[str, ...] = texts("MetadataContextNamespaces")
    status_on_error: int | None = integer("StatusOnError", optional=True)
    stat_prefix: str = text("StatPrefix")
    with_request_body: RequestBody | None = obj("WithRequestBody", RequestBody, optional=True)


@block
class InsertOptions(Block):
    """Where the filter stands among the others."""

    location: str = text("Location")
    filter_name: str = text("FilterName")


@block
class AuthzArguments(ListenerArguments):
    """Asks a service about each request or connection."""

    insert_options: InsertOptions = obj("InsertOptions", InsertOptions)
    config: AuthzConfig = obj("Config", AuthzConfig)


@rule("authz-service-not-one", on="extension", consul="exactly one of GrpcService or HttpService")  # EX-32
def authz_service_not_one(config: AuthzConfig, report: Report) -> None:
    """An authorization that asks no service, or two.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{ Name = "builtin/ext-authz", Arguments = { Config = { StatPrefix = "authz" } } }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name      = "builtin/ext-authz"
          Arguments = { Config = { HttpService = { Target = { URI = "127.0.0.1:9191" } } } }
        }]
    """
    if (config.grpc_service is None) == (config.http_service is None):
        how = "neither `GrpcService` nor `HttpService`"
        if config.grpc_service is not None:
            how = "both `GrpcService` and `HttpService`"
        report(f"the extension has {how}", help="keep the one that is to be asked")


@rule("authz-matcher-not-one", on="extension", consul="exactly one of Contains, Exact")  # EX-38
def authz_matcher_not_one(matcher: StringMatcher, report: Report) -> None:
    """A header matcher that matches in no way, or in two.

    Refused:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/ext-authz",
            "Arguments": { "Config": { "HttpService": {
              "Target": { "URI": "127.0.0.1:9191" },
              "AuthorizationRequest": { "AllowedHeaders": [{ "Exact": "a", "Prefix": "b" }] }
            } } }
          }]
        }

    Accepted:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/ext-authz",
            "Arguments": { "Config": { "HttpService": {
              "Target": { "URI": "127.0.0.1:9191" },
              "AuthorizationRequest": { "AllowedHeaders": [{ "Exact": "a" }, { "Prefix": "b" }] }
            } } }
          }]
        }
    """
    given = [name for name in _MATCHERS if getattr(matcher, matcher.attribute_of(name))]
    if len(given) != 1:
        which = f"`{given[0]}` and `{given[1]}`" if given else "none of them"
        report(f"a matcher has one of {', '.join(_MATCHERS)}, not {which}", help="write a matcher for each")


@rule("authz-status-unknown", on="extension", consul="is not supported by Envoy")  # EX-39
def authz_status_unknown(config: AuthzConfig, report: Report) -> None:
    """A status code that Envoy does not know.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/ext-authz"
          Arguments = {
            Config = { StatusOnError = 418, GrpcService = { Target = { URI = "127.0.0.1:9191" } } }
          }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/ext-authz"
          Arguments = {
            Config = { StatusOnError = 503, GrpcService = { Target = { URI = "127.0.0.1:9191" } } }
          }
        }]
    """
    status = config.status_on_error
    if status is not None and status not in _STATUSES:
        report(f"the status code {status} is unknown to Envoy", at=("StatusOnError",))


@rule("authz-regex-invalid", on="extension")
def authz_regex_invalid(matcher: StringMatcher, report: Report) -> None:
    """A header matcher whose regular expression Envoy refuses.

    Consul passes it on as it is; Envoy then rejects the whole listener.

    Found:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/ext-authz",
            "Arguments": { "Config": { "HttpService": {
              "Target": { "URI": "127.0.0.1:9191" },
              "AuthorizationRequest": { "AllowedHeaders": [{ "SafeRegex": "x-(?!internal)" }] }
            } } }
          }]
        }

    Accepted:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/ext-authz",
            "Arguments": { "Config": { "HttpService": {
              "Target": { "URI": "127.0.0.1:9191" },
              "AuthorizationRequest": { "AllowedHeaders": [{ "SafeRegex": "x-.*" }] }
            } } }
          }]
        }
    """
    fault = re2_fault(matcher.safe_regex) if matcher.safe_regex else None
    if fault:
        report(f"`{matcher.safe_regex}` is no regular expression of Envoy's", at=("SafeRegex",), note=fault)


_MATCHER_LISTS = (
    "AuthorizationRequest.AllowedHeaders",
    "AuthorizationResponse.AllowedUpstreamHeaders",
    "AuthorizationResponse.AllowedUpstreamHeadersToAppend",
    "AuthorizationResponse.AllowedClientHeaders",
    "AuthorizationResponse.AllowedClientHeadersOnSuccess",
    "AuthorizationResponse.DynamicMetadataFromHeaders",
)

EXT_AUTHZ = Extension(
    arguments=AuthzArguments,
    order=every(
        extension_proxy_type_unsupported,  # EX-30
        extension_listener_type_unknown,  # EX-31
        each(
            "Config",
            every(
                first(
                    authz_service_not_one,  # EX-32
                    each("GrpcService", extension_target_missing, each("Target", TARGET)),  # EX-33…37
                    each(
                        "HttpService",
                        every(
                            first(extension_target_missing, each("Target", TARGET)),  # EX-33…37
                            *(
                                each(field, authz_matcher_not_one, all_items=True)  # EX-38
                                for field in _MATCHER_LISTS
                            ),
                        ),
                    ),
                ),
                authz_status_unknown,  # EX-39
            ),
        ),
        until(*(each(f"Config.HttpService.{field}", authz_regex_invalid) for field in _MATCHER_LISTS)),
    ),
)
