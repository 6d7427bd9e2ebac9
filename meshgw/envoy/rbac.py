"""Intentions as Envoy's RBAC (envoy-sidecar.md 8): who may connect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from meshgw.snapshot.model import Intention, PeerBundle

Action: TypeAlias = Literal["allow", "deny", "permissions"]

_LAYER4 = "consul-intentions-layer4"
_ANY_SEGMENT = "[^/]+"


class RbacSource(NamedTuple):
    """Who is meant: `*` in name or namespace is anybody."""

    name: str
    namespace: str
    partition: str
    peer: str

    @property
    def wildcards(self) -> int:
        """How wide it is: a wildcard namespace counts twice."""
        return 2 if self.namespace == "*" else 1 if self.name == "*" else 0

    def narrower_than(self, other: RbacSource) -> bool:
        """Whether everybody it means is also meant by a wider one (RB-06)."""
        return (
            self.wildcards < other.wildcards
            and (self.partition, self.peer) == (other.partition, other.peer)
            and other.namespace in (self.namespace, "*")
            and other.name in (self.name, "*")
        )


@dataclass(slots=True)
class RbacRule:
    """A source and what happens to it, without the narrower sources that were decided before."""

    source: RbacSource
    action: Action
    intention: Intention
    excluded: list[RbacSource] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """Trust domains of callers: the own one, and those of peers with their partition."""

    trust_domain: str
    partition: str
    peers: Mapping[str, PeerBundle] = field(default_factory=dict)


def network_rules(
    intentions: Iterable[Intention], identities: Identities, *, default_allow: bool
) -> dict[str, Any]:
    """The rules of the network filter; permissions of requests count as deny here (RB-04)."""
    kept = remaining_rules(_rules(intentions, identities, http=False), default_allow=default_allow)
    rules: dict[str, Any] = {"action": "DENY"} if default_allow else {}
    if kept:
        principals = [principal(rule, identities) for rule in kept]
        rules["policies"] = {_LAYER4: {"principals": principals, "permissions": [{"any": True}]}}
    return rules


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


def remaining_rules(rules: list[RbacRule], *, default_allow: bool) -> list[RbacRule]:
    """Subtract narrower sources from wider ones, then drop what equals the default (RB-05)."""
    default: Action = "allow" if default_allow else "deny"
    dropped: set[int] = set()
    for index in range(len(rules) - 1, -1, -1):
        for later in range(index + 1, len(rules)):
            if later not in dropped and rules[index].source.narrower_than(rules[later].source):
                rules[later].excluded.append(rules[index].source)
        if rules[index].action == default:
            dropped.add(index)
    kept = [rule for index, rule in enumerate(rules) if index not in dropped]
    for rule in kept:
        rule.excluded = _simplified(rule.excluded)
    return kept


def _simplified(sources: list[RbacSource]) -> list[RbacSource]:
    """Narrowest first, without those that a wider one of the list covers (RB-07)."""
    ordered = sorted(sources, key=lambda source: source.wildcards)
    return [
        source
        for index, source in enumerate(ordered)
        if not any(source.narrower_than(later) for later in ordered[index + 1 :])
    ]


def principal(rule: RbacRule, identities: Identities) -> dict[str, Any]:
    """The callers of a rule: the source, and not those decided before (RB-16)."""
    own = identity_principal(rule.source, identities)
    if not rule.excluded:
        return own
    others = [{"notId": identity_principal(source, identities)} for source in rule.excluded]
    return {"andIds": {"ids": [own, *others]}}


def identity_principal(source: RbacSource, identities: Identities) -> dict[str, Any]:
    """A caller by the SPIFFE id of its certificate."""
    pattern = spiffe_pattern(source, identities)
    return {"authenticated": {"principalName": {"safeRegex": {"regex": f"^{pattern}$"}}}}


def spiffe_pattern(source: RbacSource, identities: Identities) -> str:
    """The SPIFFE ids of a source, of any datacenter. Consul escapes nothing in it (RB-15)."""
    trust_domain, partition = identities.trust_domain, source.partition
    if source.peer:
        bundle = identities.peers[source.peer]
        trust_domain, partition = bundle.trust_domain, bundle.exported_partition
    part = "" if partition in ("", "default") else f"/ap/{partition.lower()}"
    namespace = _ANY_SEGMENT if source.namespace == "*" else source.namespace
    name = _ANY_SEGMENT if source.name == "*" else source.name
    return f"spiffe://{trust_domain}{part}/ns/{namespace}/dc/{_ANY_SEGMENT}/svc/{name}"
