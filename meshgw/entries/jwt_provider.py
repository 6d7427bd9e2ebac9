"""jwt-provider (config-entries.md 2.18): who issues JSON web tokens, and where requests carry them."""

from __future__ import annotations

from typing import Self

from meshgw.diagnostics.evaluation import each, first, until
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.jwt_advice import ADVICE, DEFAULT_CLOCK_SKEW_SECONDS
from meshgw.entries.jwt_key_sets import KEY_SET_RULES
from meshgw.entries.jwt_parts import (
    DISCOVERY_TYPES,
    CookieLocation,
    HeaderLocation,
    JSONWebKeySet,
    JWKSCluster,
    JWKSRetryPolicy,
    JWKSTLSCertificates,
    JWTCacheConfig,
    JWTForwarding,
    JWTLocation,
    LocalJWKS,
    QueryParamLocation,
    RemoteJWKS,
    TrustedCA,
)
from meshgw.entries.shared import META
from meshgw.entries.tenancy_rules import entry_namespace_not_default
from meshgw.schema.fields import blocks, integer, obj, replace, text, texts

__all__ = [
    "DEFAULT_CLOCK_SKEW_SECONDS",
    "DISCOVERY_TYPES",
    "CookieLocation",
    "HeaderLocation",
    "JSONWebKeySet",
    "JWKSCluster",
    "JWKSRetryPolicy",
    "JWKSTLSCertificates",
    "JWTCacheConfig",
    "JWTForwarding",
    "JWTLocation",
    "JWTProvider",
    "LocalJWKS",
    "QueryParamLocation",
    "RemoteJWKS",
    "TrustedCA",
]


@config_entry("jwt-provider")
class JWTProvider(Entry):
    """An issuer of JSON web tokens, for intentions and routes to refer to."""

    json_web_key_set: JSONWebKeySet | None = obj(
        "JSONWebKeySet", JSONWebKeySet, optional=True, alias="json_web_key_set", doc="required"
    )
    issuer: str = text("Issuer", doc="the `iss` claim that tokens must have; any when empty")
    audiences: tuple[str, ...] = texts("Audiences", doc="`aud` claims that are taken; any when empty")
    locations: tuple[JWTLocation, ...] = blocks(
        "Locations", JWTLocation, nulls="refused", doc="where tokens are looked for"
    )
    forwarding: JWTForwarding | None = obj("Forwarding", JWTForwarding, optional=True)
    clock_skew_seconds: int = integer(
        "ClockSkewSeconds", alias="clock_skew_seconds", doc="tolerance for the times in tokens; 0 means 30"
    )
    cache_config: JWTCacheConfig | None = obj(
        "CacheConfig", JWTCacheConfig, optional=True, alias="cache_config"
    )

    def normalize(self) -> Self:
        return replace(self, clock_skew_seconds=self.clock_skew_seconds or DEFAULT_CLOCK_SKEW_SECONDS)


@rule("jwt-provider-name-missing", on=JWTProvider, consul="Name is required")  # JP-01
def jwt_provider_name_missing(provider: JWTProvider, report: Report) -> None:
    """A JWT provider without a name.

    Refused:

        Kind = "jwt-provider"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
    """
    if not provider.name:
        report("the provider has no `Name`", at=("Name",), help="name it as intentions refer to it")


@rule("jwt-provider-without-keys", on=JWTProvider, consul="JSONWebKeySet is required")  # JP-05
def jwt_provider_without_keys(provider: JWTProvider, report: Report) -> None:
    """A JWT provider without a key set.

    Refused:

        Kind   = "jwt-provider"
        Name   = "okta"
        Issuer = "https://example.com"

    Accepted:

        Kind   = "jwt-provider"
        Name   = "okta"
        Issuer = "https://example.com"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
    """
    if provider.json_web_key_set is None:
        help_ = "say where the keys are that tokens are checked with"
        report("the provider has no `JSONWebKeySet`", at=("JSONWebKeySet",), help=help_)


@rule("jwt-location-not-one-kind", on=JWTProvider, consul="exactly one of: JWT location header")  # JP-15
def jwt_location_not_one_kind(location: JWTLocation, report: Report) -> None:
    """A location that is not exactly one of a header, a query parameter and a cookie.

    An empty block counts as given.

    Refused:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
        Locations { Header { Name = "authorization" } Cookie { Name = "token" } }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
        Locations { Header { Name = "authorization" } }
        Locations { Cookie { Name = "token" } }
    """
    given = sum(kind is not None for kind in (location.header, location.query_param, location.cookie))
    if given != 1:
        report(
            "the location is several at once" if given else "the location is empty",
            help="write a `Locations` block for each header, query parameter or cookie",
        )


@rule("jwt-header-unnamed", on=JWTProvider, consul="JWT location header name")  # JP-16
def jwt_header_unnamed(header: HeaderLocation, report: Report) -> None:
    """A header that carries the token, without its name.

    Refused:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
        Locations { Header { ValuePrefix = "Bearer " } }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
        Locations { Header { Name = "authorization" ValuePrefix = "Bearer " } }
    """
    if not header.name:
        report("the header has no `Name`", at=("Name",), help="set `Name` to the header")


@rule("jwt-cookie-unnamed", on=JWTProvider, consul="JWT location cookie name")  # JP-17
def jwt_cookie_unnamed(cookie: CookieLocation, report: Report) -> None:
    """A cookie that carries the token, without its name.

    Refused:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
        Locations { Cookie {} }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
        Locations { Cookie { Name = "token" } }
    """
    if not cookie.name:
        report("the cookie has no `Name`", at=("Name",), help="set `Name` to the cookie")


@rule("jwt-query-param-unnamed", on=JWTProvider, consul="JWT location query param name")  # JP-18
def jwt_query_param_unnamed(parameter: QueryParamLocation, report: Report) -> None:
    """A query parameter that carries the token, without its name.

    Refused:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
        Locations { QueryParam {} }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
        Locations { QueryParam { Name = "token" } }
    """
    if not parameter.name:
        report("the query parameter has no `Name`", at=("Name",), help="set `Name` to the parameter")


@rule("jwt-forwarding-header-missing", on=JWTProvider, consul="Header name required")  # JP-19
def jwt_forwarding_header_missing(forwarding: JWTForwarding, report: Report) -> None:
    """Forwarding of the payload without the header for it.

    Refused:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
        Forwarding { PadForwardPayloadHeader = true }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
        Forwarding { HeaderName = "x-payload" PadForwardPayloadHeader = true }
    """
    if not forwarding.header_name:
        report("`Forwarding` has no `HeaderName`", at=("HeaderName",), help="set it, or take the block out")


judged(
    JWTProvider,
    first(
        jwt_provider_name_missing,  # JP-01
        META,  # JP-02
        entry_namespace_not_default,  # JP-04
        jwt_provider_without_keys,  # JP-05
        each("JSONWebKeySet", KEY_SET_RULES),  # JP-06 ... JP-14
        each(
            "Locations",
            until(
                jwt_location_not_one_kind,  # JP-15
                each("Header", jwt_header_unnamed),  # JP-16
                each("Cookie", jwt_cookie_unnamed),  # JP-17
                each("QueryParam", jwt_query_param_unnamed),  # JP-18
            ),
            all_items=True,
        ),
        each("Forwarding", jwt_forwarding_header_missing),  # JP-19
    ),
    *ADVICE,
)
