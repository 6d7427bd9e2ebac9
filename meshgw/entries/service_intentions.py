"""service-intentions (config-entries.md 2.6): who may call a service."""

from __future__ import annotations

from dataclasses import field
from typing import Self

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.intention_advice import ADVICE
from meshgw.entries.intention_parts import (
    ACTIONS,
    ClaimVerification,
    HeaderMatch,
    HTTPPermission,
    JWTProviderRequirement,
    JWTRequirement,
    Permission,
    Source,
)
from meshgw.entries.intention_permissions import JWT_PROVIDERS
from meshgw.entries.intention_sources import ALONE, SOURCE_RULES, partial
from meshgw.entries.shared import META, WILDCARD
from meshgw.schema.fields import blocks, obj, replace
from meshgw.source.document import Path

__all__ = [
    "ACTIONS",
    "WILDCARD",
    "ClaimVerification",
    "HTTPPermission",
    "HeaderMatch",
    "JWTProviderRequirement",
    "JWTRequirement",
    "Permission",
    "ServiceIntentions",
    "Source",
    "precedence_of",
]


@config_entry("service-intentions")
class ServiceIntentions(Entry):
    """Who may call a service.

    Normalized sources stand in the order Consul stores them, highest precedence first; `written`
    has for each its index in the user's order. `ignored` are the fields that the user wrote and
    Consul drops or computes itself, by index of the source in the stored order.
    """

    sources: tuple[Source, ...] = blocks("Sources", Source, nulls="refused", doc="at least one")
    jwt: JWTRequirement | None = obj(
        "JWT", JWTRequirement, optional=True, doc="tokens that every request needs"
    )
    written: tuple[int, ...] = field(default=(), compare=False, repr=False)
    ignored: tuple[tuple[int, str], ...] = field(default=(), compare=False, repr=False)

    def normalize(self) -> Self:
        settled = [_settled(source, self) for source in self.sources]
        order = sorted(range(len(settled)), key=lambda index: -settled[index].precedence)
        written = self.written or tuple(range(len(settled)))
        return replace(
            self,
            sources=tuple(settled[index] for index in order),
            written=tuple(written[index] for index in order),
            ignored=tuple(
                (stored, name)
                for stored, index in enumerate(order)
                for name in _ignored(self.sources[index], settled[index])
            ),
        )

    def written_at(self, path: Path) -> Path:
        if len(path) > 1 and path[0] == "Sources" and isinstance(path[1], int) and self.written:
            return ("Sources", self.written[path[1]], *path[2:])
        return path


def precedence_of(name: str, namespace: str, source_name: str, source_namespace: str) -> int:
    """The precedence of an intention, 9 (all exact) to 1: the highest that matches a call decides."""
    exact = 6 if name == WILDCARD else 9
    destination = 3 if namespace == WILDCARD else exact
    if source_namespace == WILDCARD:
        return destination - 2
    return destination - 1 if source_name == WILDCARD else destination


def _settled(source: Source, entry: ServiceIntentions) -> Source:
    """A source with its tenancy, precedence and defaults as Consul stores them."""
    namespace, partition = _tenancy(source, entry)
    return replace(
        source,
        namespace=namespace,
        partition=partition,
        type=source.type or "consul",
        precedence=precedence_of(entry.name, entry.namespace, source.name, namespace),
        permissions=tuple(_upper_cased(permission) for permission in source.permissions),
        legacy_id="",
        legacy_create_time=None,
        legacy_update_time=None,
    )


def _tenancy(source: Source, entry: ServiceIntentions) -> tuple[str, str]:
    """A peer or sameness group inherits nothing, and a wildcard namespace is never inherited."""
    namespace, partition = source.namespace.lower(), source.partition.lower()
    if source.peer or source.sameness_group:
        return namespace or "default", partition
    inherited = "default" if entry.namespace == WILDCARD else entry.namespace
    return namespace or inherited, partition or entry.partition


def _upper_cased(permission: Permission) -> Permission:
    if permission.http is None or not permission.http.methods:
        return permission
    methods = tuple(method.upper() for method in permission.http.methods)
    return replace(permission, http=replace(permission.http, methods=methods))


def _ignored(given: Source, settled: Source) -> list[str]:
    """The fields of a source that the user wrote and that count for nothing."""
    found = []
    if given.precedence not in (0, settled.precedence):
        found.append("Precedence")
    if given.legacy_id:
        found.append("LegacyID")
    if given.legacy_create_time:
        found.append("LegacyCreateTime")
    if given.legacy_update_time:
        found.append("LegacyUpdateTime")
    return found


