"""Rules about the redirect of a service-resolver (config-entries.md 2.5)."""

from __future__ import annotations

from typing import Any

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.resolver_parts import KIND, Redirect


@rule(
    "redirect-datacenter-outside-default-partition",
    on=KIND,
    consul="only supported in the default partition",
    edition="enterprise",
)  # RS-09
def redirect_datacenter_outside_default_partition(redirect: Redirect, report: Report) -> None:
    """A redirect to another datacenter in a partition other than `default`.

    Datacenters are federated through their default partitions only.

    Refused:

        Kind      = "service-resolver"
        Name      = "web"
        Partition = "team-a"
        Redirect  = { Service = "api", Datacenter = "dc2", Partition = "team-a" }

    Accepted:

        Kind      = "service-resolver"
        Name      = "web"
        Partition = "default"
        Redirect  = { Datacenter = "dc2" }
    """
    if redirect.datacenter and report.root.partition != "default":
        report(
            f"a redirect to datacenter `{redirect.datacenter}` from partition `{report.root.partition}`",
            at=("Datacenter",),
            help="use a peering in place of the datacenter",
        )


@rule(
    "redirect-datacenter-and-partition",
    on=KIND,
    consul="Cross-datacenter and cross-partition redirect",
    edition="enterprise",
)  # RS-10
def redirect_datacenter_and_partition(redirect: Redirect, report: Report) -> None:
    """A redirect to another datacenter and another partition at once.

    An empty `Partition` is `default`.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "web", Datacenter = "dc2", Partition = "team-a" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "web", Partition = "team-a" }
    """
    partition = redirect.partition.lower() or "default"
    if redirect.datacenter and partition != report.root.partition == "default":
        report(
            f"the redirect leads to datacenter `{redirect.datacenter}` and to partition `{partition}`",
            at=("Datacenter",),
            help="keep one of `Datacenter` and `Partition`",
        )


def _enterprise(fields: tuple[str, ...], value: Any, report: Report) -> None:
    for field in fields:
        if getattr(value, value.attribute_of(field)):
            report(
                f"`{field}` is set, which Community refuses",
                at=(field,),
                consul=f"Setting {field} requires Consul Enterprise",
                help="take it out; `default` is refused too",
            )


@rule(
    "redirect-tenancy-in-community",
    on=KIND,
    consul="Setting %requires Consul Enterprise",
    edition="community",
)  # RS-11, RS-12, RS-13
def redirect_tenancy_in_community(redirect: Redirect, report: Report) -> None:
    """A redirect with a partition, namespace or sameness group in Community.

    Even `default` is refused.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", Namespace = "default" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api" }
    """
    _enterprise(("Partition", "Namespace", "SamenessGroup"), redirect, report)


@rule("redirect-with-failover", on=KIND, consul="Redirect and Failover cannot both be set")  # RS-14
def redirect_with_failover(_redirect: Redirect, report: Report) -> None:
    """A resolver that redirects and fails over.

    A redirect hands everything on, so a failover belongs to the resolver of the other service.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "web-next" }
        Failover = { "*" = { Datacenters = ["dc2"] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "web-next" }
    """
    if report.root.failover:
        report(
            "both `Redirect` and `Failover` are set",
            part="key",
            related=report.place(("Failover",), "the failover", "key"),
            help="keep one of them; a service that is redirected to may have its own failover",
        )


@rule("redirect-empty", on=KIND, consul="Redirect is empty")  # RS-15
def redirect_empty(redirect: Redirect, report: Report) -> None:
    """A redirect that leads nowhere.

    Refused:

        Kind = "service-resolver"
        Name = "web"
        Redirect {}

    Accepted:

        Kind = "service-resolver"
        Name = "web"
        Redirect { Service = "api" }
    """
    if redirect == Redirect():
        report("the redirect is empty", part="key", help="set `Service`, or take `Redirect` out")


def _pair(redirect: Redirect, field: str, other: str, report: Report) -> None:
    """Report two fields that exclude each other, at the second one."""
    if getattr(redirect, redirect.attribute_of(field)) and getattr(redirect, redirect.attribute_of(other)):
        report(f"both `{field}` and `{other}` are set", at=(other,), help="keep one of them")


@rule(
    "redirect-sameness-group-with-subset",
    on=KIND,
    consul="SamenessGroup cannot be set with Redirect.ServiceSubset",
    edition="enterprise",
)  # RS-16
def redirect_sameness_group_with_subset(redirect: Redirect, report: Report) -> None:
    """A redirect to a sameness group that names a subset.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", SamenessGroup = "all", ServiceSubset = "v1" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", SamenessGroup = "all" }
    """
    _pair(redirect, "SamenessGroup", "ServiceSubset", report)


@rule(
    "redirect-sameness-group-with-partition",
    on=KIND,
    consul="Partition cannot be set with Redirect.SamenessGroup",
    edition="enterprise",
)  # RS-17
def redirect_sameness_group_with_partition(redirect: Redirect, report: Report) -> None:
    """A redirect to a sameness group that names a partition.

    The members of the group say which partitions are meant.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", SamenessGroup = "all", Partition = "team-a" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", SamenessGroup = "all" }
    """
    _pair(redirect, "SamenessGroup", "Partition", report)


@rule(
    "redirect-sameness-group-with-datacenter",
    on=KIND,
    consul="SamenessGroup cannot be set with Redirect.Datacenter",
    edition="enterprise",
)  # RS-18
def redirect_sameness_group_with_datacenter(redirect: Redirect, report: Report) -> None:
    """A redirect to a sameness group that names a datacenter.

    Sameness groups consist of partitions and peers.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", SamenessGroup = "all", Datacenter = "dc2" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", SamenessGroup = "all" }
    """
    _pair(redirect, "SamenessGroup", "Datacenter", report)


