"""Rate limits of a service (config-entries.md 2.1, SD-25 to SD-32)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.regex import re2_fault
from meshgw.schema.fields import Block, block, blocks, integer, obj, text


@block
class RouteRateLimit(Block):
    """The rate limit of the requests whose path matches (Enterprise)."""

    path_exact: str = text("PathExact", alias="path_exact")
    path_prefix: str = text("PathPrefix", alias="path_prefix")
    path_regex: str = text("PathRegex", alias="path_regex")
    requests_per_second: int = integer("RequestsPerSecond", alias="requests_per_second")
    requests_max_burst: int = integer("RequestsMaxBurst", alias="requests_max_burst")


@block
class InstanceRateLimits(Block):
    """Rate limits of one instance (Enterprise)."""

    requests_per_second: int = integer("RequestsPerSecond", alias="requests_per_second")
    requests_max_burst: int = integer("RequestsMaxBurst", alias="requests_max_burst")
    routes: tuple[RouteRateLimit, ...] = blocks("Routes", RouteRateLimit)


@block
class RateLimits(Block):
    """Rate limits of requests to the service (Enterprise)."""

    instance_level: InstanceRateLimits = obj("InstanceLevel", InstanceRateLimits, alias="instance_level")


@rule(
    "rate-limits-in-community",
    on="service-defaults",
    consul="Rate limiting is a consul enterprise feature",
    edition="community",
)  # SD-25
def rate_limits_in_community(limits: RateLimits, report: Report) -> None:  # noqa: ARG001  rules take both
    """Rate limits in Community.

    Even an empty block is refused.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        RateLimits {}

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        MaxInboundConnections = 100
    """
    report(
        "rate limits of services are an Enterprise feature",
        part="key",
        help="take the block out; `MaxInboundConnections` limits connections",
    )


@rule(
    "rate-limits-without-rate",
    on="service-defaults",
    consul="must be set",
    edition="enterprise",
    inferred=True,
)  # SD-27
def rate_limits_without_rate(limits: InstanceRateLimits, report: Report) -> None:
    """Rate limits that limit nothing.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        RateLimits {}

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        RateLimits {
          InstanceLevel { RequestsPerSecond = 100 }
        }
    """
    if limits.requests_per_second == 0 and all(route.requests_per_second == 0 for route in limits.routes):
        report("no `RequestsPerSecond` is set", help="set it here or on a route")


@rule(
    "rate-limit-negative",
    on="service-defaults",
    consul="must be positive",
    edition="enterprise",
    inferred=True,
)  # SD-28
def rate_limit_negative(limits: InstanceRateLimits, report: Report) -> None:
    """A negative rate limit of an instance.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        RateLimits {
          InstanceLevel { RequestsPerSecond = -1 }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        RateLimits {
          InstanceLevel { RequestsPerSecond = 100 }
        }
    """
    for key, value in (
        ("RequestsPerSecond", limits.requests_per_second),
        ("RequestsMaxBurst", limits.requests_max_burst),
    ):
        if value < 0:
            report(f"a limit of {value} requests is negative", at=(key,))


@rule(
    "rate-limit-burst-without-rate",
    on="service-defaults",
    consul="must be greater than 0",
    edition="enterprise",
    inferred=True,
)  # SD-29
def rate_limit_burst_without_rate(limits: InstanceRateLimits, report: Report) -> None:
    """A burst of requests without a rate.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        RateLimits {
          InstanceLevel { RequestsMaxBurst = 10, Routes = [{ PathExact = "/", RequestsPerSecond = 1 }] }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        RateLimits {
          InstanceLevel { RequestsMaxBurst = 10, RequestsPerSecond = 100 }
        }
    """
    if limits.requests_max_burst > 0 and limits.requests_per_second == 0:
        report(
            "`RequestsMaxBurst` is set and `RequestsPerSecond` is not",
            at=("RequestsMaxBurst",),
            help="set `RequestsPerSecond` too",
        )


@rule(
    "rate-limit-path-not-one",
    on="service-defaults",
    consul="exactly one of PathExact",
    edition="enterprise",
    inferred=True,
)  # SD-30
def rate_limit_path_not_one(route: RouteRateLimit, report: Report) -> None:
    """A rate limit for no path, or for a path in two ways.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        RateLimits {
          InstanceLevel {
            Routes = [{ RequestsPerSecond = 1 }]
          }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        RateLimits {
          InstanceLevel {
            Routes = [{ PathPrefix = "/api", RequestsPerSecond = 1 }]
          }
        }
    """
    given = [path for path in (route.path_exact, route.path_prefix, route.path_regex) if path]
    if len(given) != 1:
        report(
            "the route has several paths" if given else "the route has no path",
            help="set one of `PathExact`, `PathPrefix` and `PathRegex`",
        )


@rule(
    "rate-limit-route-without-rate",
    on="service-defaults",
    consul="must be greater than 0",
    edition="enterprise",
    inferred=True,
)  # SD-31
def rate_limit_route_without_rate(route: RouteRateLimit, report: Report) -> None:
    """A rate limit of a route that is not above zero.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        RateLimits {
          InstanceLevel { RequestsPerSecond = 1, Routes = [{ PathExact = "/" }] }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        RateLimits {
          InstanceLevel {
            Routes = [{ PathExact = "/", RequestsPerSecond = 1 }]
          }
        }
    """
    if route.requests_per_second <= 0:
        report(
            f"a route cannot have {route.requests_per_second} requests a second",
            at=("RequestsPerSecond",),
            help="set it to 1 or more",
        )


@rule(
    "rate-limit-route-burst-negative",
    on="service-defaults",
    consul="must be positive",
    edition="enterprise",
    inferred=True,
)  # SD-32
def rate_limit_route_burst_negative(route: RouteRateLimit, report: Report) -> None:
    """A negative burst of a route.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        RateLimits {
          InstanceLevel {
            Routes = [{ PathExact = "/", RequestsPerSecond = 1, RequestsMaxBurst = -1 }]
          }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        RateLimits {
          InstanceLevel {
            Routes = [{ PathExact = "/", RequestsPerSecond = 1, RequestsMaxBurst = 5 }]
          }
        }
    """
    if route.requests_max_burst < 0:
        report(f"a burst of {route.requests_max_burst} requests is negative", at=("RequestsMaxBurst",))


@rule("rate-limit-regex-invalid", on="service-defaults", edition="enterprise")
def rate_limit_regex_invalid(route: RouteRateLimit, report: Report) -> None:
    """A regular expression of a path that Envoy refuses.

    Consul stores it; the proxies of the service would reject their configuration.

    Found:

        Kind = "service-defaults"
        Name = "web"
        RateLimits {
          InstanceLevel {
            Routes = [{ PathRegex = "/(?!admin).*", RequestsPerSecond = 1 }]
          }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        RateLimits {
          InstanceLevel {
            Routes = [{ PathRegex = "/api/.*", RequestsPerSecond = 1 }]
          }
        }
    """
    fault = re2_fault(route.path_regex) if route.path_regex else None
    if fault:
        report(f"`{route.path_regex}` is no regular expression of Envoy's", at=("PathRegex",), note=fault)


RATE_LIMITS = first(
    rate_limits_in_community,  # SD-25
    each(
        "InstanceLevel",
        rate_limit_negative,  # SD-28
        rate_limits_without_rate,  # SD-27
        rate_limit_burst_without_rate,  # SD-29
        each(
            "Routes",
            rate_limit_path_not_one,  # SD-30
            rate_limit_route_without_rate,  # SD-31
            rate_limit_route_burst_negative,  # SD-32
        ),
    ),
)
