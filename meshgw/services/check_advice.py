"""What Consul accepts in checks, and what becomes of it (service-registration.md 4.5)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import Step, every
from meshgw.diagnostics.rules import Report, rule
from meshgw.services.check import Check
from meshgw.services.check_rules import STATUSES

_SECOND = 1_000_000_000
_TYPES = ("grpc", "http", "ttl", "tcp", "udp", "args", "h2ping", "os_service")
"""Consul takes the first one that is set (2.6)."""


@rule("check-of-two-types", on="check", severity="warning")  # CHK-W01
def check_of_two_types(check: Check, report: Report) -> None:
    """A check that is told to do several things.

    Consul does one of them: gRPC before HTTP, TTL, TCP, UDP, script, HTTP/2 ping and service of the
    operating system.

    Found:

        service {
          name = "web"
          port = 8080
          check {
            http     = "http://localhost:8080/health"
            tcp      = "localhost:8080"
            interval = "10s"
          }
        }

    Accepted:

        service {
          name = "web"
          port = 8080
          check {
            http     = "http://localhost:8080/health"
            interval = "10s"
          }
        }
    """
    given = [name for name in _TYPES if getattr(check, name)]
    if len(given) > 1 and not (check.ttl > 0 and check.interval > 0):
        others = ", ".join(f"`{name}`" for name in given[1:])
        report(
            f"the check does `{given[0]}` only, not {others}",
            at=(next(spec.name for spec in check.specs if spec.attribute == given[1]),),
            part="all",
            help="make a check of each",
        )


@rule("check-status-meaningless", on="check", severity="warning")  # CHK-W02
def check_status_meaningless(check: Check, report: Report) -> None:
    """A status that is none, in a file.

    The agent stores the word; nobody knows what it means. Its API refuses it.

    Found:

        service {
          name = "web"
          port = 8080
          check {
            ttl    = "30s"
            status = "ok"
          }
        }

    Accepted:

        service {
          name = "web"
          port = 8080
          check {
            ttl    = "30s"
            status = "passing"
          }
        }
    """
    if check.status not in STATUSES and report.profile.entry_path not in ("http", "register"):
        report(
            f"`{check.status}` is no status of a check",
            at=("Status",),
            help="one of `passing`, `warning`, `critical`",
        )


@rule("check-id-twice", on="check", severity="warning")  # CHK-W03
def check_id_twice(check: Check, report: Report) -> None:
    """Two checks of a service with one id.

    The later one replaces the earlier.

    Found:

        service {
          name = "web"
          port = 8080
          checks {
            id  = "health"
            ttl = "30s"
          }
          checks {
            id       = "health"
            tcp      = "localhost:8080"
            interval = "10s"
          }
        }

    Accepted:

        service {
          name = "web"
          port = 8080
          checks {
            id  = "health"
            ttl = "30s"
          }
          checks {
            id       = "port"
            tcp      = "localhost:8080"
            interval = "10s"
          }
        }
    """
    before = report.met(check.id) if check.id else None
    if before is not None:
        report(
            f"a second check has the id `{check.id}`; it replaces the first",
            at=("CheckID",),
            related=report.place((*before, "CheckID"), "the first one"),
        )


@rule("check-interval-raised", on="check", severity="info")  # CHK-W05
def check_interval_raised(check: Check, report: Report) -> None:
    """An interval of a check below a second.

    The agent runs it once a second.

    Found:

        service {
          name = "web"
          port = 8080
          check {
            tcp      = "localhost:8080"
            interval = "100ms"
          }
        }

    Accepted:

        service {
          name = "web"
          port = 8080
          check {
            tcp      = "localhost:8080"
            interval = "1s"
          }
        }
    """
    if 0 < check.interval < _SECOND:
        report("the check runs once a second, not more often", at=("Interval",))


CHECK_ADVICE: Step = every(
    check_of_two_types,  # CHK-W01
    check_status_meaningless,  # CHK-W02
    check_id_twice,  # CHK-W03
    check_interval_raised,  # CHK-W05
)
