"""Tokens that intentions ask for, as conditions of Envoy's RBAC (envoy-sidecar.md 8.5).

The JWT filter puts the payload of a valid token where RBAC can see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from meshgw.entries.intention_parts import ClaimVerification, JWTProviderRequirement, JWTRequirement
from meshgw.entries.jwt_provider import JWTProvider
from meshgw.envoy.names import jwt_payload

JWT_FILTER = "envoy.filters.http.jwt_authn"


def token_principal(requirement: JWTRequirement, providers: Mapping[str, JWTProvider]) -> dict[str, Any]:
    """A caller whose token is from one of the providers, with the claims asked for (RB-30)."""
    found = [_token_of(provider, providers) for provider in requirement.providers]
    return found[0] if len(found) == 1 else {"orIds": {"ids": found}}


def _token_of(wanted: JWTProviderRequirement, providers: Mapping[str, JWTProvider]) -> dict[str, Any]:
    issued = _issued(wanted, providers)
    claims = _claims(wanted)
    if not claims:
        return issued
    both = [issued, claims[0] if len(claims) == 1 else {"andIds": {"ids": claims}}]
    return {"andIds": {"ids": both}}


def token_permission(requirement: JWTRequirement, providers: Mapping[str, JWTProvider]) -> dict[str, Any]:
    """A request with such a token (RB-31)."""
    found = [_request_with(provider, providers) for provider in requirement.providers]
    return found[0] if len(found) == 1 else {"orRules": {"rules": found}}


def _request_with(wanted: JWTProviderRequirement, providers: Mapping[str, JWTProvider]) -> dict[str, Any]:
    claims = _claims(wanted) or [{"any": True}]
    verified = claims[0] if len(claims) == 1 else {"andRules": {"rules": claims}}
    return {"andRules": {"rules": [_issued(wanted, providers), verified]}}


def _issued(wanted: JWTProviderRequirement, providers: Mapping[str, JWTProvider]) -> dict[str, Any]:
    return _payload_has(wanted.name, ["iss"], providers[wanted.name].issuer)


def _claims(wanted: JWTProviderRequirement) -> list[dict[str, Any]]:
    return [_claim(wanted.name, claim) for claim in wanted.verify_claims]


def _claim(provider: str, claim: ClaimVerification) -> dict[str, Any]:
    return _payload_has(provider, claim.path, claim.value)


def _payload_has(provider: str, path: Iterable[str], value: str) -> dict[str, Any]:
    segments = [{"key": jwt_payload(provider)}, *({"key": key} for key in path)]
    matched = {"stringMatch": {"exact": value}}
    return {"metadata": {"filter": JWT_FILTER, "path": segments, "value": matched}}