@rule("intentions-unnamed", on=ServiceIntentions, consul="Name is required")  # SI-01
def intentions_unnamed(entry: ServiceIntentions, report: Report) -> None:
    """Intentions that do not say for which service they are.

    Refused:

        Kind = "service-intentions"
        Sources { Name = "api" Action = "allow" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Action = "allow" }
    """
    if not entry.name:
        report("the intentions have no `Name`", at=("Name",), help='name the service, or `"*"` for all')


@rule(
    "intentions-namespace-partial-wildcard",
    on=ServiceIntentions,
    consul="Namespace: wildcard character",
    edition="enterprise",
)  # SI-02
def intentions_namespace_partial_wildcard(entry: ServiceIntentions, report: Report) -> None:
    """Intentions whose namespace has a `*` among other characters.

    Refused:

        Kind      = "service-intentions"
        Name      = "*"
        Namespace = "team-*"
        Sources   = [{ Name = "api" Namespace = "default" Action = "allow" }]

    Accepted:

        Kind      = "service-intentions"
        Name      = "*"
        Namespace = "*"
        Sources   = [{ Name = "api" Namespace = "default" Action = "allow" }]
    """
    if partial(entry.namespace):
        report(f"`{entry.namespace}` has a wildcard among other characters", at=("Namespace",), help=ALONE)


@rule(
    "intentions-name-partial-wildcard",
    on=ServiceIntentions,
    consul="Name: wildcard character '*' cannot be used with partial values",
)  # SI-03
def intentions_name_partial_wildcard(entry: ServiceIntentions, report: Report) -> None:
    """Intentions whose service has a `*` among other characters.

    An entry is for one service or, as `*` alone, for all of them.

    Refused:

        Kind = "service-intentions"
        Name = "web-*"
        Sources { Name = "api" Action = "allow" }

    Accepted:

        Kind = "service-intentions"
        Name = "*"
        Sources { Name = "api" Action = "allow" }
    """
    if partial(entry.name):
        report(f"`{entry.name}` has a wildcard among other characters", at=("Name",), help=ALONE)


@rule(
    "intentions-name-below-wildcard-namespace",
    on=ServiceIntentions,
    consul="exact value cannot follow wildcard namespace",
    edition="enterprise",
)  # SI-04
def intentions_name_below_wildcard_namespace(entry: ServiceIntentions, report: Report) -> None:
    """Intentions for one name in all namespaces.

    Refused:

        Kind      = "service-intentions"
        Name      = "web"
        Namespace = "*"
        Sources   = [{ Name = "api" Namespace = "default" Action = "allow" }]

    Accepted:

        Kind      = "service-intentions"
        Name      = "*"
        Namespace = "*"
        Sources   = [{ Name = "api" Namespace = "default" Action = "allow" }]
    """
    if entry.namespace == WILDCARD and entry.name != WILDCARD:
        report(
            f"the intentions are for `{entry.name}` in all namespaces",
            at=("Namespace",),
            help="write an entry for each namespace, or for all services of all namespaces",
        )


@rule(
    "intentions-partition-wildcard",
    on=ServiceIntentions,
    consul="cannot use wildcard '*' in partition",
    edition="enterprise",
)  # SI-05
def intentions_partition_wildcard(entry: ServiceIntentions, report: Report) -> None:
    """Intentions for all partitions.

    Refused:

        Kind      = "service-intentions"
        Name      = "*"
        Partition = "*"
        Sources   = [{ Name = "api" Partition = "default" Action = "allow" }]

    Accepted:

        Kind      = "service-intentions"
        Name      = "*"
        Partition = "default"
        Sources   = [{ Name = "api" Action = "allow" }]
    """
    if WILDCARD in entry.partition:
        help_ = "write an entry for each partition"
        report("the partition of the intentions is a wildcard", at=("Partition",), help=help_)


@rule("intentions-without-sources", on=ServiceIntentions, consul="At least one source is required")  # SI-08
def intentions_without_sources(entry: ServiceIntentions, report: Report) -> None:
    """Intentions without sources.

    To leave everything to the default decision delete the entry.

    Refused:

        Kind = "service-intentions"
        Name = "web"

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "*" Action = "deny" }
    """
    if not entry.sources:
        report("the intentions have no sources", at=("Sources",), help="say who may call the service")


judged(
    ServiceIntentions,
    first(
        intentions_unnamed,  # SI-01
        intentions_namespace_partial_wildcard,  # SI-02
        intentions_name_partial_wildcard,  # SI-03
        intentions_name_below_wildcard_namespace,  # SI-04
        intentions_partition_wildcard,  # SI-05
        JWT_PROVIDERS,  # SI-06
        META,  # SI-07
        intentions_without_sources,  # SI-08
        each("Sources", SOURCE_RULES),  # SI-09 ... SI-36
    ),
    *ADVICE,
)
