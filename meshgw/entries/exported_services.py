"""exported-services (config-entries.md 2.10): what a partition offers, and to whom."""

from __future__ import annotations

from typing import Self

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.exported_advice import ADVICE
from meshgw.entries.exported_parts import Consumer, ExportedService
from meshgw.entries.shared import META, WILDCARD
from meshgw.profile import Edition
from meshgw.schema.fields import blocks, replace, tenancy
from meshgw.schema.spelling import spelling_of

__all__ = ["Consumer", "ExportedService", "ExportedServices"]


@config_entry("exported-services")
class ExportedServices(Entry):
    """What a partition offers to other partitions and to peers; its name is the partition's."""

    namespace: str = tenancy("Namespace", crd=None, layers=frozenset({"server"}))  # not the client (1.11)
    services: tuple[ExportedService, ...] = blocks("Services", ExportedService)

    def in_edition(self, edition: Edition) -> Self:
        if edition == "enterprise":
            return self
        return replace(self, services=tuple(replace(service, namespace="") for service in self.services))

    def normalize(self) -> Self:
        return replace(
            self,
            partition=self.name.lower() or self.partition,
            namespace="default",
            services=tuple(
                replace(service, namespace=service.namespace.lower()) for service in self.services
            ),
        )


@rule(
    "exports-not-of-default-partition",
    on=ExportedServices,
    consul='Name must be "default"',
    edition="community",
)  # ES-01
def exports_not_of_default_partition(exports: ExportedServices, report: Report) -> None:
    """Exported services that are not called `default`, in Community.

    The name is the partition that exports; Community has only `default`, in lower case.

    Refused:

        Kind = "exported-services"
        Name = "web"

    Accepted:

        Kind = "exported-services"
        Name = "default"
    """
    if exports.name != "default":
        found = f"the name is `{exports.name}`" if exports.name else "the entry has no `Name`"
        report(found, at=("Name",), help=f"write `{spelling_of(report).setting('Name', 'default')}`")


@rule(
    "exports-of-no-partition",
    on=ExportedServices,
    consul="partition",
    edition="enterprise",
)  # ES-10
def exports_of_no_partition(exports: ExportedServices, report: Report) -> None:
    """Exported services whose name is no partition.

    The name is the partition that exports.

    Refused:

        Kind     = "exported-services"
        Services = [{ Name = "web", Consumers = [{ Partition = "team-a" }] }]

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Partition = "team-a" }] }]
    """
    if not exports.name:
        report("the entry has no `Name`", at=("Name",), help="set `Name` to the partition that exports")
    elif exports.name == WILDCARD:
        report("the name is `*`", at=("Name",), help="write an entry for each partition that exports")


@rule(
    "export-to-sameness-group-in-community",
    on=ExportedServices,
    consul="sameness-groups are an enterprise-only feature",
    edition="community",
)  # ES-03
def export_to_sameness_group_in_community(consumer: Consumer, report: Report) -> None:
    """An export to a sameness group in Community.

    Refused:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ SamenessGroup = "all" }] }]

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]
    """
    if consumer.sameness_group:
        report("sameness groups need Enterprise", at=("SamenessGroup",), help="name the peers one by one")


@rule("export-unnamed", on=ExportedServices, consul="service name cannot be empty")  # ES-04
def export_unnamed(service: ExportedService, report: Report) -> None:
    """An exported service without a name.

    `*` is every service.

    Refused:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Consumers = [{ Peer = "east" }] }]

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "*", Consumers = [{ Peer = "east" }] }]
    """
    if not service.name:
        report("an exported service has no `Name`", at=("Name",), help="name the service, or `*` for all")


@rule(
    "export-of-one-name-in-all-namespaces",
    on=ExportedServices,
    consul="must be wildcard if namespace is wildcard",
    edition="enterprise",
)  # ES-05
def export_of_one_name_in_all_namespaces(service: ExportedService, report: Report) -> None:
    """One name exported from all namespaces.

    All namespaces can be exported with all of their services only.

    Refused:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Namespace = "*", Consumers = [{ Peer = "east" }] }]

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "*", Namespace = "*", Consumers = [{ Peer = "east" }] }]
    """
    if service.namespace == WILDCARD and service.name != WILDCARD:
        report(
            f"`{service.name}` is exported from all namespaces",
            at=("Namespace",),
            help="name one namespace, or export `*`",
        )


@rule("export-without-consumers", on=ExportedServices, consul="must have at least one consumer")  # ES-06
def export_without_consumers(service: ExportedService, report: Report) -> None:
    """An exported service without consumers.

    Refused:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web" }]

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]
    """
    if not service.consumers:
        report(
            f"`{service.name}` is exported to nobody",
            at=("Consumers",),
            help="add `Consumers`, or take the service out",
        )


@rule("export-consumer-ambiguous", on=ExportedServices, consul="must define at most one of")  # ES-07
def export_consumer_ambiguous(consumer: Consumer, report: Report) -> None:
    """A consumer that is several things at once.

    Refused (enterprise):

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east", Partition = "team-a" }] }]

    Accepted (enterprise):

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }, { Partition = "team-a" }] }]
    """
    fields = ("Peer", "Partition", "SamenessGroup")
    found = [field for field in fields if getattr(consumer, consumer.attribute_of(field))]
    if len(found) > 1:
        both = " and ".join(f"`{field}`" for field in found)
        report(f"{both} are set for one consumer", at=(found[1],), help="make a consumer of each")


@rule(
    "export-to-all-partitions",
    on=ExportedServices,
    consul="exporting to all partitions (wildcard)",
)  # ES-08
def export_to_all_partitions(consumer: Consumer, report: Report) -> None:
    """An export to all partitions.

    Refused:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Partition = "*" }] }]

    Accepted (enterprise):

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Partition = "team-a" }, { Partition = "team-b" }] }]
    """
    if consumer.partition == WILDCARD:
        report("an export to the partition `*`", at=("Partition",), help="name the partitions one by one")


@rule("export-to-all-peers", on=ExportedServices, consul="exporting to all peers (wildcard)")  # ES-09
def export_to_all_peers(consumer: Consumer, report: Report) -> None:
    """An export to all peers.

    Refused:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "*" }] }]

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }, { Peer = "west" }] }]
    """
    if consumer.peer == WILDCARD:
        report("an export to the peer `*`", at=("Peer",), help="name the peers one by one")


@rule(
    "export-to-all-sameness-groups",
    on=ExportedServices,
    consul="SamenessGroup",
    edition="enterprise",
)  # ES-11
def export_to_all_sameness_groups(consumer: Consumer, report: Report) -> None:
    """An export to all sameness groups.

    Refused:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ SamenessGroup = "*" }] }]

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ SamenessGroup = "all" }] }]
    """
    if consumer.sameness_group == WILDCARD:
        report(
            "an export to the sameness group `*`", at=("SamenessGroup",), help="name the groups one by one"
        )


judged(
    ExportedServices,
    first(
        exports_not_of_default_partition,  # ES-01
        exports_of_no_partition,  # ES-10
        META,  # ES-02
        each("Services", each("Consumers", export_to_sameness_group_in_community)),  # ES-03
        each(
            "Services",
            export_unnamed,  # ES-04
            export_of_one_name_in_all_namespaces,  # ES-05
            export_without_consumers,  # ES-06
            each(
                "Consumers",
                export_consumer_ambiguous,  # ES-07
                export_to_all_partitions,  # ES-08
                export_to_all_peers,  # ES-09
                export_to_all_sameness_groups,  # ES-11
            ),
        ),
    ),
    *ADVICE,
)
