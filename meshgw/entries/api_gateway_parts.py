"""Blocks that API gateways, their routes and their bound form share (config-entries.md 2.12–2.15)."""

from __future__ import annotations

from meshgw.schema.fields import Block, Layer, block, blocks, obj, tenancy, text, texts, timestamp

JWT_LAYERS: frozenset[Layer] = frozenset({"server"})
"""Who knows JWT providers in Enterprise only: the client always knows them (1.11)."""


@block
class Reference(Block):
    """Another config entry, or one of its sections, by kind and name."""

    kind: str = text("Kind", doc="kind of the entry")
    name: str = text("Name", doc="name of the entry")
    section_name: str = text("SectionName", doc="a part of it, such as a listener")
    partition: str = tenancy("Partition", doc="its partition; the entry's own when empty (Enterprise)")
    namespace: str = tenancy("Namespace", doc="its namespace; the entry's own when empty (Enterprise)")


@block
class Claim(Block):
    """A claim that a token must hold."""

    path: tuple[str, ...] = texts("Path", doc="keys that lead to the claim")
    value: str = text("Value", doc="what it must say")


@block
class RouteJWTProvider(Block):
    """A provider whose tokens are taken."""

    name: str = text("Name", doc="name of a jwt-provider entry")
    verify_claims: tuple[Claim, ...] = blocks(
        "VerifyClaims", Claim, alias="verify_claims", doc="claims that must hold"
    )


@block
class RouteJWT(Block):
    """Requires a token of one of the providers."""

    providers: tuple[RouteJWTProvider, ...] = blocks(
        "Providers", RouteJWTProvider, enterprise=JWT_LAYERS, doc="accepted providers (Enterprise)"
    )


@block
class Condition(Block):
    """Something that Consul's controller has found out."""

    type: str = text("Type")
    status: str = text("Status")
    reason: str = text("Reason")
    message: str = text("Message")
    resource: Reference | None = obj("Resource", Reference, optional=True)
    last_transition_time: str | None = timestamp("LastTransitionTime")


@block
class Status(Block):
    """Consul's own; what a user writes is thrown away."""

    conditions: tuple[Condition, ...] = blocks("Conditions", Condition)
