"""Rules about the sources of intentions (config-entries.md 2.6)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.intention_parts import ACTIONS, Source
from meshgw.entries.intention_permissions import KIND, PERMISSION_RULES
from meshgw.entries.shared import WILDCARD
from meshgw.schema.suggest import nearest

_LONGEST_DESCRIPTION = 512


@rule("intention-source-unnamed", on=KIND, consul="Name is required")  # SI-09
def intention_source_unnamed(source: Source, report: Report) -> None:
    """A source without a name.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources { Action = "allow" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Action = "allow" }
    """
    if not source.name:
        report("the source has no `Name`", at=("Name",), help='name the calling service, or `"*"` for all')


@rule(
    "intention-sameness-group-in-community",
    on=KIND,
    consul="Sameness groups are a Consul Enterprise feature",
    edition="community",
)  # SI-10
def intention_sameness_group_in_community(source: Source, report: Report) -> None:
    """A source from a sameness group in Consul Community.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" SamenessGroup = "all" Action = "allow" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Peer = "east" Action = "allow" }
    """
    if source.sameness_group:
        report(
            "sameness groups are an Enterprise feature",
            at=("SamenessGroup",),
            part="key",
            help="write a source for each peer",
        )


@rule("intention-source-partial-wildcard", on=KIND, consul="cannot be used with partial values")  # SI-11
def intention_source_partial_wildcard(source: Source, report: Report) -> None:
    """A source whose name or namespace has a `*` among other characters.

    A source is one service or, as `*` alone, all of them.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api-*" Action = "allow" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "*" Action = "allow" }
    """
    for field, value in (("Name", source.name), ("Namespace", source.namespace)):
        if partial(value):
            report(f"`{value}` has a wildcard among other characters", at=(field,), help=ALONE)


def partial(value: str) -> bool:
    """Whether a `*` stands among other characters."""
    return WILDCARD in value and value != WILDCARD


ALONE = "write the whole name, or `*` alone"


@rule(
    "intention-source-name-below-wildcard-namespace",
    on=KIND,
    consul="exact value cannot follow wildcard namespace",
    edition="enterprise",
)  # SI-11
def intention_source_name_below_wildcard_namespace(source: Source, report: Report) -> None:
    """A source with one name in all namespaces.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Namespace = "*" Action = "allow" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "*" Namespace = "*" Action = "allow" }
    """
    if source.namespace == WILDCARD and source.name != WILDCARD:
        report(
            f"the source is `{source.name}` in all namespaces",
            at=("Namespace",),
            help="name the namespace, or all services of all namespaces",
        )


@rule("intention-source-partition-wildcard", on=KIND, consul="in partition", edition="enterprise")  # SI-12
def intention_source_partition_wildcard(source: Source, report: Report) -> None:
    """A wildcard in the partition of a source.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Partition = "*" Action = "allow" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Partition = "default" Action = "allow" }
    """
    if WILDCARD in source.partition:
        report("the partition of a source is a wildcard", at=("Partition",), help="a source for each")


@rule("intention-source-peer-wildcard", on=KIND, consul="cannot use wildcard '*' in peer")  # SI-13
def intention_source_peer_wildcard(source: Source, report: Report) -> None:
    """A wildcard in the peer of a source.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Peer = "*" Action = "allow" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Peer = "east" Action = "allow" }
    """
    if WILDCARD in source.peer:
        report("the peer of a source is a wildcard", at=("Peer",), help="write a source for each peer")


@rule(
    "intention-source-sameness-group-wildcard", on=KIND, consul="in sameness group", edition="enterprise"
)  # SI-14
def intention_source_sameness_group_wildcard(source: Source, report: Report) -> None:
    """A wildcard in the sameness group of a source.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" SamenessGroup = "*" Action = "allow" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" SamenessGroup = "all" Action = "allow" }
    """
    if WILDCARD in source.sameness_group:
        report(
            "the sameness group of a source is a wildcard", at=("SamenessGroup",), help="a source for each"
        )


@rule(
    "intention-source-peer-and-partition",
    on=KIND,
    consul="cannot set Peer and Partition",
    edition="enterprise",
)  # SI-16
def intention_source_peer_and_partition(source: Source, report: Report) -> None:
    """A source with both a peer and a partition.

    A peer belongs to the partition of the entry. The partition of the caller on its own side plays no
    part.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Peer = "east" Partition = "default" Action = "allow" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Peer = "east" Action = "allow" }
    """
    if source.peer and source.partition:
        report("the source has both `Peer` and `Partition`", at=("Partition",), part="key", help=_ONE)


_ONE = "say one of the two; write another source for the other"


@rule(
    "intention-source-sameness-group-and-other",
    on=KIND,
    consul="cannot set SamenessGroup and %",
    edition="enterprise",
)  # SI-17
def intention_source_sameness_group_and_other(source: Source, report: Report) -> None:
    """A source with a sameness group beside a partition or a peer.

    The group stands for its members, which are partitions and peers.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" SamenessGroup = "all" Peer = "east" Action = "allow" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" SamenessGroup = "all" Action = "allow" }
    """
    if not source.sameness_group:
        return
    for field, value in (("Partition", source.partition), ("Peer", source.peer)):
        if value:
            report(f"the source has both `SamenessGroup` and `{field}`", at=(field,), part="key", help=_ONE)


@rule("intention-description-too-long", on=KIND, consul="Description exceeds maximum length 512")  # SI-18
def intention_description_too_long(source: Source, report: Report) -> None:
    """A description that is longer than 512 bytes.

    Lengths are counted in bytes of UTF-8, not in characters.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Action = "allow" Description = "%{513 x d}" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Action = "allow" Description = "checkout" }
    """
    length = len(source.description.encode("utf-8", "surrogatepass"))
    if length > _LONGEST_DESCRIPTION:
        report(
            f"a description of {length} bytes; at most {_LONGEST_DESCRIPTION} are allowed",
            at=("Description",),
        )


@rule("intention-legacy-meta", on=KIND, consul="LegacyMeta must be omitted")  # SI-19
def intention_legacy_meta(source: Source, report: Report) -> None:
    """A source with `LegacyMeta`.

    Consul fills it from intentions of the time before 1.9. The entry has a `Meta` of its own.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Action = "allow" LegacyMeta { owner = "shop" } }

    Accepted:

        Kind    = "service-intentions"
        Name    = "web"
        Meta    = { owner = "shop" }
        Sources = [{ Name = "api" Action = "allow" }]
    """
    if source.legacy_meta:
        help_ = "use the `Meta` of the entry"
        report("`LegacyMeta` cannot be written", at=("LegacyMeta",), part="key", help=help_)


@rule("intention-action-invalid", on=KIND, consul="must be set to 'allow' or 'deny'")  # SI-20
def intention_action_invalid(source: Source, report: Report) -> None:
    """A source without permissions whose action is neither `allow` nor `deny`.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Action = "Allow" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Action = "allow" }
    """
    if not source.permissions and source.action not in ACTIONS:
        close = nearest(source.action, ACTIONS)
        report(
            f"`{source.action}` is no action" if source.action else "the source has no `Action`",
            at=("Action",),
            help=f"did you mean `{close}`?" if close else "write `allow`, `deny` or `Permissions`",
        )


@rule(
    "intention-action-with-permissions", on=KIND, consul="must be omitted if Permissions are specified"
)  # SI-21
def intention_action_with_permissions(source: Source, report: Report) -> None:
    """A source with both an action and permissions.

    Permissions have actions of their own. What none of them matches gets the default decision.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name   = "api"
          Action = "allow"
          Permissions { Action = "allow" HTTP { PathPrefix = "/" } }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { PathPrefix = "/" } }
        }
    """
    if source.permissions and source.action:
        report(
            "the source has both `Action` and `Permissions`",
            at=("Action",),
            part="key",
            help="take one of them out",
        )


@rule("intention-permissions-for-wildcard", on=KIND, consul="wildcarded destinations")  # SI-22
def intention_permissions_for_wildcard(source: Source, report: Report) -> None:
    """Permissions in an entry for all services.

    What requests look like depends on the service, so permissions need one destination.

    Refused:

        Kind = "service-intentions"
        Name = "*"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { PathPrefix = "/" } }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { PathPrefix = "/" } }
        }
    """
    if source.permissions and WILDCARD in (report.root.name, report.root.namespace):
        report(
            "permissions in an entry for all services",
            at=("Permissions",),
            part="key",
            help="write an entry for each service that needs permissions, or give the source an `Action`",
        )


@rule("intention-type-invalid", on=KIND, consul="Type must be set to 'consul'")  # SI-23
def intention_type_invalid(source: Source, report: Report) -> None:
    """A source whose type is not `consul`.

    There is no other type, and it may be left out.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Action = "allow" Type = "external" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Action = "allow" Type = "consul" }
    """
    if source.type != "consul":
        report(f"`{source.type}` is no type of source", at=("Type",), help="take `Type` out")


@rule("intention-source-twice", on=KIND, consul="more than once")  # SI-36
def intention_source_twice(source: Source, report: Report) -> None:
    """A source that stands twice in an entry.

    Sources are the same when peer, sameness group, partition, namespace and name are.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Action = "allow" }
        Sources { Name = "api" Action = "deny" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Action = "allow" }
        Sources { Name = "api" Peer = "east" Action = "deny" }
    """
    earlier = report.met(
        (source.peer, source.sameness_group, source.partition, source.namespace, source.name)
    )
    if earlier is not None:
        report(
            f"the source `{source.name}` a second time",
            related=report.place(earlier, "the first one"),
            help="keep one of them; a source has one action or one list of permissions",
        )


SOURCE_RULES = first(
    intention_source_unnamed,  # SI-09
    intention_sameness_group_in_community,  # SI-10
    intention_source_partial_wildcard,  # SI-11
    intention_source_name_below_wildcard_namespace,  # SI-11
    intention_source_partition_wildcard,  # SI-12
    intention_source_peer_wildcard,  # SI-13
    intention_source_sameness_group_wildcard,  # SI-14
    intention_source_peer_and_partition,  # SI-16
    intention_source_sameness_group_and_other,  # SI-17
    intention_description_too_long,  # SI-18
    intention_legacy_meta,  # SI-19
    intention_action_invalid,  # SI-20
    intention_action_with_permissions,  # SI-21
    intention_permissions_for_wildcard,  # SI-22
    intention_type_invalid,  # SI-23
    each("Permissions", PERMISSION_RULES),  # SI-24 ... SI-35
    intention_source_twice,  # SI-36
)
"""SI-15 (the source's namespace exists) needs the namespaces of a tree and is judged there."""
