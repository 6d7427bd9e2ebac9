"""Envoy's JWT filter: it reads and checks tokens, and lets every request through (envoy-sidecar.md 8.6)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any, Final

from meshgw.entries.jwt_parts import JSONWebKeySet, JWKSRetryPolicy, JWTLocation, LocalJWKS, RemoteJWKS
from meshgw.entries.jwt_provider import JWTProvider
from meshgw.envoy.names import jwks_cluster, jwt_payload
from meshgw.envoy.protojson import duration, filter_of
from meshgw.envoy.rbac_jwt import JWT_FILTER

_TYPE = "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication"
_SECOND: Final = 1_000_000_000
_MISSING_OR_FAILED: Final[Mapping[str, Any]] = {"allowMissingOrFailed": {}}


def jwt_filter(providers: Iterable[JWTProvider]) -> dict[str, Any]:
    """The filter for some providers, at least one; each of them has usable keys."""
    given = list(providers)
    accepted = [
        {"requiresAny": {"requirements": [{"providerName": provider.name}, _MISSING_OR_FAILED]}}
        for provider in given
    ]
    requires = accepted[0] if len(accepted) == 1 else {"requiresAll": {"requirements": accepted}}
    return filter_of(
        JWT_FILTER,
        _TYPE,
        providers={provider.name: provider_config(provider) for provider in given},
        rules=[{"match": {"prefix": "/"}, "requires": requires}],
    )


def keys_fault(provider: JWTProvider) -> str | None:
    """Why a provider's keys cannot be handed to Envoy: Consul then generates nothing (JA-04)."""
    keys = provider.json_web_key_set
    local = keys.local if keys is not None else None
    if local is not None and local.jwks:
        return None if _decoded(local.jwks) is not None else "its `JWKS` is not base64"
    if (local is not None and local.filename) or _remote(keys) is not None:
        return None
    return "it has no keys"


def provider_config(provider: JWTProvider) -> dict[str, Any]:
    """What a valid token of a provider is, and where requests carry it (JA-03)."""
    found: dict[str, Any] = {"payloadInMetadata": jwt_payload(provider.name)}
    if provider.issuer:
        found["issuer"] = provider.issuer
    if provider.audiences:
        found["audiences"] = list(provider.audiences)
    if provider.forwarding is not None:
        found["forwardPayloadHeader"] = provider.forwarding.header_name
        if provider.forwarding.pad_forward_payload_header:
            found["padForwardPayloadHeader"] = True
    return found | _locations(provider.locations) | _keys(provider)


def _locations(locations: Iterable[JWTLocation]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for location in locations:
        if location.header is not None:
            prefix = {"valuePrefix": location.header.value_prefix} if location.header.value_prefix else {}
            found.setdefault("fromHeaders", []).append({"name": location.header.name, **prefix})
            found["forward"] = location.header.forward  # the last header decides
        elif location.query_param is not None:
            found.setdefault("fromParams", []).append(location.query_param.name)
        elif location.cookie is not None:
            found.setdefault("fromCookies", []).append(location.cookie.name)
    if not found.get("forward"):
        found.pop("forward", None)
    return found


def _keys(provider: JWTProvider) -> dict[str, Any]:
    keys = provider.json_web_key_set
    if keys is not None and keys.local is not None:
        return {"localJwks": _local(keys.local)}
    remote = _remote(keys)
    return {} if remote is None else {"remoteJwks": _fetched(provider.name, remote)}


def _remote(keys: JSONWebKeySet | None) -> RemoteJWKS | None:
    return keys.remote if keys is not None and keys.remote is not None and keys.remote.uri else None


def _local(local: LocalJWKS) -> dict[str, Any]:
    if local.jwks:
        return {"inlineString": _decoded(local.jwks)}
    return {"filename": local.filename}


def _decoded(text: str) -> str | None:
    try:
        return base64.b64decode("".join(text.split("\n")), validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def _fetched(provider: str, remote: RemoteJWKS) -> dict[str, Any]:
    """Keys from a server. Consul counts whole seconds, and prints nanoseconds as seconds (JA-05)."""
    seconds = int(remote.request_timeout_ms / 1000)
    uri = {"uri": remote.uri, "cluster": jwks_cluster(provider), "timeout": duration(seconds * _SECOND)}
    found: dict[str, Any] = {
        "httpUri": uri,
        "asyncFetch": {"fastListener": True} if remote.fetch_asynchronously else {},
    }
    if remote.cache_duration > 0:
        found["cacheDuration"] = f"{remote.cache_duration}s"
    if remote.retry_policy is not None:
        found["retryPolicy"] = _retries(remote.retry_policy)
    return found


def _retries(policy: JWKSRetryPolicy) -> dict[str, Any]:
    found: dict[str, Any] = {"numRetries": policy.num_retries}
    pauses = policy.retry_policy_back_off
    if pauses is not None:
        base = {"baseInterval": duration(pauses.base_interval)}
        longest = {"maxInterval": duration(pauses.max_interval)}
        found["retryBackOff"] = base | longest
    return found


def used_providers(names: Iterable[str], known: Mapping[str, JWTProvider]) -> list[JWTProvider]:
    """The providers of some names, each once, in the order of first mention (JA-01)."""
    return [known[name] for name in dict.fromkeys(names)]
