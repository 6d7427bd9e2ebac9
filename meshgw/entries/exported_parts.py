"""The blocks of exported-services (config-entries.md 2.10)."""

from __future__ import annotations

from meshgw.schema.fields import Block, block, blocks, text

KIND = "exported-services"


@block
class Consumer(Block):
    """Who may use an exported service: one of partition, peer and sameness group."""

    partition: str = text("Partition", doc="a partition of the same datacenter (Enterprise)")
    peer: str = text("Peer", alias="peer_name", doc="a peer, by its name here")
    sameness_group: str = text("SamenessGroup", alias="sameness_group", doc="a group (Enterprise)")


@block
class ExportedService(Block):
    """A service of the partition and its consumers."""

    name: str = text("Name", doc="the service, or `*` for all")
    namespace: str = text("Namespace", doc="the service's namespace, or `*` for all (Enterprise)")
    consumers: tuple[Consumer, ...] = blocks("Consumers", Consumer, doc="at least one")
