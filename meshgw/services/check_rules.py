"""Rules about health checks (service-registration.md 4.5); the first fault of a check ends it."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import Step, each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.services.check import Check

STATUSES = ("", "passing", "warning", "critical")


def is_active(check: Check) -> bool:
    """Whether the agent runs it: script, HTTP, TCP, UDP, gRPC, HTTP/2 ping or service of the system."""
    return bool(
        check.http or check.tcp or check.args or check.grpc or check.udp or check.h2ping or check.os_service
    )


def _is_alias(check: Check) -> bool:
    return bool(check.alias_service or check.alias_node)


def _called(check: Check) -> str:
    name = check.name or check.id
    return f"`{name}`" if name else "without a name"


@rule(
    "check-interval-with-ttl", on="check", consul="Interval and TTL cannot both be specified", stage="VHL"
)  # CHK-01
def check_interval_with_ttl(check: Check, report: Report) -> None:
    """A check with both an interval and a TTL.

    Either Consul runs the check every `interval`, or the application reports within `ttl`.

    Refused:

        service {
          name = "web"
          check {
            http     = "http://localhost:8080/health"
            interval = "10s"
            ttl      = "30s"
          }
        }

    Accepted:

        service {
          name = "web"
          check {
            http     = "http://localhost:8080/health"
            interval = "10s"
          }
        }
    """
    if check.interval > 0 and check.ttl > 0:
        report("a check has an `interval` and a `ttl`", at=("TTL",), part="all", help="keep one of them")


@rule(
    "check-without-interval",
    on="check",
    consul="Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks",
    stage="VHL",
)  # CHK-02
def check_without_interval(check: Check, report: Report) -> None:
    """A check that Consul runs, without an interval.

    Refused:

        service {
          name = "web"
          check {
            http = "http://localhost:8080/health"
          }
        }

    Accepted:

        service {
          name = "web"
          check {
            http     = "http://localhost:8080/health"
            interval = "10s"
          }
        }
    """
    if is_active(check) and check.interval <= 0:
        report(
            f"the check {_called(check)} has no `interval`",
            at=("Interval",),
            help='set `interval`, such as "10s"',
        )


@rule(
    "check-alias-with-type", on="check", consul="Interval cannot be set for Alias checks", stage="VHL"
)  # CHK-03
def check_alias_with_type(check: Check, report: Report) -> None:
    """An alias check that also runs something.

    An alias copies the health of another service or node.

    Refused:

        service {
          name = "web"
          check {
            alias_service = "db"
            http          = "http://localhost:8080/health"
            interval      = "10s"
          }
        }

    Accepted:

        service {
          name = "web"
          check {
            alias_service = "db"
          }
        }
    """
    if is_active(check) and _is_alias(check):
        name = "AliasService" if check.alias_service else "AliasNode"
        report(
            f"the check {_called(check)} is an alias and runs something too",
            at=(name,),
            help="make two checks of it",
        )


@rule(
    "check-alias-with-ttl", on="check", consul="TTL must be not be set for Alias checks", stage="VHL"
)  # CHK-04
def check_alias_with_ttl(check: Check, report: Report) -> None:
    """An alias check with a TTL.

    Refused:

        service {
          name = "web"
          check {
            alias_service = "db"
            ttl           = "30s"
          }
        }

    Accepted:

        service {
          name = "web"
          check {
            alias_service = "db"
          }
        }
    """
    if _is_alias(check) and check.ttl > 0:
        report("an alias check has a `ttl`", at=("TTL",), part="all", help="take `ttl` out")


@rule("check-without-type", on="check", consul="TTL must be > 0 for TTL checks", stage="VHL")  # CHK-05
def check_without_type(check: Check, report: Report) -> None:
    """A check that checks nothing.

    A check needs one of `http`, `tcp`, `udp`, `grpc`, `h2ping`, `args`, `os_service`, `alias_service`,
    or a `ttl`. `consul services register` loses `args` and `os_service`: such checks arrive empty.

    Refused:

        service {
          name = "web"
          check {
            name     = "health"
            interval = "10s"
          }
        }

    Accepted:

        service {
          name = "web"
          check {
            http     = "http://localhost:8080/health"
            interval = "10s"
          }
        }
    """
    if not (is_active(check) or _is_alias(check)) and check.ttl <= 0:
        report(
            f"the check {_called(check)} says neither what to run nor a `ttl`",
            at=("Interval",) if check.interval else (),
            part="key",
            help="set one of `http`, `tcp`, `grpc`, `args` … with an `interval`, or `ttl`",
        )


@rule(
    "check-output-size-negative", on="check", consul="MaxOutputMaxSize must be positive", stage="VHL"
)  # CHK-06
def check_output_size_negative(check: Check, report: Report) -> None:
    """A negative size of a check's output.

    Refused:

        service {
          name = "web"
          check {
            http     = "http://localhost:8080/health"
            interval = "10s"
            output_max_size = -1
          }
        }

    Accepted:

        service {
          name = "web"
          check {
            http     = "http://localhost:8080/health"
            interval = "10s"
            output_max_size = 4096
          }
        }
    """
    if check.output_max_size is not None and check.output_max_size < 0:
        report(f"`output_max_size` is {check.output_max_size}; at least 0", at=("OutputMaxSize",))


@rule(
    "check-warning-after-critical",
    on="check",
    consul="FailuresBeforeWarning can't be higher than FailuresBeforeCritical",
    stage="VHL",
)  # CHK-07
def check_warning_after_critical(check: Check, report: Report) -> None:
    """A check that would be critical before it warns.

    `failures_before_critical` is 0 when it is not set, so a warning given alone is too high as well.

    Refused:

        service {
          name = "web"
          check {
            http     = "http://localhost:8080/health"
            interval = "10s"
            failures_before_warning = 3
          }
        }

    Accepted:

        service {
          name = "web"
          check {
            http     = "http://localhost:8080/health"
            interval = "10s"
            failures_before_warning  = 3
            failures_before_critical = 5
          }
        }
    """
    warning, critical = check.failures_before_warning, check.failures_before_critical
    if warning is not None and warning > critical:
        report(
            f"`failures_before_warning` is {warning}, `failures_before_critical` {critical}",
            at=("FailuresBeforeWarning",),
            help="set `failures_before_critical` at least as high",
        )


@rule("check-status-unknown", on="check", consul="Status for checks must", stage="H")  # CHK-10
def check_status_unknown(check: Check, report: Report) -> None:
    """A status that is none, in a body of the API.

    Refused (http):

        { "Name": "web", "Check": { "TTL": "30s", "Status": "ok" } }

    Accepted (http):

        { "Name": "web", "Check": { "TTL": "30s", "Status": "passing" } }
    """
    if check.status not in STATUSES:
        report(
            f"`{check.status}` is no status of a check",
            at=("Status",),
            help="one of `passing`, `warning`, `critical`",
        )


@rule("check-null", on="check", consul="panic", stage="H")
def check_null(index: int, report: Report) -> None:
    """A `null` among the checks of a body of the API.

    The agent drops the connection without an answer.

    Refused (http):

        { "Name": "web", "Checks": [null] }

    Accepted (http):

        { "Name": "web", "Checks": [] }
    """
    report(f"check {index + 1} is null", at=("Checks", index), help="take the element out")


CHECK: Step = first(
    check_interval_with_ttl,  # CHK-01
    check_without_interval,  # CHK-02
    check_alias_with_type,  # CHK-03
    check_alias_with_ttl,  # CHK-04
    check_without_type,  # CHK-05
    check_output_size_negative,  # CHK-06
    check_warning_after_critical,  # CHK-07
)

CHECKS: Step = each("Checks", CHECK)
"""In order; the first bad check ends it."""

BODY_CHECKS: Step = each("Checks", first(CHECK, check_status_unknown))  # CHK-10
"""The agent's API also looks at the status."""
