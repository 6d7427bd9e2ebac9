"""Rules about one written entry and what is stored beside it (config-entries.md 3.2).

Examples with several entries have a line `---` between them; they are written in this order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from meshgw.analysis.fault import Fault, tell
from meshgw.chain.model import Place
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry
from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.entries.sameness_group import SamenessGroup
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.service_intentions import ServiceIntentions
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey
from meshgw.profile import Profile
from meshgw.schema.spelling import spelling_at
from meshgw.source.document import Path

_GATEWAYS = {"ingress-gateway": "terminating-gateway", "terminating-gateway": "ingress-gateway"}


@rule("gateway-name-taken", on="entry", consul="config entry with that name already exists")  # XG-02
def gateway_name_taken(fault: Fault, report: Report) -> None:
    """An ingress gateway and a terminating gateway of the same name.

    Case does not make names different, partitions and namespaces do. API gateways take no part.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        ---
        Kind = "terminating-gateway"
        Name = "edge"

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        ---
        Kind = "terminating-gateway"
        Name = "outbound"
    """
    tell(fault, report)


@rule("permissive-mtls-not-allowed", on="entry", consul="cannot set MutualTLSMode=permissive")  # XG-03
def permissive_mtls_not_allowed(fault: Fault, report: Report) -> None:
    """A change to `permissive` that the mesh entry does not allow.

    `AllowEnablingPermissiveMutualTLS` of the partition's mesh entry has to be set first. An entry that
    is stored as `permissive` already may stay so.

    Refused:

        Kind          = "service-defaults"
        Name          = "web"
        MutualTLSMode = "permissive"

    Accepted:

        Kind                             = "mesh"
        AllowEnablingPermissiveMutualTLS = true
        ---
        Kind          = "service-defaults"
        Name          = "web"
        MutualTLSMode = "permissive"
    """
    tell(fault, report)


@rule("jwt-provider-missing", on=ServiceIntentions, consul="Referenced JWT Provider does not exist")  # XG-04
def jwt_provider_missing(fault: Fault, report: Report) -> None:
    """Intentions that name a JWT provider which does not exist.

    The jwt-provider entry has to be in the same partition; case counts.

    Refused:

        Kind    = "service-intentions"
        Name    = "web"
        JWT     = { Providers = [{ Name = "okta" }] }
        Sources = [{ Name = "api", Action = "allow" }]

    Accepted:

        Kind          = "jwt-provider"
        Name          = "okta"
        JSONWebKeySet = { Local = { Filename = "/etc/consul/jwks.json" } }
        ---
        Kind    = "service-intentions"
        Name    = "web"
        JWT     = { Providers = [{ Name = "okta" }] }
        Sources = [{ Name = "api", Action = "allow" }]
    """
    tell(fault, report)


@rule(
    "sameness-group-member-taken",
    on=SamenessGroup,
    consul="members can only belong to a single sameness group",
    edition="enterprise",
)  # XG-25, XG-26; XG-27 never comes alone, as every group has the own partition as a member (SG-07)
def sameness_group_member_taken(fault: Fault, report: Report) -> None:
    """A partition or peer that belongs to two sameness groups of one partition.

    `IncludeLocal` makes the own partition a member.

    Refused:

        Kind    = "sameness-group"
        Name    = "east"
        Members = [{ Partition = "default" }, { Peer = "dc2" }]
        ---
        Kind         = "sameness-group"
        Name         = "west"
        IncludeLocal = true
        Members      = [{ Peer = "dc3" }]

    Accepted:

        Kind    = "sameness-group"
        Name    = "east"
        Members = [{ Partition = "default" }, { Peer = "dc2" }]
    """
    tell(fault, report)


@rule("exports-in-secondary-datacenter", on="exported-services", consul="must target the primary datacenter")
def exports_in_secondary_datacenter(fault: Fault, report: Report) -> None:  # XG-30, XG-31
    """exported-services written in a secondary datacenter.

    Exports of a federation are kept in its primary datacenter, and Consul wants that datacenter to be
    named when they are written elsewhere.

    Refused (secondary):

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]
    """
    tell(fault, report)


SYMMETRIC: frozenset[Callable[[Fault, Report], None]] = frozenset(
    {gateway_name_taken, sameness_group_member_taken}
)
"""Checks by which two entries exclude each other: only the later one is at fault."""


def direct_faults(entry: Entry, before: Entry | None, stored: EntrySet, profile: Profile) -> Iterator[Fault]:
    """What is wrong with an entry beside the chains.

    `before` is the stored entry that it replaces, `stored` what else there is.
    """
    yield from _taken_name(entry, stored)
    if isinstance(entry, ProxyDefaults | ServiceDefaults):
        yield from _permissive(entry, before, stored)
    elif isinstance(entry, ServiceIntentions):
        yield from _missing_providers(entry, stored)
    elif isinstance(entry, SamenessGroup):
        yield from _shared_members(entry, stored)
    elif entry.kind == "exported-services" and not profile.primary:
        yield Fault(
            check=exports_in_secondary_datacenter,
            message="exported-services are written in the primary datacenter, and this is a secondary one",
            place=Place(entry, ("Name",)),
            help="write the entry in the primary datacenter",
        )


def _taken_name(entry: Entry, stored: EntrySet) -> Iterator[Fault]:
    other_kind = _GATEWAYS.get(entry.kind)
    if other_kind is None:
        return
    other = stored.find(other_kind, ServiceKey(entry.partition, entry.namespace, entry.name))
    if other is not None:
        yield Fault(
            check=gateway_name_taken,
            message=f"there is already a {other_kind} called `{other.name}`",
            place=Place(entry, ("Name",)),
            related=((Place(other, ("Name",)), f"the {other_kind}"),),
            help="give the two gateways different names",
        )


def _permissive(
    entry: ProxyDefaults | ServiceDefaults, before: Entry | None, stored: EntrySet
) -> Iterator[Fault]:
    if entry.mutual_tls_mode != "permissive":
        return
    assert before is None or isinstance(before, ProxyDefaults | ServiceDefaults)
    if before is not None and before.mutual_tls_mode == "permissive":
        return
    mesh = stored.mesh(entry.partition)
    if mesh is not None and mesh.allow_enabling_permissive_mutual_tls:
        return
    at = ("AllowEnablingPermissiveMutualTLS",)
    related = () if mesh is None else ((Place(mesh, at), "the mesh entry does not allow it"),)
    yield Fault(
        check=permissive_mtls_not_allowed,
        message="the mesh entry does not allow `permissive`",
        place=Place(entry, ("MutualTLSMode",)),
        related=related,
        help=f"set `{spelling_at(entry.locate()).setting(at[0], True)}` in the partition's mesh entry first",
    )


def _missing_providers(entry: ServiceIntentions, stored: EntrySet) -> Iterator[Fault]:
    for at, name in named_providers(entry):
        found = stored.find("jwt-provider", ServiceKey(entry.partition, "default", name))
        if found is not None and found.name == name:
            continue
        related = () if found is None else ((Place(found, ("Name",)), "this one is spelled differently"),)
        yield Fault(
            check=jwt_provider_missing,
            message=f"there is no jwt-provider `{name}`",
            place=Place(entry, at),
            related=related,
            help="write the jwt-provider entry first, in the same partition",
        )


def named_providers(entry: ServiceIntentions) -> Iterator[tuple[Path, str]]:
    """The JWT providers that intentions name, and where."""
    if entry.jwt is not None:
        for index, provider in enumerate(entry.jwt.providers):
            yield ("JWT", "Providers", index, "Name"), provider.name
    for number, source in enumerate(entry.sources):
        for position, permission in enumerate(source.permissions):
            if permission.jwt is None:
                continue
            base: Path = ("Sources", number, "Permissions", position, "JWT", "Providers")
            for index, provider in enumerate(permission.jwt.providers):
                yield (*base, index, "Name"), provider.name


def _shared_members(entry: SamenessGroup, stored: EntrySet) -> Iterator[Fault]:
    own = _members(entry)
    for other in sorted(stored.of_kind(SamenessGroup), key=lambda group: group.name):
        if other.partition != entry.partition or other.name.lower() == entry.name.lower():
            continue
        theirs = _members(other)
        for member, at in own.items():
            if member in theirs:
                yield Fault(
                    check=sameness_group_member_taken,
                    message=f"{member} belongs to the sameness group `{other.name}` already",
                    place=Place(entry, at),
                    related=((Place(other, theirs[member]), "the other group"),),
                    help="let it be a member of one of the groups only",
                )


def _members(group: SamenessGroup) -> dict[str, Path]:
    """The members in words, each with where it is written."""
    found: dict[str, Path] = {}
    if group.include_local:
        found[f"partition `{group.partition}`"] = ("IncludeLocal",)
    for index, member in enumerate(group.members):
        words = f"peer `{member.peer}`" if member.peer else f"partition `{member.partition}`"
        found.setdefault(words, ("Members", index))
    return found
