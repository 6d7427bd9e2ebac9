"""Rules about the failover of a service-resolver (config-entries.md 2.5)."""

from __future__ import annotations

from typing import Any

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.resolver_parts import KIND, Failover, FailoverPolicy, FailoverTarget
from meshgw.entries.resolver_redirect import subset_help
from meshgw.schema.spelling import spelling_of

POLICY_MODES = ("sequential", "order-by-locality")


@rule(
    "failover-datacenters-outside-default-partition",
    on=KIND,
    consul="Cross-datacenter failover is only supported",
    edition="enterprise",
)  # RS-27
def failover_datacenters_outside_default_partition(failover: Failover, report: Report) -> None:
    """A failover to other datacenters in a partition other than `default`.

    Datacenters are federated through their default partitions only.

    Refused:

        Kind      = "service-resolver"
        Name      = "web"
        Partition = "team-a"
        Failover  = { "*" = { Datacenters = ["dc2"] } }

    Accepted:

        Kind      = "service-resolver"
        Name      = "web"
        Partition = "team-a"
        Failover  = { "*" = { Targets = [{ Peer = "east" }] } }
    """
    if failover.datacenters and report.root.partition != "default":
        report(
            f"a failover to datacenters from partition `{report.root.partition}`",
            at=("Datacenters",),
            help="use `Targets` with a `Peer`",
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
    "failover-tenancy-in-community",
    on=KIND,
    consul="Setting %requires Consul Enterprise",
    edition="community",
)  # RS-28, RS-29
def failover_tenancy_in_community(failover: Failover, report: Report) -> None:
    """A failover with a namespace or a sameness group in Community.

    Even `default` is refused.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Service = "web-backup", Namespace = "default" } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Service = "web-backup" } }
    """
    _enterprise(("Namespace", "SamenessGroup"), failover, report)


@rule("failover-of-undefined-subset", on=KIND, consul="not a valid subset")  # RS-30
def failover_of_undefined_subset(_failover: Failover, report: Report) -> None:
    """A failover for a subset that is not defined.

    The keys of `Failover` are subsets of the same entry, or `*` for everything else.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { v1 = { Datacenters = ["dc2"] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Subsets  = { v1 = { Filter = "Service.Meta.version == v1" } }
        Failover = { v1 = { Datacenters = ["dc2"] }, "*" = { Datacenters = ["dc3"] } }
    """
    key = str(report.base[-1])
    if key != "*" and key not in report.root.subsets:
        report(
            f"`Failover` is for a subset `{key}` that is not defined",
            part="key",
            help="use `*` for requests of no particular subset, or define the subset in `Subsets`",
        )


@rule("failover-empty", on=KIND, consul="one of Service, ServiceSubset")  # RS-31
def failover_empty(failover: Failover, report: Report) -> None:
    """A failover that leads nowhere.

    A policy alone does not say where to go.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Policy = { Regions = ["us-east-1"] } } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Datacenters = ["dc2"], Policy = { Regions = ["us-east-1"] } } }
    """
    if not (
        failover.service
        or failover.service_subset
        or failover.namespace
        or failover.datacenters
        or failover.targets
        or failover.sameness_group
    ):
        report(
            "the failover leads nowhere",
            part="key",
            help="set `Targets`, `Datacenters` or `Service`",
        )


@rule(
    "failover-policy-in-community",
    on=KIND,
    consul="Setting failover policies requires Consul Enterprise",
    edition="community",
)  # RS-32
def failover_policy_in_community(policy: FailoverPolicy, report: Report) -> None:
    """A mode of a failover policy in Community.

    `Regions` are accepted, and without effect.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Datacenters = ["dc2"], Policy = { Mode = "sequential" } } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Datacenters = ["dc2"] } }
    """
    if policy.mode:
        report("a failover policy needs Enterprise", at=("Mode",), help="take `Policy` out")


@rule(
    "failover-policy-mode-unknown",
    on=KIND,
    consul="Failover-policy mode must be one of",
    edition="enterprise",
)  # RS-33
def failover_policy_mode_unknown(policy: FailoverPolicy, report: Report) -> None:
    """A mode of a failover policy that does not exist.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Datacenters = ["dc2"], Policy = { Mode = "order" } } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Datacenters = ["dc2"], Policy = { Mode = "order-by-locality" } } }
    """
    if policy.mode and policy.mode not in POLICY_MODES:
        report(f"no failover policy is called `{policy.mode}`", at=("Mode",), help=_one_of(POLICY_MODES))