@rule("redirect-peer-with-subset", on=KIND, consul="Peer cannot be set with Redirect.ServiceSubset")  # RS-19
def redirect_peer_with_subset(redirect: Redirect, report: Report) -> None:
    """A redirect to a peer that names a subset.

    Subsets are known only where the service runs.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", Peer = "east", ServiceSubset = "v1" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", Peer = "east" }
    """
    _pair(redirect, "Peer", "ServiceSubset", report)


@rule(
    "redirect-peer-with-partition",
    on=KIND,
    consul="Partition cannot be set with Redirect.Peer",
    edition="enterprise",
)  # RS-20
def redirect_peer_with_partition(redirect: Redirect, report: Report) -> None:
    """A redirect to a peer that names a partition.

    A peering belongs to the partition in which it was made.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", Peer = "east", Partition = "team-a" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", Peer = "east" }
    """
    _pair(redirect, "Peer", "Partition", report)


@rule("redirect-peer-with-datacenter", on=KIND, consul="Peer cannot be set with Redirect.Datacenter")  # RS-21
def redirect_peer_with_datacenter(redirect: Redirect, report: Report) -> None:
    """A redirect to a peer that names a datacenter.

    A peer is another cluster, a datacenter a part of the own federation.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", Peer = "east", Datacenter = "dc2" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", Peer = "east" }
    """
    _pair(redirect, "Peer", "Datacenter", report)


def _needs_service(redirect: Redirect, field: str, report: Report) -> None:
    if getattr(redirect, redirect.attribute_of(field)) and not redirect.service:
        report(
            f"`{field}` is set without `Service`",
            at=(field,),
            help=f"add `Service`, for example `{report.root.name}`",
        )


@rule(
    "redirect-subset-without-service",
    on=KIND,
    consul="ServiceSubset defined without Redirect.Service",
)  # RS-22
def redirect_subset_without_service(redirect: Redirect, report: Report) -> None:
    """A redirect to a subset of no service.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { ServiceSubset = "v1" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", ServiceSubset = "v1" }
    """
    _needs_service(redirect, "ServiceSubset", report)


@rule(
    "redirect-namespace-without-service",
    on=KIND,
    consul="Namespace defined without",
    edition="enterprise",
)  # RS-23
def redirect_namespace_without_service(redirect: Redirect, report: Report) -> None:
    """A redirect to a namespace without a service.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Namespace = "shop" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "web", Namespace = "shop" }
    """
    _needs_service(redirect, "Namespace", report)


@rule(
    "redirect-partition-without-service",
    on=KIND,
    consul="Partition defined without",
    edition="enterprise",
)  # RS-24
def redirect_partition_without_service(redirect: Redirect, report: Report) -> None:
    """A redirect to a partition without a service.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Partition = "team-a" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "web", Partition = "team-a" }
    """
    _needs_service(redirect, "Partition", report)


@rule("redirect-peer-without-service", on=KIND, consul="Peer defined without")  # RS-25
def redirect_peer_without_service(redirect: Redirect, report: Report) -> None:
    """A redirect to a peer without a service.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Peer = "east" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "web", Peer = "east" }
    """
    _needs_service(redirect, "Peer", report)


@rule("redirect-subset-undefined", on=KIND, consul="is not a valid subset of")  # RS-26
def redirect_subset_undefined(redirect: Redirect, report: Report) -> None:
    """A redirect to a subset of the own service that is not defined.

    Subsets of other services are looked up in their own resolvers.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Subsets  = { v1 = { Filter = "Service.Meta.version == v1" } }
        Redirect = { Service = "web", ServiceSubset = "v2" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Subsets  = { v1 = { Filter = "Service.Meta.version == v1" } }
        Redirect = { Service = "web", ServiceSubset = "v1" }
    """
    own = bool(redirect.service) and redirect.service == report.root.name
    if own and redirect.service_subset and redirect.service_subset not in report.root.subsets:
        report(
            f"`{report.root.name}` has no subset `{redirect.service_subset}`",
            at=("ServiceSubset",),
            help=subset_help(report.root.subsets),
        )


def subset_help(subsets: dict[str, Any]) -> str:
    """Which subsets there are to choose from."""
    if not subsets:
        return "define it in `Subsets`"
    return "one of: " + ", ".join(f"`{name}`" for name in sorted(subsets)[:10])


REDIRECT_RULES = each(
    "Redirect",
    first(
        redirect_datacenter_outside_default_partition,  # RS-09
        redirect_datacenter_and_partition,  # RS-10
        redirect_tenancy_in_community,  # RS-11, RS-12, RS-13
        redirect_with_failover,  # RS-14
        redirect_empty,  # RS-15
        redirect_sameness_group_with_subset,  # RS-16
        redirect_sameness_group_with_partition,  # RS-17
        redirect_sameness_group_with_datacenter,  # RS-18
        redirect_peer_with_subset,  # RS-19
        redirect_peer_with_partition,  # RS-20
        redirect_peer_with_datacenter,  # RS-21
        redirect_subset_without_service,  # RS-22
        redirect_namespace_without_service,  # RS-23
        redirect_partition_without_service,  # RS-24
        redirect_peer_without_service,  # RS-25
        redirect_subset_undefined,  # RS-26
    ),
)
