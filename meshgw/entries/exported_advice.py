"""What Consul accepts in exported-services and what surprises later (intentions-and-exports.md 5)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from meshgw.diagnostics.evaluation import Step, each
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.exported_parts import KIND, Consumer, ExportedService
from meshgw.entries.shared import CONSUL, WILDCARD


@rule("export-of-consul", on=KIND, severity="warning")  # intentions-and-exports.md 5.1
def export_of_consul(service: ExportedService, report: Report) -> None:
    """An export of the servers themselves.

    The service `consul` is never exported.

    Found:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "consul", Consumers = [{ Peer = "east" }] }]

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]
    """
    if service.name == CONSUL:
        report("the service `consul` is never exported", at=("Name",), help="take it out")


@rule("export-consumer-empty", on=KIND, severity="warning")  # ES-W01
def export_consumer_empty(consumer: Consumer, report: Report) -> None:
    """A consumer that is nobody.

    One without a peer, partition and sameness group is ignored. It is not the partition `default`.

    Found:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Partition = "" }, { Peer = "east" }] }]

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]
    """
    if consumer == Consumer():
        report(
            "a consumer without `Peer`, `Partition` and `SamenessGroup` is ignored", help="name one of them"
        )


@rule("export-to-own-partition", on=KIND, severity="warning", edition="enterprise")  # ES-W02
def export_to_own_partition(consumer: Consumer, report: Report) -> None:
    """An export to the partition that exports.

    It has no effect: inside a partition nothing needs to be exported.

    Found:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Partition = "default" }] }]

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Partition = "team-a" }] }]
    """
    if consumer.partition and consumer.partition.lower() == report.root.partition:
        report("an export to the own partition has no effect", at=("Partition",), help="take it out")


@rule("export-tenancy-ignored", on=KIND, severity="warning", edition="community")  # D-06, D-32
def export_tenancy_ignored(exports: Any, report: Report) -> None:
    """A namespace, or a partition as a consumer, in Community.

    Community drops the namespace of an exported service, and has no partitions to export to.

    Found:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Namespace = "shop", Consumers = [{ Peer = "east" }] }]

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]
    """
    for index, service in enumerate(exports.services):
        at = ("Services", index, "Namespace")
        if exports.wrote(at):
            report("`Namespace` is ignored", at=at, help="take it out, or use Enterprise")
        for place, consumer in enumerate(service.consumers):
            if consumer.partition not in ("", WILDCARD):
                report(
                    f"there is no partition `{consumer.partition}` to export to"
                    if consumer.partition.lower() != "default"
                    else "an export to the own partition has no effect",
                    at=("Services", index, "Consumers", place, "Partition"),
                    help="name a `Peer`, or use Enterprise",
                )


@rule("export-twice", on=KIND, severity="warning")  # ES-W03
def export_twice(service: ExportedService, report: Report) -> None:
    """One service exported twice in an entry.

    For partitions only the first of two equal names counts; peers get what any of them says.

    Found:

        Kind     = "exported-services"
        Name     = "default"
        Services = [
          { Name = "web", Consumers = [{ Peer = "east" }] },
          { Name = "web", Consumers = [{ Peer = "west" }] },
        ]

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }, { Peer = "west" }] }]
    """
    before = report.met((service.namespace or "default", service.name)) if service.name else None
    if before is not None:
        report(
            f"`{service.name}` is exported a second time",
            related=report.place(before, "the first time"),
            note="its partitions are ignored here" if any(c.partition for c in service.consumers) else None,
            help="merge the consumers of both",
        )


@rule("export-consumer-twice", on=KIND, severity="warning")
def export_consumer_twice(consumer: Consumer, report: Report) -> None:
    """A consumer that is listed twice for a service.

    Found:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }, { Peer = "east" }] }]

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]
    """
    before = report.met((report.base[:-1], consumer)) if consumer != Consumer() else None
    if before is not None:
        report(
            "the same consumer again",
            related=report.place(before, "the first one"),
            help="take one out",
        )


@rule("export-to-peer-by-wildcard-only", on=KIND, severity="warning")  # PE-08
def export_to_peer_by_wildcard_only(exports: Any, report: Report) -> None:
    """A peer that gets a service by the wildcard only, while the service has an export of its own.

    The service is exported to the peer, but its sidecars are given the trust bundles of their own
    export only: they drop intentions that name the peer, and its requests fail.

    Found:

        Kind     = "exported-services"
        Name     = "default"
        Services = [
          { Name = "web", Consumers = [{ Peer = "east" }] },
          { Name = "*", Consumers = [{ Peer = "west" }] },
        ]

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [
          { Name = "web", Consumers = [{ Peer = "east" }, { Peer = "west" }] },
          { Name = "*", Consumers = [{ Peer = "west" }] },
        ]
    """
    wildcards: defaultdict[str, set[str]] = defaultdict(set)
    own: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    first: dict[tuple[str, str], int] = {}
    for index, service in enumerate(exports.services):
        namespace = service.namespace or "default"
        peers = {consumer.peer for consumer in service.consumers if consumer.peer}
        if service.name == WILDCARD:
            wildcards[namespace] |= peers
        elif service.name:
            own[namespace, service.name] |= peers
            first.setdefault((namespace, service.name), index)
    for (namespace, name), peers in own.items():
        missing = sorted((wildcards[namespace] | wildcards[WILDCARD]) - peers)
        if missing:
            names = ", ".join(f"`{peer}`" for peer in missing[:5])
            report(
                f"`{name}` is exported to {names} by the wildcard only",
                at=("Services", first[namespace, name]),
                help=f"add the peer to the consumers of `{name}`",
            )


ADVICE: tuple[Step, ...] = (
    export_tenancy_ignored,
    export_to_peer_by_wildcard_only,
    each(
        "Services",
        export_of_consul,
        export_twice,
        each("Consumers", export_consumer_empty, export_to_own_partition, export_consumer_twice),
    ),
)
