"""Intentions as Envoy's RBAC (envoy-sidecar.md 8): who may connect, and with which requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from meshgw.entries.jwt_provider import JWTProvider
from meshgw.envoy.protojson import filter_of
from meshgw.envoy.rbac_jwt import token_principal
from meshgw.envoy.rbac_permissions import permission_rules
from meshgw.envoy.rbac_principals import Identities, RbacSource, all_ids, principal
from meshgw.resolve.intentions import Intention

Action: TypeAlias = Literal["allow", "deny", "permissions"]

_NETWORK_RBAC = "envoy.extensions.filters.network.rbac.v3.RBAC"
_HTTP_RBAC = "envoy.extensions.filters.http.rbac.v3.RBAC"
_LAYER4 = "consul-intentions-layer4"
_LAYER7 = "consul-intentions-layer7"


@dataclass(slots=True)
class RbacRule:
    """A source and what happens to it, without the narrower sources that were decided before."""

    source: RbacSource
    action: Action
    intention: Intention
    excluded: list[RbacSource] = field(default_factory=list)


def network_rules(
    intentions: Iterable[Intention], identities: Identities, *, default_allow: bool
) -> dict[str, Any]:
    """The rules of the network filter; permissions of requests count as deny here (RB-04)."""
    kept = _remaining(_rules(intentions, identities, http=False), default_allow=default_allow)
    plain = replace(identities, forwarded=False)
    principals = [principal(rule.source, rule.excluded, plain) for rule in kept]
    return _filter_rules(_connections(principals), default_allow=default_allow)


def http_rules(
    intentions: Iterable[Intention],
    identities: Identities,
    providers: Mapping[str, JWTProvider],
    *,
    default_allow: bool,
) -> dict[str, Any]:
    """The rules of the HTTP filter. Every provider that is named has to be in `providers`."""
    given = list(intentions)
    default = "allow" if default_allow else "deny"
    seen = replace(
        identities, forwarded=bool(identities.peers) and any(intention.peer for intention in given)
    )
    decided = [
        (rule, permission_rules(rule.intention.source.permissions, providers, default=default))
        for rule in _remaining(_rules(given, identities, http=True), default_allow=default_allow)
    ]
    # A source whose permissions all say what the default says is left out, and is not counted.
    left = [(rule, requests) for rule, requests in decided if requests or rule.action != "permissions"]
    policies = _connections(
        [_caller(rule, seen, providers) for rule, _ in left if rule.action != "permissions"]
    )
    for index, (rule, requests) in enumerate(left):
        if rule.action == "permissions":
            caller = _caller(rule, seen, providers)
            policies[f"{_LAYER7}-{index}"] = {"principals": [caller], "permissions": requests}
    return _filter_rules(policies, default_allow=default_allow)


def network_filter(
    intentions: Iterable[Intention], identities: Identities, *, default_allow: bool
) -> dict[str, Any]:
    """Decides about connections; there even when nobody is let in (LS-06)."""
    rules = network_rules(intentions, identities, default_allow=default_allow)
    return filter_of("envoy.filters.network.rbac", _NETWORK_RBAC, statPrefix="connect_authz", rules=rules)


def http_filter(
    intentions: Iterable[Intention],
    identities: Identities,
    providers: Mapping[str, JWTProvider],
    *,
    default_allow: bool,
) -> dict[str, Any]:
    """Decides about requests. Every provider that is named has to be in `providers`."""
    rules = http_rules(intentions, identities, providers, default_allow=default_allow)
    return filter_of("envoy.filters.http.rbac", _HTTP_RBAC, rules=rules)


def _filter_rules(policies: dict[str, Any], *, default_allow: bool) -> dict[str, Any]:
    """Policies allow when the default is to deny, and deny when it is to allow (RB-09)."""
    rules: dict[str, Any] = {"action": "DENY"} if default_allow else {}
    return rules | {"policies": policies} if policies else rules


def _connections(principals: list[dict[str, Any]]) -> dict[str, Any]:
    if not principals:
        return {}
    return {_LAYER4: {"principals": principals, "permissions": [{"any": True}]}}


def _caller(rule: RbacRule, identities: Identities, providers: Mapping[str, JWTProvider]) -> dict[str, Any]:
    """The callers of a rule, with a token where the whole entry asks for one."""
    found = principal(rule.source, rule.excluded, identities)
    tokens = rule.intention.entry.jwt
    if tokens is None or not tokens.providers:
        return found
    return all_ids([found, token_principal(tokens, providers)])


def _rules(intentions: Iterable[Intention], identities: Identities, *, http: bool) -> list[RbacRule]:
    """One rule per source; a second one for the same source never counts (RB-02, RB-03)."""
    found: dict[RbacSource, RbacRule] = {}
    for intention in intentions:
        source = RbacSource(intention.name, intention.namespace, intention.partition, intention.peer)
        if source in found or (source.peer and source.peer not in identities.peers):
            continue
        action: Action = "allow" if intention.source.action == "allow" else "deny"
        if intention.source.permissions:
            action = "permissions" if http else "deny"
        found[source] = RbacRule(source, action, intention)
    return list(found.values())


def _remaining(rules: list[RbacRule], *, default_allow: bool) -> list[RbacRule]:
    """Subtract narrower sources from wider ones, then drop what equals the default (RB-05).

    The narrower sources of a rule are those before it, the last one first.
    """
    default: Action = "allow" if default_allow else "deny"
    wide: list[RbacRule] = []
    for rule in reversed(rules):
        for wider in wide:
            if rule.source.narrower_than(wider.source):
                wider.excluded.append(rule.source)
        if rule.action != default and rule.source.wildcards:
            wide.append(rule)
    kept = [rule for rule in rules if rule.action != default]
    for rule in kept:
        rule.excluded = _simplified(rule.excluded)
    return kept


def _simplified(sources: list[RbacSource]) -> list[RbacSource]:
    """Narrowest first, without those that a wider one of the list covers (RB-07)."""
    ordered = sorted(sources, key=lambda source: source.wildcards)
    wide = [source for source in ordered if source.wildcards]
    return [source for source in ordered if not any(source.narrower_than(other) for other in wide)]
