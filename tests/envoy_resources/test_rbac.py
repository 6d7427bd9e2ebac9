"""Intentions as RBAC: the table X-27, and a comparison with what intentions mean for every caller."""

import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshgw.entries.jwt_provider import JWTProvider
from meshgw.entries.service_intentions import (
    ClaimVerification,
    HTTPPermission,
    JWTProviderRequirement,
    JWTRequirement,
    Permission,
    ServiceIntentions,
    Source,
)
from meshgw.envoy.rbac import http_rules, network_rules
from meshgw.envoy.rbac_principals import Identities
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey
from meshgw.resolve.intentions import Caller, enforced_among, matching_intentions
from meshgw.snapshot.model import PeerBundle

HERE = {"namespace": "default", "partition": "default"}
TABLE: list[dict[str, Any]] = json.loads(Path(__file__).with_name("rbac_examples.json").read_text())
BUNDLE = PeerBundle(peer="peer1", trust_domain="peer1.domain", name="peer1", exported_partition="part1")
OWN = Identities(trust_domain="test.consul", partition="default")
WITH_PEER = Identities(trust_domain="test.consul", partition="default", peers={"peer1": BUNDLE})


def permission(action: str, kind: str, path: str, jwt: JWTRequirement | None = None) -> Permission:
    return Permission(action=action, http=HTTPPermission(**{f"path_{kind}": path}), jwt=jwt)


def token(provider: str, **claim: str) -> JWTRequirement:
    verified = tuple(
        ClaimVerification(path=tuple(path.split("__")), value=value) for path, value in claim.items()
    )
    return JWTRequirement(providers=(JWTProviderRequirement(name=provider, verify_claims=verified),))


def source(name: str, action: str = "", **more: Any) -> Source:
    return Source(name=name, action=action, namespace="default", **more)


ALLOW_WEB = [source("web", "allow")]
SECRETS = (
    permission("deny", "exact", "/v1/secret"),
    permission("deny", "exact", "/v1/admin"),
    permission("allow", "prefix", "/"),
)
PEERS = [
    source("web", "allow"),
    source("web", "deny", peer="peer1"),
    source("*", "allow", peer="peer1"),
]
TOKENS = (
    permission("allow", "exact", "/v1/secret", token("auth0", perms__role="admin")),
    permission("allow", "exact", "/v1/admin"),
)
CASES: list[tuple[str, list[Source], JWTRequirement | None, str]] = [
    ("deny", ALLOW_WEB, None, "network"),
    ("allow", [source("web", "deny")], None, "http"),
    ("deny", [source("web", "deny"), source("*", "allow")], None, "network"),
    (
        "deny",
        [source("cron", "allow"), source("unsafe", "deny"), source("web", "allow"), source("*", "allow")],
        None,
        "network",
    ),
    ("deny", [source("web", permissions=SECRETS)], None, "http"),
    ("deny", [source("web", permissions=SECRETS)], None, "network"),
    ("allow", [source("web", permissions=(permission("allow", "prefix", "/"),))], None, "http"),
    (
        "allow",
        [source("web", permissions=(permission("deny", "prefix", "/"),)), source("*", "deny")],
        None,
        "http",
    ),
    ("deny", PEERS, None, "http"),
    ("deny", PEERS, None, "network"),
    ("deny", ALLOW_WEB, token("okta", roles="testing"), "http"),
    ("deny", [source("web", permissions=TOKENS)], token("okta", roles="testing"), "http"),
]
PROVIDERS = {
    name: JWTProvider(name=name, issuer=f"mytest.{name}-issuer", **HERE) for name in ("okta", "auth0")
}


def rules(
    sources: list[Source], jwt: JWTRequirement | None, default: str, kind: str, identities: Identities
) -> dict[str, Any]:
    entry = ServiceIntentions(name="api", sources=tuple(sources), jwt=jwt, **HERE).normalize()
    found = matching_intentions(EntrySet([entry]), ServiceKey("default", "default", "api"))
    if kind == "network":
        return network_rules(found, identities, default_allow=default == "allow")
    return http_rules(found, identities, PROVIDERS, default_allow=default == "allow")


@pytest.mark.parametrize(("case", "expected"), list(zip(CASES, TABLE, strict=True)))
def test_table(case: tuple[str, list[Source], JWTRequirement | None, str], expected: dict[str, Any]) -> None:
    default, sources, jwt, kind = case
    identities = WITH_PEER if any(each.peer for each in sources) else OWN
    assert rules(sources, jwt, default, kind, identities) == expected


NAMES = ("web", "cron", "*")
CALLERS = [("web", ""), ("cron", ""), ("other", ""), ("web", "peer1"), ("other", "peer1")]
SOURCES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(("", "peer1")), st.sampled_from(("allow", "deny"))),
    max_size=4,
    unique_by=lambda each: each[:2],
)


@given(SOURCES, st.booleans())
@settings(deadline=None)
def test_every_caller_is_decided_about_as_intentions_say(
    chosen: list[tuple[str, str, str]], default_allow: bool
) -> None:
    sources = [source(name, action, peer=peer) for name, peer, action in chosen]
    entry = ServiceIntentions(name="api", sources=tuple(sources), **HERE).normalize()
    found = matching_intentions(EntrySet([entry]), ServiceKey("default", "default", "api"))
    made = network_rules(found, WITH_PEER, default_allow=default_allow)
    for name, peer in CALLERS:
        caller = Caller("default", "default", name, peer)
        wanted = enforced_among(found, caller, default_allow=default_allow).verdict == "allow"
        assert allows(made, name, peer) == wanted, (name, peer)


def allows(made: dict[str, Any], name: str, peer: str) -> bool:
    """What Envoy does with a connection: a policy allows those it matches, or denies them."""
    place = "peer1.domain/ap/part1" if peer else "test.consul"
    identity = f"spiffe://{place}/ns/default/dc/dc1/svc/{name}"
    matched = any(
        matches(principal, identity)
        for policy in made.get("policies", {}).values()
        for principal in policy["principals"]
    )
    return not matched if made.get("action") == "DENY" else matched


def matches(principal: dict[str, Any], identity: str) -> bool:
    match principal:
        case {"andIds": {"ids": ids}}:
            return all(matches(each, identity) for each in ids)
        case {"notId": inner}:
            return not matches(inner, identity)
        case {"authenticated": {"principalName": {"safeRegex": {"regex": regex}}}}:
            return re.fullmatch(regex, identity) is not None
    raise AssertionError(principal)


def test_permissions_are_subtracted_from_later_ones() -> None:
    """Of every pair of actions: what is left of each permission, last of all the earlier ones first."""
    for first, second in product(("allow", "deny"), repeat=2):
        given_ = (permission(first, "prefix", "/a"), permission(second, "prefix", "/"))
        made = rules([source("web", permissions=given_)], None, "deny", "http", OWN)
        a, root = ({"urlPath": {"path": {"prefix": path}}} for path in ("/a", "/"))
        left = [a] if first == "allow" else []
        left += [{"andRules": {"rules": [root, {"notRule": a}]}}] if second == "allow" else []
        found = made.get("policies", {}).get("consul-intentions-layer7-0", {}).get("permissions", [])
        assert found == left, (first, second)