def _one_of(values: tuple[str, ...]) -> str:
    return "one of: " + ", ".join(f"`{value}`" for value in values)


def _undefined(value: Failover | FailoverTarget, report: Report) -> None:
    own = value.service in ("", report.root.name)
    if own and value.service_subset and value.service_subset not in report.root.subsets:
        report(
            f"`{report.root.name}` has no subset `{value.service_subset}`",
            at=("ServiceSubset",),
            help=subset_help(report.root.subsets),
        )


@rule("failover-subset-undefined", on=KIND, consul="is not a valid subset of")  # RS-34
def failover_subset_undefined(failover: Failover, report: Report) -> None:
    """A failover to a subset of the own service that is not defined.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { ServiceSubset = "v1" } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Subsets  = { v1 = { Filter = "Service.Meta.version == v1" } }
        Failover = { "*" = { ServiceSubset = "v1" } }
    """
    _undefined(failover, report)


@rule(
    "failover-sameness-group-not-alone",
    on=KIND,
    consul="SamenessGroup cannot be set with",
    edition="enterprise",
)  # RS-35
def failover_sameness_group_not_alone(failover: Failover, report: Report) -> None:
    """A failover to a sameness group and to something else.

    The members of the group say where to go.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { SamenessGroup = "all", Datacenters = ["dc2"] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { SamenessGroup = "all" } }
    """
    for field in ("Datacenters", "ServiceSubset", "Targets"):
        if failover.sameness_group and getattr(failover, failover.attribute_of(field)):
            report(f"both `SamenessGroup` and `{field}` are set", at=(field,), help="keep one of them")


def _with_targets(field: str, failover: Failover, report: Report) -> None:
    if failover.targets and getattr(failover, failover.attribute_of(field)):
        target = {field.rstrip("s"): "…"}
        report(
            f"both `Targets` and `{field}` are set",
            at=(field,),
            help=f"write it as a target: `{spelling_of(report).setting('Targets', [target])}`",
        )


@rule("failover-targets-with-datacenters", on=KIND, consul="Targets cannot be set with Datacenters")  # RS-36
def failover_targets_with_datacenters(failover: Failover, report: Report) -> None:
    """A failover with both a list of targets and a list of datacenters.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Datacenters = ["dc2"], Targets = [{ Peer = "east" }] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Datacenter = "dc2" }, { Peer = "east" }] } }
    """
    _with_targets("Datacenters", failover, report)


@rule("failover-targets-with-subset", on=KIND, consul="Targets cannot be set with ServiceSubset")  # RS-37
def failover_targets_with_subset(failover: Failover, report: Report) -> None:
    """A failover with both a list of targets and a subset.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Subsets  = { v1 = { Filter = "Service.Meta.version == v1" } }
        Failover = { "*" = { ServiceSubset = "v1", Targets = [{ Peer = "east" }] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Subsets  = { v1 = { Filter = "Service.Meta.version == v1" } }
        Failover = { "*" = { Targets = [{ ServiceSubset = "v1" }, { Peer = "east" }] } }
    """
    _with_targets("ServiceSubset", failover, report)


@rule("failover-targets-with-service", on=KIND, consul="Targets cannot be set with Service")  # RS-38
def failover_targets_with_service(failover: Failover, report: Report) -> None:
    """A failover with both a list of targets and a service.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Service = "web-backup", Targets = [{ Peer = "east" }] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Service = "web-backup" }, { Peer = "east" }] } }
    """
    _with_targets("Service", failover, report)


@rule(
    "failover-target-tenancy-in-community",
    on=KIND,
    consul="Setting %requires Consul Enterprise",
    edition="community",
)  # RS-39
def failover_target_tenancy_in_community(target: FailoverTarget, report: Report) -> None:
    """A failover target with a partition or a namespace in Community.

    Even `default` is refused.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Service = "web-backup", Partition = "default" }] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Service = "web-backup" }] } }
    """
    _enterprise(("Partition", "Namespace"), target, report)


