"""Rules of how a service calls its upstreams (config-entries.md 2.1, SD-07 to SD-20)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import each, every, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.blocks import PassiveHealthCheck, UpstreamConfig, UpstreamLimits

EXACT_BALANCE = "exact_balance"


@rule("upstream-override-unnamed", on="service-defaults", consul="Name is required")  # SD-07
def upstream_override_unnamed(upstream: UpstreamConfig, report: Report) -> None:
    """Settings of a single upstream that do not say which.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Overrides = [{ Protocol = "http" }]
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Overrides = [{ Name = "api", Protocol = "http" }]
        }
    """
    if not upstream.name:
        report(
            "the override has no `Name`", at=("Name",), help="name the upstream, or use `Defaults` for all"
        )


@rule("upstream-override-wildcard", on="service-defaults", consul="Wildcard name is not supported")  # SD-08
def upstream_override_wildcard(upstream: UpstreamConfig, report: Report) -> None:
    """Settings of a single upstream for all upstreams.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Overrides = [{ Name = "*", Protocol = "http" }]
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { Protocol = "http" }
        }
    """
    if upstream.name == "*":
        report(
            "an override is about one upstream, not `*`",
            at=("Name",),
            help="use `Defaults` for all upstreams",
        )


@rule(
    "upstream-override-wildcard-namespace",
    on="service-defaults",
    consul="Wildcard namespace is not supported",
    edition="enterprise",
)  # SD-09
def upstream_override_wildcard_namespace(upstream: UpstreamConfig, report: Report) -> None:
    """Settings of a single upstream in all namespaces.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Overrides = [{ Name = "api", Namespace = "*" }]
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Overrides = [{ Name = "api", Namespace = "shop" }]
        }
    """
    if upstream.namespace == "*":
        report("an override is about one namespace, not `*`", at=("Namespace",), help="name the namespace")


@rule("upstream-defaults-named", on="service-defaults", consul="Name must be empty")  # SD-10
def upstream_defaults_named(upstream: UpstreamConfig, report: Report) -> None:
    """Settings of all upstreams that name one.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { Name = "api" }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Overrides = [{ Name = "api" }]
        }
    """
    if upstream.name:
        report("the defaults of all upstreams have a `Name`", at=("Name",), help="move them to `Overrides`")


@rule(
    "upstream-defaults-in-namespace",
    on="service-defaults",
    consul="Namespace must be empty",
    edition="enterprise",
)  # SD-11
def upstream_defaults_in_namespace(upstream: UpstreamConfig, report: Report) -> None:
    """Settings of all upstreams that name a namespace.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { Namespace = "shop" }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { Protocol = "http" }
        }
    """
    if upstream.namespace:
        report("the defaults of all upstreams have a `Namespace`", at=("Namespace",), help="take it out")


@rule(
    "upstream-defaults-in-partition",
    on="service-defaults",
    consul="Partition must be empty",
    edition="enterprise",
)  # SD-12
def upstream_defaults_in_partition(upstream: UpstreamConfig, report: Report) -> None:
    """Settings of all upstreams that name a partition.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { Partition = "shop" }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { Protocol = "http" }
        }
    """
    if upstream.partition:
        report("the defaults of all upstreams have a `Partition`", at=("Partition",), help="take it out")


@rule(
    "health-check-interval-negative",
    on="service-defaults",
    consul="passive health check interval cannot be negative",
)  # SD-13
def health_check_interval_negative(check: PassiveHealthCheck, report: Report) -> None:
    """A passive health check that looks backwards in time.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { PassiveHealthCheck { Interval = "-1s" } }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { PassiveHealthCheck { Interval = "10s" } }
        }
    """
    if check.interval < 0:
        report("the interval is negative", at=("Interval",))


@rule(
    "health-check-enforcing-not-percentage",
    on="service-defaults",
    consul="enforcing_consecutive_5xx must be a percentage",
)  # SD-14
def health_check_enforcing_not_percentage(check: PassiveHealthCheck, report: Report) -> None:
    """A share of ejections above 100 percent.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { PassiveHealthCheck { EnforcingConsecutive5xx = 101 } }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { PassiveHealthCheck { EnforcingConsecutive5xx = 100 } }
        }
    """
    if (check.enforcing_consecutive_5xx or 0) > 100:
        report(f"{check.enforcing_consecutive_5xx} is no percentage", at=("EnforcingConsecutive5xx",))


@rule(
    "health-check-ejection-not-percentage",
    on="service-defaults",
    consul="max_ejection_percent must be a percentage",
)  # SD-15
def health_check_ejection_not_percentage(check: PassiveHealthCheck, report: Report) -> None:
    """A share of instances above 100 percent.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { PassiveHealthCheck { MaxEjectionPercent = 101 } }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { PassiveHealthCheck { MaxEjectionPercent = 50 } }
        }
    """
    if (check.max_ejection_percent or 0) > 100:
        report(f"{check.max_ejection_percent} is no percentage", at=("MaxEjectionPercent",))


@rule(
    "health-check-ejection-time-negative",
    on="service-defaults",
    consul="base_ejection_time cannot be negative",
)  # SD-16
def health_check_ejection_time_negative(check: PassiveHealthCheck, report: Report) -> None:
    """An ejection that ends before it begins.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { PassiveHealthCheck { BaseEjectionTime = "-1s" } }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { PassiveHealthCheck { BaseEjectionTime = "30s" } }
        }
    """
    if (check.base_ejection_time or 0) < 0:
        report("the time of an ejection is negative", at=("BaseEjectionTime",))


@rule(
    "limit-connections-negative", on="service-defaults", consul="max connections cannot be negative"
)  # SD-17
def limit_connections_negative(limits: UpstreamLimits, report: Report) -> None:
    """A negative limit of connections.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { Limits { MaxConnections = -1 } }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { Limits { MaxConnections = 100 } }
        }
    """
    if (limits.max_connections or 0) < 0:
        report(
            f"a limit of {limits.max_connections} is negative",
            at=("MaxConnections",),
            help="leave it out for Envoy's default",
        )


@rule(
    "limit-pending-requests-negative", on="service-defaults", consul="max pending requests cannot be negative"
)  # SD-18
def limit_pending_requests_negative(limits: UpstreamLimits, report: Report) -> None:
    """A negative limit of waiting requests.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { Limits { MaxPendingRequests = -1 } }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { Limits { MaxPendingRequests = 100 } }
        }
    """
    if (limits.max_pending_requests or 0) < 0:
        report(
            f"a limit of {limits.max_pending_requests} is negative",
            at=("MaxPendingRequests",),
            help="leave it out for Envoy's default",
        )


@rule(
    "limit-requests-negative", on="service-defaults", consul="max concurrent requests cannot be negative"
)  # SD-19
def limit_requests_negative(limits: UpstreamLimits, report: Report) -> None:
    """A negative limit of requests.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { Limits { MaxConcurrentRequests = -1 } }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { Limits { MaxConcurrentRequests = 100 } }
        }
    """
    if (limits.max_concurrent_requests or 0) < 0:
        report(
            f"a limit of {limits.max_concurrent_requests} is negative",
            at=("MaxConcurrentRequests",),
            help="leave it out for Envoy's default",
        )


@rule(
    "outbound-balance-unknown", on="service-defaults", consul="invalid value for balance_outbound_connections"
)  # SD-20
def outbound_balance_unknown(upstream: UpstreamConfig, report: Report) -> None:
    """A way to spread outbound connections that does not exist.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { BalanceOutboundConnections = "exact" }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { BalanceOutboundConnections = "exact_balance" }
        }
    """
    if upstream.balance_outbound_connections not in ("", EXACT_BALANCE):
        report(
            f"connections cannot be balanced by `{upstream.balance_outbound_connections}`",
            at=("BalanceOutboundConnections",),
            help=f"write `{EXACT_BALANCE}` or leave it out",
        )


_SETTINGS = every(
    each(
        "PassiveHealthCheck",
        health_check_interval_negative,  # SD-13
        health_check_enforcing_not_percentage,  # SD-14
        health_check_ejection_not_percentage,  # SD-15
        health_check_ejection_time_negative,  # SD-16
    ),
    each(
        "Limits",
        limit_connections_negative,  # SD-17
        limit_pending_requests_negative,  # SD-18
        limit_requests_negative,  # SD-19
    ),
    outbound_balance_unknown,  # SD-20
)

OVERRIDE = first(
    upstream_override_unnamed,  # SD-07
    upstream_override_wildcard,  # SD-08
    upstream_override_wildcard_namespace,  # SD-09
    _SETTINGS,
)

DEFAULTS = first(
    upstream_defaults_named,  # SD-10
    upstream_defaults_in_namespace,  # SD-11
    upstream_defaults_in_partition,  # SD-12
    _SETTINGS,
)
