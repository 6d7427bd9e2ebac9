"""The blocks of a service-intentions entry (config-entries.md 2.6)."""

from __future__ import annotations

from meshgw.schema.fields import (
    Block,
    block,
    blocks,
    boolean,
    integer,
    mapping,
    obj,
    tenancy,
    text,
    texts,
    timestamp,
)

ACTIONS = ("allow", "deny")


@block
class ClaimVerification(Block):
    """A claim of the token and the value it must have."""

    path: tuple[str, ...] = texts("Path", doc="keys that lead to the claim, outermost first")
    value: str = text("Value", doc="the value the claim must have")


@block
class JWTProviderRequirement(Block):
    """A provider whose tokens are taken, and the claims that must match."""

    name: str = text("Name", doc="name of a jwt-provider")
    verify_claims: tuple[ClaimVerification, ...] = blocks(
        "VerifyClaims", ClaimVerification, alias="verify_claims", doc="claims that must all match"
    )


@block
class JWTRequirement(Block):
    """The providers whose tokens are taken; any one of them suffices."""

    providers: tuple[JWTProviderRequirement, ...] = blocks(
        "Providers", JWTProviderRequirement, nulls="refused", doc="any one of them suffices"
    )


@block
class HeaderMatch(Block):
    """A condition on one request header: exactly one of `Present` and the five texts."""

    name: str = text("Name", doc="name of the header")
    present: bool = boolean("Present", doc="the header is there, whatever its value")
    exact: str = text("Exact", doc="the whole value")
    prefix: str = text("Prefix", doc="how the value begins")
    suffix: str = text("Suffix", doc="how the value ends")
    contains: str = text("Contains", doc="a part of the value")
    regex: str = text("Regex", doc="RE2 expression for the whole value")
    invert: bool = boolean("Invert", doc="match when the condition does not hold")
    ignore_case: bool = boolean("IgnoreCase", alias="ignore_case", doc="compare without regard to case")


@block
class HTTPPermission(Block):
    """The requests that a permission speaks of; all given conditions must hold."""

    path_exact: str = text("PathExact", alias="path_exact", doc="the whole path")
    path_prefix: str = text("PathPrefix", alias="path_prefix", doc="how the path begins")
    path_regex: str = text("PathRegex", alias="path_regex", doc="RE2 expression for the whole path")
    header: tuple[HeaderMatch, ...] = blocks("Header", HeaderMatch, doc="all must match")
    methods: tuple[str, ...] = texts("Methods", doc="any of them; all methods when empty")


@block
class Permission(Block):
    """Allows or denies some requests; the first permission that matches a request decides."""

    action: str = text("Action", one_of=ACTIONS, doc="`allow` or `deny`")
    http: HTTPPermission | None = obj("HTTP", HTTPPermission, optional=True, doc="the requests")
    jwt: JWTRequirement | None = obj("JWT", JWTRequirement, optional=True, doc="tokens that are needed too")


@block
class Source(Block):
    """Who calls, and what is decided for it. `precedence` is computed: the highest match decides."""

    name: str = text("Name", doc="the calling service, or `*`")
    peer: str = text("Peer", doc="the peer it comes from")
    partition: str = tenancy("Partition", doc="its partition (Enterprise)")
    namespace: str = tenancy("Namespace", doc="its namespace, or `*` (Enterprise)")
    sameness_group: str = text(
        "SamenessGroup", alias="sameness_group", doc="the sameness group it comes from (Enterprise)"
    )
    action: str = text("Action", one_of=ACTIONS, doc="`allow` or `deny`, unless there are `Permissions`")
    permissions: tuple[Permission, ...] = blocks(
        "Permissions", Permission, nulls="refused", doc="decisions by request, for HTTP services"
    )
    precedence: int = integer("Precedence", crd=None, doc="computed by Consul; what is written is ignored")
    type: str = text("Type", crd=None, one_of=("consul",), doc="`consul`")
    description: str = text("Description", doc="at most 512 bytes")
    legacy_id: str = text("LegacyID", alias="legacy_id", crd=None, doc="of intentions before 1.9; ignored")
    legacy_meta: dict[str, str] = mapping("LegacyMeta", alias="legacy_meta", crd=None, doc="must be empty")
    legacy_create_time: str | None = timestamp(
        "LegacyCreateTime", alias="legacy_create_time", crd=None, doc="of intentions before 1.9; ignored"
    )
    legacy_update_time: str | None = timestamp(
        "LegacyUpdateTime", alias="legacy_update_time", crd=None, doc="of intentions before 1.9; ignored"
    )