def _pair(target: FailoverTarget, field: str, other: str, report: Report) -> None:
    if getattr(target, target.attribute_of(field)) and getattr(target, target.attribute_of(other)):
        report(f"both `{field}` and `{other}` are set", at=(other,), help="make two targets of it")


@rule("failover-target-peer-with-subset", on=KIND, consul="Peer cannot be set with ServiceSubset")  # RS-40
def failover_target_peer_with_subset(target: FailoverTarget, report: Report) -> None:
    """A failover target that is a subset at a peer.

    Subsets are known only where the service runs.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Service = "api", Peer = "east", ServiceSubset = "v1" }] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Service = "api", Peer = "east" }] } }
    """
    _pair(target, "Peer", "ServiceSubset", report)


@rule(
    "failover-target-peer-with-partition",
    on=KIND,
    consul="Partition cannot be set with Peer",
    edition="enterprise",
)  # RS-40
def failover_target_peer_with_partition(target: FailoverTarget, report: Report) -> None:
    """A failover target that names a peer and a partition.

    A peering belongs to the partition in which it was made.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Peer = "east", Partition = "team-a" }] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Peer = "east" }, { Partition = "team-a" }] } }
    """
    _pair(target, "Peer", "Partition", report)


@rule("failover-target-peer-with-datacenter", on=KIND, consul="Peer cannot be set with Datacenter")  # RS-40
def failover_target_peer_with_datacenter(target: FailoverTarget, report: Report) -> None:
    """A failover target that names a peer and a datacenter.

    A peer is another cluster, a datacenter a part of the own federation.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Peer = "east", Datacenter = "dc2" }] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Peer = "east" }, { Datacenter = "dc2" }] } }
    """
    _pair(target, "Peer", "Datacenter", report)


@rule(
    "failover-target-partition-with-datacenter",
    on=KIND,
    consul="Partition cannot be set with Datacenter",
    edition="enterprise",
)  # RS-40
def failover_target_partition_with_datacenter(target: FailoverTarget, report: Report) -> None:
    """A failover target that names a partition and a datacenter.

    Datacenters are federated through their default partitions only.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Partition = "team-a", Datacenter = "dc2" }] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Partition = "team-a" }, { Datacenter = "dc2" }] } }
    """
    _pair(target, "Partition", "Datacenter", report)


@rule("failover-target-subset-undefined", on=KIND, consul="is not a valid subset of")  # RS-41
def failover_target_subset_undefined(target: FailoverTarget, report: Report) -> None:
    """A failover target that is a subset of the own service and not defined.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ ServiceSubset = "v1" }] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Subsets  = { v1 = { Filter = "Service.Meta.version == v1" } }
        Failover = { "*" = { Targets = [{ ServiceSubset = "v1" }] } }
    """
    excluded = target.peer or (report.profile.enterprise and target.partition and target.datacenter)
    if not excluded:
        _undefined(target, report)


@rule("failover-datacenter-empty", on=KIND, consul="found empty datacenter")  # RS-42
def failover_datacenter_empty(failover: Failover, report: Report) -> None:
    """An empty name in the list of datacenters.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Datacenters = ["dc2", ""] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Datacenters = ["dc2"] } }
    """
    if "" in failover.datacenters:
        index = failover.datacenters.index("")
        report("a datacenter without a name", at=("Datacenters", index), help="take the element out")


FAILOVER_RULES = each(
    "Failover",
    first(
        failover_datacenters_outside_default_partition,  # RS-27
        failover_tenancy_in_community,  # RS-28, RS-29
        failover_of_undefined_subset,  # RS-30
        failover_empty,  # RS-31
        each("Policy", failover_policy_in_community, failover_policy_mode_unknown),  # RS-32, RS-33
        failover_subset_undefined,  # RS-34
        failover_sameness_group_not_alone,  # RS-35
        failover_targets_with_datacenters,  # RS-36
        failover_targets_with_subset,  # RS-37
        failover_targets_with_service,  # RS-38
        each(
            "Targets",
            failover_target_tenancy_in_community,  # RS-39
            failover_target_peer_with_subset,  # RS-40
            failover_target_peer_with_partition,  # RS-40
            failover_target_peer_with_datacenter,  # RS-40
            failover_target_partition_with_datacenter,  # RS-40
            failover_target_subset_undefined,  # RS-41
        ),
        failover_datacenter_empty,  # RS-42
    ),
)
