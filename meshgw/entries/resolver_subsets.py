"""Rules about the subsets of a service-resolver and their filters (config-entries.md 2.5, 1.15)."""

from __future__ import annotations

import re
from functools import lru_cache

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.filters import (
    Expression,
    FilterError,
    FilterFault,
    Match,
    field_names,
    filter_errors,
    optional_key,
    parse_filter,
)
from meshgw.entries.regex import re2_fault
from meshgw.entries.resolver_parts import KIND, Subset
from meshgw.schema.suggest import nearest

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SHOWN = 5
"""So many faults of one filter are shown."""


@rule("subset-unnamed", on=KIND, consul="Subset defined with empty name")  # RS-03
def subset_unnamed(_subset: Subset, report: Report) -> None:
    """A subset whose name is empty.

    The subset that requests get by default is named by `DefaultSubset`.

    Refused:

        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { "" = { Filter = "Service.Meta.version == v1" } }

    Accepted:

        Kind          = "service-resolver"
        Name          = "web"
        DefaultSubset = "v1"
        Subsets       = { v1 = { Filter = "Service.Meta.version == v1" } }
    """
    if report.base[-1] == "":
        report("a subset has an empty name", part="key", help="give it a name such as `v1`")


@rule("subset-name-invalid", on=KIND, consul="Subset %is invalid")  # RS-04
def subset_name_invalid(_subset: Subset, report: Report) -> None:
    """A subset whose name is no label.

    The name becomes a part of host names: 1 to 63 lower-case letters, digits and inner dashes.

    Refused:

        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { V1 = { Filter = "Service.Meta.version == v1" } }

    Accepted:

        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { v1 = { Filter = "Service.Meta.version == v1" } }
    """
    name = str(report.base[-1])
    if name and not _LABEL.fullmatch(name):
        report(
            f"`{name}` cannot be the name of a subset",
            part="key",
            help="use at most 63 lower-case letters, digits and inner `-`",
        )


@rule("subset-filter-invalid", on=KIND, consul="is not a valid expression")  # RS-05
def subset_filter_invalid(subset: Subset, report: Report) -> None:
    """A subset whose filter is no filter expression.

    Conditions compare a field with a value (`==`, `!=`, `contains`, `matches`, `in`, `is empty`) and
    are joined with `and`, `or`, `not` and parentheses. Values other than numbers and plain words need
    quotes: a dash, or a dot before a digit, ends a word.

    Refused:

        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { canary = { Filter = "Service.Meta.version == v2-rc1" } }

    Accepted:

        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { canary = { Filter = "Service.Meta.version == `v2-rc1`" } }
    """
    found = _read(subset.filter) if subset.filter else None
    if found is None or isinstance(found, Expression):
        return
    report(
        f"the filter is no expression at its character {found.offset + 1}: {found.message}",
        at=("Filter",),
        help='compare a field with a value, such as `Service.Meta.version == "v2"`',
    )


@lru_cache(maxsize=8)  # several rules look at one filter after another
def _read(text: str) -> Expression | FilterFault:
    return parse_filter(text)


@lru_cache(maxsize=8)
def _all_errors(text: str) -> tuple[tuple[Match, FilterError], ...]:
    found = _read(text) if text else None
    return tuple(filter_errors(found)) if isinstance(found, Expression) else ()


def _errors(subset: Subset, what: str) -> list[tuple[Match, FilterError]]:
    """The conditions of a filter whose given part cannot run."""
    return [(match, error) for match, error in _all_errors(subset.filter) if error.what == what][:_SHOWN]


@rule("filter-field-unknown", on=KIND)  # MG-S11, MG-X14
def filter_field_unknown(subset: Subset, report: Report) -> None:
    """A filter on a field that instances do not have.

    Consul stores filters without looking at their fields, and fails when it runs one: the subset gets
    no instances, and a mesh gateway that carries the service gets no configuration at all. Fields begin
    with `Service.`, `Node.` or `Checks.` and are case-sensitive.

    Found:

        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { v1 = { Filter = "Meta.version == v1" } }

    Accepted:

        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { v1 = { Filter = "Service.Meta.version == v1" } }
    """
    for match, error in _errors(subset, "selector"):
        close = _meant(match)
        report(
            f"instances have no field `{match.field}`",
            at=("Filter",),
            note=f'Consul later: "{error}"',
            help=f"did you mean `{close}`?" if close else "see the fields of `GET /v1/health/service/NAME`",
        )


