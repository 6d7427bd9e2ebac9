"""What Consul accepts in a JWT provider and what surprises, or breaks, later.

envoy-sidecar.md 4.8 and 8.6 say what becomes of each field.
"""

from __future__ import annotations

import base64
import ipaddress
from typing import Any
from urllib.parse import SplitResult, urlsplit

from meshgw.diagnostics.evaluation import Step, each
from meshgw.diagnostics.model import Severity
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.jwt_key_sets import is_base64
from meshgw.entries.jwt_parts import KIND, JWKSCluster, LocalJWKS, RemoteJWKS
from meshgw.entries.request_uri import request_uri_fault
from meshgw.schema.durations import format_duration
from meshgw.schema.spelling import spelling_of
from meshgw.source.json import read_json

DEFAULT_CLOCK_SKEW_SECONDS = 30
_SECOND = 1_000_000_000
_LONGEST_ENVOY_DURATION = 315_576_000_000  # seconds, of protobuf's JSON form


@rule("jwks-unreadable", on=KIND)
def jwks_unreadable(local: LocalJWKS, report: Report) -> None:
    """A key set that is base64, but of something else.

    Consul does not look into it. Envoy finds no key in it and refuses every token of the provider.

    Found:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { JWKS = "aGVsbG8=" } }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { JWKS = "eyJrZXlzIjpbXX0=" } }
    """
    if not local.jwks or not is_base64(local.jwks):
        return
    text = base64.b64decode(local.jwks).decode("utf-8", "replace")
    keys = read_json(text, "").value
    if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
        report(
            "`JWKS` holds no key set",
            at=("JWKS",),
            part="key",
            help='encode a JSON object with the list `"keys"`',
        )


@rule("jwks-uri-not-http", on=KIND)
def jwks_uri_not_http(remote: RemoteJWKS, report: Report) -> None:
    """A remote key set at a place that proxies cannot ask.

    Consul takes anything that has a scheme, and bare paths. Proxies need `http` or `https` and a host;
    without them they get no cluster to fetch from.

    Found:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Remote { URI = "/jwks.json" JWKSCluster {} } }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Remote { URI = "https://example.com/jwks.json" JWKSCluster {} } }
    """
    if not remote.uri or request_uri_fault(remote.uri):
        return
    parts = _split(remote.uri)
    if parts is None or parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        report(
            f"proxies cannot fetch from `{remote.uri}`", at=("URI",), help="write it as `https://HOST/PATH`"
        )


def _split(uri: str) -> SplitResult | None:
    try:
        return urlsplit(uri)
    except ValueError:
        return None


@rule("jwks-host-taken-for-address", on=KIND)
def jwks_host_taken_for_address(remote: RemoteJWKS, report: Report) -> None:
    """A key set on a named host without a way to look the name up.

    Without `JWKSCluster`, or with its type `STATIC`, Consul makes a cluster of fixed addresses. Envoy
    refuses one whose address is a name.

    Found:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Remote { URI = "https://example.com/jwks.json" } }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet {
          Remote {
            URI = "https://example.com/jwks.json"
            JWKSCluster { DiscoveryType = "STRICT_DNS" }
          }
        }
    """
    cluster = remote.jwks_cluster
    if cluster is not None and cluster.discovery_type != "STATIC":
        return
    parts = None if request_uri_fault(remote.uri) else _split(remote.uri)
    if parts is not None and parts.hostname and not _is_address(parts.hostname):
        report(
            f"`{parts.hostname}` would be taken for an IP address",
            at=("URI",) if cluster is None else ("JWKSCluster", "DiscoveryType"),
            help=f"add `{spelling_of(report).setting('JWKSCluster', {'DiscoveryType': 'STRICT_DNS'})}`",
        )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@rule("jwks-cache-never-ends", on=KIND)
