"""Blocks that API gateways, their routes and their bound form share (config-entries.md 2.12–2.15)."""

from __future__ import annotations

from typing import Protocol, TypeVar

from meshgw.diagnostics.evaluation import each
from meshgw.diagnostics.model import Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry
from meshgw.schema.fields import Block, Layer, block, blocks, obj, replace, tenancy, text, texts, timestamp

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


class _Placed(Protocol):
    """Anything with a tenancy."""

    @property
    def partition(self) -> str: ...
    @property
    def namespace(self) -> str: ...


_T = TypeVar("_T", bound=Block)


def inherited(reference: _T, entry: Entry) -> _T:
    """A reference with the tenancy that it has: its own in lower case, else the entry's (1.14)."""
    placed: _Placed = reference  # type: ignore[assignment]  # every caller's block has both
    changed: _T = replace(
        reference,
        partition=placed.partition.lower() or entry.partition,
        namespace=placed.namespace.lower() or entry.namespace,
    )
    return changed


def inherited_parents(parents: tuple[Reference, ...], route: Entry) -> tuple[Reference, ...]:
    """The parents of a route; their kind is `api-gateway` unless said otherwise."""
    return tuple(inherited(replace(parent, kind=parent.kind or "api-gateway"), route) for parent in parents)


@rule(
    "jwt-provider-unnamed",
    on="api-gateway",
    consul="JWT provider name is required",
    edition="enterprise",
    inferred=True,
)  # AG-14, HR-14
def jwt_provider_unnamed(provider: RouteJWTProvider, report: Report) -> None:
    """A JWT provider that does not say which.

    Listeners of API gateways and http-routes name the jwt-provider entries whose tokens they take.

    Refused (enterprise):

        Kind = "http-route"
        Name = "route"
        Rules {
          Filters { JWT { Providers { VerifyClaims { Path = ["role"] Value = "admin" } } } }
        }

    Accepted (enterprise):

        Kind = "http-route"
        Name = "route"
        Rules {
          Filters { JWT { Providers { Name = "okta" } } }
        }
    """
    if not provider.name:
        report(
            "a JWT provider without a name", at=("Name",), help="set `Name` to that of a jwt-provider entry"
        )


@rule("route-parent-kind", on="route", consul="unsupported parent kind")  # HR-03, TR-02
def route_parent_kind(parent: Reference, report: Report) -> None:
    """A parent of a route that is no API gateway.

    Refused:

        Kind    = "tcp-route"
        Name    = "route"
        Parents = [{ Kind = "ingress-gateway", Name = "gateway" }]

    Accepted:

        Kind    = "tcp-route"
        Name    = "route"
        Parents = [{ Kind = "api-gateway", Name = "gateway" }]
    """
    if parent.kind != "api-gateway":
        report(f"`{parent.kind}` cannot be the parent of a route", at=("Kind",), help="write `api-gateway`")


@rule("route-parent-twice", on="route", consul="route parents must be unique")  # HR-04, TR-03
def route_parent_twice(parent: Reference, report: Report) -> None:
    """A parent that a route names twice.

    Parents are the same when name and section (and partition and namespace in Enterprise) are.

    Refused:

        Kind    = "tcp-route"
        Name    = "route"
        Parents = [{ Name = "gateway" }, { Kind = "api-gateway", Name = "gateway" }]

    Accepted:

        Kind    = "tcp-route"
        Name    = "route"
        Parents = [{ Name = "gateway", SectionName = "db" }, { Name = "gateway", SectionName = "cache" }]
    """
    index = report.base[-1]
    assert isinstance(index, int)
    for earlier, other in enumerate(report.root.parents[:index]):
        if other == parent:
            place = report.root.locate(("Parents", earlier))
            section = f", listener `{parent.section_name}`" if parent.section_name else ""
            report(
                f"a second parent is `{parent.name}`{section}",
                related=[Related(place, "the first one")] if place else (),
                help="take one of them out, or give each another `SectionName`",
            )
            return


PARENTS = each("Parents", route_parent_kind, route_parent_twice)