def _meant(match: Match) -> str | None:
    """A field that exists and may have been meant."""
    head, *rest = match.selector
    if head.lower() in ("meta", "servicemeta", "service_meta") and len(rest) == 1:
        return f"Service.Meta.{rest[0]}"
    if head.lower() in ("nodemeta", "node_meta") and len(rest) == 1:
        return f"Node.Meta.{rest[0]}"
    if [part.lower() for part in match.selector[:2]] in (["service", "meta"], ["node", "meta"]):
        return f"{head.capitalize()}.Meta.{rest[1]}" if len(rest) == 2 else None
    return nearest(match.field, [name for name in field_names() if "<" not in name])


@rule("filter-operator-unsuitable", on=KIND)  # MG-S11, MG-X14
def filter_operator_unsuitable(subset: Subset, report: Report) -> None:
    """A filter whose operator does not suit its field.

    Text can be compared, searched and matched, numbers and booleans compared, maps and lists searched
    and tested for emptiness. Consul stores the filter and fails when it runs it.

    Found:

        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { canary = { Filter = "Service.Meta.canary is not empty" } }

    Accepted:

        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { canary = { Filter = "canary in Service.Meta" } }
    """
    for match, error in _errors(subset, "operator"):
        report(
            f"`{match.operator}` does not suit `{match.field}`",
            at=("Filter",),
            note=f'Consul later: "{error}"',
        )


@rule("filter-value-unsuitable", on=KIND)  # MG-S11, MG-X14
def filter_value_unsuitable(subset: Subset, report: Report) -> None:
    """A filter that compares a number or a boolean with something else.

    Consul stores the filter and fails when it runs it.

    Found:

        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { main = { Filter = "Service.Port == http" } }

    Accepted:

        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { main = { Filter = "Service.Port == 8080" } }
    """
    for match, error in _errors(subset, "value"):
        report(
            f"`{match.value}` cannot be compared with `{match.field}`",
            at=("Filter",),
            note=f'Consul later: "{error}"',
        )


@rule("filter-regex-invalid", on=KIND)  # MG-S11, MG-X14
def filter_regex_invalid(subset: Subset, report: Report) -> None:
    """A filter with a regular expression that cannot be compiled.

    Consul stores the filter and fails when it runs it. Expressions are RE2's, which know no
    look-around and no back-references; in backticks a backslash is a backslash.

    Found:

        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { v1 = { Filter = "Service.Service matches `web(`" } }

    Accepted:

        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { v1 = { Filter = "Service.Service matches `^web`" } }
    """
    for match, _ in _errors(subset, "regex"):
        report(
            f"`{match.value}` is no regular expression",
            at=("Filter",),
            note=f"RE2 says: {re2_fault(match.value)}",
            help="write it in RE2's syntax, in backticks",
        )


@rule("filter-regex-on-optional-key", on=KIND, severity="warning")  # MG-S07, MG-X15
def filter_regex_on_optional_key(subset: Subset, report: Report) -> None:
    """A regular expression on a key that instances may lack.

    Both `matches` and `not matches` select instances that do not have the key at all.

    Found:

        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { v1 = { Filter = "Service.Meta.version matches `^1`" } }

    Accepted:

        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { v1 = { Filter = "version in Service.Meta and Service.Meta.version matches `^1`" } }
    """
    found = _read(subset.filter) if subset.filter else None
    if not isinstance(found, Expression):
        return
    required = {(*step.selector, step.value) for step in found.matches if step.operator == "in"}
    risky = [
        step
        for step in found.matches
        if step.operator in ("matches", "not matches")
        and step.selector not in required
        and optional_key(step)
    ]
    if risky:
        match = risky[0]
        map_, key = ".".join(match.selector[:-1]), match.selector[-1]
        report(
            f"instances without `{match.field}` are selected too",
            at=("Filter",),
            note=f"`{match.operator}` is true where the key is absent",
            help=f'add the condition `"{key}" in {map_}`',
        )


SUBSET_RULES = each(
    "Subsets",
    first(
        subset_unnamed,  # RS-03
        subset_name_invalid,  # RS-04
        subset_filter_invalid,  # RS-05
    ),
)

FILTER_ADVICE = each(
    "Subsets",
    filter_field_unknown,
    filter_operator_unsuitable,
    filter_value_unsuitable,
    filter_regex_invalid,
    filter_regex_on_optional_key,
)