def jwks_cache_never_ends(remote: RemoteJWKS, report: Report) -> None:
    """A duration for which the key set is kept.

    Consul writes its nanoseconds as if they were seconds. Up to about five minutes proxies keep the
    first key set for thousands of years, which is a warning; beyond that Envoy refuses the number and
    with it the listener. Without the field proxies fetch again after ten minutes.

    Found:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet {
          Remote { URI = "https://example.com/jwks.json" CacheDuration = "30m" JWKSCluster {} }
        }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Remote { URI = "https://example.com/jwks.json" JWKSCluster {} } }
    """
    if remote.cache_duration <= 0:
        return
    refused = remote.cache_duration > _LONGEST_ENVOY_DURATION
    report(
        f"proxies get {remote.cache_duration} seconds in place of {format_duration(remote.cache_duration)}",
        at=("CacheDuration",),
        note="Envoy refuses a duration of that length" if refused else None,
        help="take `CacheDuration` out",
        severity=Severity.ERROR if refused else Severity.WARNING,
    )


@rule("jwks-time-cut", on=KIND, severity="warning")
def jwks_time_cut(remote: RemoteJWKS, report: Report) -> None:
    """A time for fetching the key set that is no whole number of seconds.

    Proxies get whole seconds; what is below one second becomes none at all.

    Found:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet {
          Remote { URI = "https://example.com/jwks.json" RequestTimeoutMs = 500 JWKSCluster {} }
        }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet {
          Remote { URI = "https://example.com/jwks.json" RequestTimeoutMs = 1000 JWKSCluster {} }
        }
    """
    cluster = remote.jwks_cluster or JWKSCluster()
    times = (
        (("RequestTimeoutMs",), remote.request_timeout_ms * 1_000_000),
        (("JWKSCluster", "ConnectTimeout"), cluster.connect_timeout),
    )
    for path, time in times:
        if time > 0 and time % _SECOND:
            report(f"{format_duration(time)} becomes {time // _SECOND}s", at=path, help="write whole seconds")


@rule("jwt-forward-differs", on=KIND, severity="warning")
def jwt_forward_differs(provider: Any, report: Report) -> None:
    """Header locations that differ in `Forward`.

    A provider has one such setting: that of the last header counts for all.

    Found:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
        Locations { Header { Name = "x-token" Forward = true } }
        Locations { Header { Name = "authorization" } }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
        Locations { Header { Name = "x-token" Forward = true } }
        Locations { Header { Name = "authorization" Forward = true } }
    """
    headers = {
        index: location.header
        for index, location in enumerate(provider.locations)
        if location.header is not None
    }
    last = max(headers, default=-1)
    for index, header in headers.items():
        if header.forward != headers[last].forward:
            report(
                f"the `Forward` of `{header.name}` does not count",
                at=("Locations", index, "Header", "Forward"),
                related=report.place(("Locations", last, "Header"), "the last header decides"),
                help="give all headers the same `Forward`",
            )


@rule("jwt-setting-unused", on=KIND, severity="warning")
def jwt_setting_unused(provider: Any, report: Report) -> None:
    """A tolerance for clocks, or a size of the token cache.

    Consul stores both but hands neither to the proxies, which use Envoy's own: 60 seconds, and no
    cache.

    Found:

        Kind             = "jwt-provider"
        Name             = "okta"
        ClockSkewSeconds = 5
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
    """
    if provider.clock_skew_seconds != DEFAULT_CLOCK_SKEW_SECONDS:
        report("proxies do not get `ClockSkewSeconds`", at=("ClockSkewSeconds",), part="key")
    if provider.cache_config is not None:
        report("proxies do not get `CacheConfig`", at=("CacheConfig",), part="key")


ADVICE: tuple[Step, ...] = (
    each("JSONWebKeySet.Local", jwks_unreadable),
    each(
        "JSONWebKeySet.Remote",
        jwks_uri_not_http,
        jwks_host_taken_for_address,
        jwks_cache_never_ends,
        jwks_time_cut,
    ),
    jwt_forward_differs,
    jwt_setting_unused,
)
