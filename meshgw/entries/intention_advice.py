"""What Consul accepts in intentions and what surprises, or breaks, later."""

from __future__ import annotations

from typing import Any

from meshgw.diagnostics.evaluation import Step, each
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.intention_parts import HeaderMatch, HTTPPermission, Permission, Source
from meshgw.entries.intention_permissions import KIND
from meshgw.entries.regex import report_refused_regex
from meshgw.schema.spelling import spelling_of


@rule("intention-regex-invalid", on=KIND)
def intention_regex_invalid(matched: HTTPPermission | HeaderMatch, report: Report) -> None:
    """A regular expression that Envoy refuses.

    Consul stores expressions unseen. Envoy compiles them with RE2, which knows no look-around and no
    back-references, and rejects the whole listener if one is wrong: the proxy of the destination keeps
    its old configuration, or gets none.

    Found:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { PathRegex = "/(?!admin).*" } }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "deny" HTTP { PathPrefix = "/admin" } }
          Permissions { Action = "allow" HTTP { PathRegex = "/.*" } }
        }
    """
    report_refused_regex(matched, "Regex" if isinstance(matched, HeaderMatch) else "PathRegex", report)


@rule("intention-only-denies", on=KIND, severity="info")
def intention_only_denies(source: Source, report: Report) -> None:
    """A source whose permissions all deny.

    A request that no permission matches gets the default decision. Where that is to deny, the source
    is not allowed anything; where it is to allow, only the listed requests are denied.

    Found:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "deny" HTTP { PathPrefix = "/admin" } }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "deny" HTTP { PathPrefix = "/admin" } }
          Permissions { Action = "allow" HTTP { PathPrefix = "/" } }
        }
    """
    if source.permissions and all(permission.action == "deny" for permission in source.permissions):
        rest = {"Action": "allow", "HTTP": {"PathPrefix": "/"}}
        report(
            f"every permission of `{source.name}` denies",
            at=("Permissions",),
            part="key",
            note="other requests get the default decision; if that is to deny, nothing is allowed",
            help=f"to allow the rest, end its permissions with `{spelling_of(report).inline(rest)}`",
        )


@rule("intention-permission-unreachable", on=KIND, severity="warning")
def intention_permission_unreachable(source: Source, report: Report) -> None:
    """A permission behind one that matches every request.

    Permissions are tried in order and the first that matches decides.

    Found:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { PathPrefix = "/" } }
          Permissions { Action = "deny" HTTP { PathPrefix = "/admin" } }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "deny" HTTP { PathPrefix = "/admin" } }
          Permissions { Action = "allow" HTTP { PathPrefix = "/" } }
        }
    """
    permissions = source.permissions
    everything = next((index for index, each_ in enumerate(permissions) if _matches_all(each_)), None)
    if everything is None or everything + 1 == len(permissions):
        return
    report(
        "the permission is never reached",
        at=("Permissions", everything + 1),
        related=report.place((*report.base, "Permissions", everything), "matches every request"),
        help="put it before the one that matches every request",
    )


def _matches_all(permission: Permission) -> bool:
    return permission.jwt is None and permission.http == HTTPPermission(path_prefix="/")


@rule("intention-source-differs-by-case", on=KIND, severity="warning")
def intention_source_differs_by_case(source: Source, report: Report) -> None:
    """Two sources whose names differ by case only.

    They are two sources for this entry, but names of services are compared without regard to case
    almost everywhere else, and the certificate of a caller has one spelling: one of the two never
    matches.

    Found:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Action = "allow" }
        Sources { Name = "API" Action = "deny" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Action = "allow" }
    """
    scope = (source.peer, source.sameness_group, source.partition, source.namespace, source.name.lower())
    earlier = report.met(scope)
    if earlier is None:
        return
    other = report.root.sources[earlier[1]].name
    if other != source.name:
        report(
            f"the sources `{source.name}` and `{other}` differ by case only",
            at=("Name",),
            related=report.place(earlier, "the other one"),
            help="keep the one that is spelled as the service is registered",
        )


@rule("intention-field-ignored", on=KIND, severity="info")
def intention_field_ignored(entry: Any, report: Report) -> None:
    """A field of a source that Consul computes or drops.

    `Precedence` follows from the names; identifier and times of the intentions before 1.9 are thrown
    away when the entry is written.

    Found:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Action = "allow" Precedence = 3 }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources { Name = "api" Action = "allow" }
    """
    for index, name in entry.ignored:
        computed = f"it is {entry.sources[index].precedence}" if name == "Precedence" else None
        report(
            f"`{name}` is ignored", at=("Sources", index, name), part="key", note=computed, help="take it out"
        )


ADVICE: tuple[Step, ...] = (
    each(
        "Sources",
        each(
            "Permissions",
            each("HTTP", intention_regex_invalid, each("Header", intention_regex_invalid)),
        ),
        intention_only_denies,
        intention_permission_unreachable,
        intention_source_differs_by_case,
    ),
    intention_field_ignored,
)
