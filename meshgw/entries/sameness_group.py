"""sameness-group (config-entries.md 2.11), Enterprise only."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import each, first, until
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.shared import META
from meshgw.schema.fields import Block, block, blocks, boolean, tenancy, text
from meshgw.schema.spelling import spelling_of


@block
class Member(Block):
    """A partition or a peer of the group."""

    partition: str = text("Partition", doc="a partition of the same datacenter")
    peer: str = text("Peer", doc="a peer, by its name here")


@config_entry("sameness-group")
class SamenessGroup(Entry):
    """Partitions and peers in which services of one name are the same service."""

    namespace: str = tenancy("Namespace", crd=None, layers=frozenset({"server"}))  # not the client (1.11)
    default_for_failover: bool = boolean(
        "DefaultForFailover", alias="default_for_failover", doc="services without a resolver fail over here"
    )
    include_local: bool = boolean(
        "IncludeLocal", alias="include_local", doc="the own partition comes before the members"
    )
    members: tuple[Member, ...] = blocks("Members", Member, doc="in the order of failover")


@rule(
    "sameness-group-in-community",
    on=SamenessGroup,
    consul="sameness-groups are an enterprise-only feature",
    edition="community",
)  # SG-01
def sameness_group_in_community(_group: SamenessGroup, report: Report) -> None:
    """A sameness group in Community.

    Refused:

        Kind    = "sameness-group"
        Name    = "all"
        Members = [{ Partition = "default" }, { Peer = "east" }]

    Accepted (enterprise):

        Kind    = "sameness-group"
        Name    = "all"
        Members = [{ Partition = "default" }, { Peer = "east" }]
    """
    report("sameness groups need Enterprise", at=("Kind",), help="name peers in failover targets instead")


@rule("sameness-group-unnamed", on=SamenessGroup, consul="Name", edition="enterprise")  # SG-02
def sameness_group_unnamed(group: SamenessGroup, report: Report) -> None:
    """A sameness group without a name.

    Refused:

        Kind    = "sameness-group"
        Members = [{ Partition = "default" }]

    Accepted:

        Kind    = "sameness-group"
        Name    = "all"
        Members = [{ Partition = "default" }]
    """
    if not group.name:
        report("the group has no `Name`", at=("Name",), help="give it a `Name`")


@rule(
    "sameness-group-without-members",
    on=SamenessGroup,
    consul="at least one member",
    edition="enterprise",
    inferred=True,
)  # SG-03
def sameness_group_without_members(group: SamenessGroup, report: Report) -> None:
    """A sameness group without members.

    Refused:

        Kind = "sameness-group"
        Name = "all"

    Accepted:

        Kind    = "sameness-group"
        Name    = "all"
        Members = [{ Partition = "default" }]
    """
    if not group.members:
        report("the group has no members", at=("Members",), help="add `Members`, the own partition first")


@rule(
    "sameness-member-empty",
    on=SamenessGroup,
    consul="either partition or peer",
    edition="enterprise",
    inferred=True,
)  # SG-04
def sameness_member_empty(member: Member, report: Report) -> None:
    """A member that is nobody.

    Refused:

        Kind    = "sameness-group"
        Name    = "all"
        Members = [{ Partition = "default" }, {}]

    Accepted:

        Kind    = "sameness-group"
        Name    = "all"
        Members = [{ Partition = "default" }, { Peer = "east" }]
    """
    if not member.partition and not member.peer:
        report("a member without `Partition` and `Peer`", help="set one of them")


@rule(
    "sameness-member-ambiguous",
    on=SamenessGroup,
    consul="both partition and peer",
    edition="enterprise",
    inferred=True,
)  # SG-05
def sameness_member_ambiguous(member: Member, report: Report) -> None:
    """A member that is both a partition and a peer.

    Refused:

        Kind    = "sameness-group"
        Name    = "all"
        Members = [{ Partition = "default" }, { Partition = "team-a", Peer = "east" }]

    Accepted:

        Kind    = "sameness-group"
        Name    = "all"
        Members = [{ Partition = "default" }, { Partition = "team-a" }, { Peer = "east" }]
    """
    if member.partition and member.peer:
        report("both `Partition` and `Peer` are set", at=("Peer",), help="make two members of it")


@rule("sameness-member-twice", on=SamenessGroup, consul="must be unique", edition="enterprise")  # SG-06
def sameness_member_twice(member: Member, report: Report) -> None:
    """A member that is listed twice.

    Refused:

        Kind    = "sameness-group"
        Name    = "all"
        Members = [{ Partition = "default" }, { Peer = "east" }, { Peer = "east" }]

    Accepted:

        Kind    = "sameness-group"
        Name    = "all"
        Members = [{ Partition = "default" }, { Peer = "east" }]
    """
    key = (member.partition.lower(), member.peer)
    before = report.met(key) if any(key) else None
    if before is not None:
        report(
            f"the member `{member.peer or member.partition}` is listed twice",
            related=report.place(before, "the first one"),
            help="take one out",
        )


@rule(
    "sameness-group-without-own-partition",
    on=SamenessGroup,
    consul="local partition must be a member",
    edition="enterprise",
)  # SG-07
def sameness_group_without_own_partition(group: SamenessGroup, report: Report) -> None:
    """A sameness group that the partition it is written in does not belong to.

    Refused:

        Kind    = "sameness-group"
        Name    = "all"
        Members = [{ Peer = "east" }]

    Accepted:

        Kind         = "sameness-group"
        Name         = "all"
        IncludeLocal = true
        Members      = [{ Peer = "east" }]
    """
    own = group.partition or "default"
    member_of = group.include_local or any(
        member.partition.lower() == own and not member.peer for member in group.members
    )
    if group.members and not member_of:
        spelling = spelling_of(report)
        member, local = spelling.inline({"Partition": own}), spelling.setting("IncludeLocal", True)
        report(
            f"the partition `{own}` is not a member",
            at=("Members",),
            part="key",
            help=f"add `{member}`, or set `{local}`",
        )


@rule(
    "sameness-group-in-namespace",
    on=SamenessGroup,
    consul="namespace",
    edition="enterprise",
    inferred=True,
)  # SG-09
def sameness_group_in_namespace(group: SamenessGroup, report: Report) -> None:
    """A sameness group in another namespace than `default`.

    Groups belong to a partition.

    Refused (enterprise, http):

        {
          "Kind": "sameness-group",
          "Name": "all",
          "Namespace": "shop",
          "Members": [{ "Partition": "default" }]
        }

    Accepted (enterprise, http):

        { "Kind": "sameness-group", "Name": "all", "Members": [{ "Partition": "default" }] }
    """
    if group.namespace not in ("", "default"):
        report(f"the group is in namespace `{group.namespace}`", at=("Namespace",), help="take it out")


judged(
    SamenessGroup,
    until(
        sameness_group_in_community,  # SG-01
        first(
            sameness_group_unnamed,  # SG-02
            sameness_group_in_namespace,  # SG-09
            META,  # SG-08
            sameness_group_without_members,  # SG-03
            each(
                "Members",
                sameness_member_empty,  # SG-04
                sameness_member_ambiguous,  # SG-05
                sameness_member_twice,  # SG-06
            ),
            sameness_group_without_own_partition,  # SG-07
        ),
    ),
)
