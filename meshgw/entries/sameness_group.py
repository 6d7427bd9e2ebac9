"""sameness-group (config-entries.md 2.11), Enterprise only."""

from __future__ import annotations

from meshgw.entries.base import Entry, config_entry
from meshgw.schema.fields import Block, block, blocks, boolean, tenancy, text


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
