"""Who may call a sidecar's service: its RBAC and JWT filters (envoy-sidecar.md 8)."""

from __future__ import annotations

from typing import Any

from meshgw.entries.jwt_provider import JWTProvider
from meshgw.envoy import rbac
from meshgw.envoy.jwt_authn import jwt_filter, keys_fault
from meshgw.envoy.protojson import filter_of
from meshgw.envoy.rbac_principals import Identities
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.resolve.intentions import wanted_providers

# Trust domain, partition, namespace, datacenter and service of the caller, from its certificate.
_CALLER = ".*URI=spiffe://([^/]+.[^/]+)(?:/ap/([^/]+))?/ns/([^/]+)/dc/([^/]+)/svc/([^/;,]+).*"
_CALLER_PARTS = ("trust-domain", "partition", "namespace", "datacenter", "service")


def _caller_rule(group: int, key: str) -> dict[str, Any]:
    rewrite = {"pattern": {"regex": _CALLER}, "substitution": f"\\{group}"}
    kept = {"metadataNamespace": "consul", "key": key, "regexValueRewrite": rewrite}
    return {"header": "x-forwarded-client-cert", "onHeaderPresent": kept}


HEADER_TO_METADATA = filter_of(
    "envoy.filters.http.header_to_metadata",
    "envoy.extensions.filters.http.header_to_metadata.v3.Config",
    requestRules=[_caller_rule(group, key) for group, key in enumerate(_CALLER_PARTS, 1)],
)
"""Makes the caller's identity known to other filters (LS-13)."""


def network_filter(context: SidecarContext) -> dict[str, Any]:
    """Decides about connections."""
    snapshot = context.snapshot
    return rbac.network_filter(
        snapshot.intentions, _identities(context), default_allow=snapshot.datacenter.default_allow
    )


def http_filters(context: SidecarContext) -> list[dict[str, Any]]:
    """The JWT filter when an intention asks for tokens, then the one that decides (LS-12)."""
    providers = _providers(context)
    if providers is None:
        return []
    found = [jwt_filter(providers.values())] if providers else []
    return [*found, http_rbac(context, providers)]


def http_rbac_filter(context: SidecarContext) -> list[dict[str, Any]]:
    """The filter that decides, alone: for a listener of the user's own (LS-20)."""
    providers = _providers(context)
    return [] if providers is None else [http_rbac(context, providers)]


def http_rbac(context: SidecarContext, providers: dict[str, JWTProvider]) -> dict[str, Any]:
    """Decides about requests."""
    snapshot = context.snapshot
    return rbac.http_filter(
        snapshot.intentions,
        _identities(context),
        providers,
        default_allow=snapshot.datacenter.default_allow,
    )


def _identities(context: SidecarContext) -> Identities:
    snapshot = context.snapshot
    return Identities.of(snapshot.trust_domain, snapshot.key.partition, snapshot.inbound_bundles)


def _providers(context: SidecarContext) -> dict[str, JWTProvider] | None:
    """The providers that intentions name, in order of first mention; `None` when one cannot be used."""
    known = {provider.name: provider for provider in context.snapshot.jwt_providers}
    found: dict[str, JWTProvider] = {}
    for intention, name in wanted_providers(context.snapshot.intentions):
        if name in found:
            continue
        provider = known.get(name)
        if provider is None:
            entry = intention.entry.name
            context.fail(
                "jwt-provider-missing",
                f"an intention for `{entry}` asks for tokens of `{name}`, which is no jwt-provider",
                note="provider specified in intention does not exist",
            )
            return None
        fault = keys_fault(provider)
        if fault is not None:
            context.fail("jwt-provider-without-keys", f"the jwt-provider `{name}` cannot be used: {fault}")
            return None
        found[name] = provider
    return found
