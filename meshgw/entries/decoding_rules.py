"""Rules about what cannot be decoded as a config entry (config-entries.md 1.3–1.8)."""

from __future__ import annotations

from typing import Any

from meshgw.diagnostics.rules import Report, rule
from meshgw.entries import KINDS
from meshgw.schema.decode import Decoded, Dialect, TypeFault, UnknownKey, table_of
from meshgw.schema.suggest import nearest, spelled_otherwise
from meshgw.source.document import Path


@rule("entry-kind-missing", on="entry", consul="does not contain a kind/Kind key")  # DEC-02
def entry_kind_missing(raw: dict[str, Any], report: Report) -> None:
    """A config entry that does not say its kind.

    The key must be spelled exactly `Kind` or `kind`.

    Refused:

        KIND = "service-defaults"
        Name = "web"

    Accepted:

        Kind = "service-defaults"
        Name = "web"
    """
    other = next((key for key in raw if key.lower() == "kind"), None)
    help_ = f"write `Kind` in place of `{other}`" if other else f"set `Kind` to one of: {', '.join(KINDS)}"
    report("the entry has no `Kind`", help=help_)


@rule("entry-kind-not-string", on="entry", consul="Kind value in payload is not a string")  # DEC-03
def entry_kind_not_string(key: str, report: Report) -> None:
    """A kind that is not a string.

    Refused:

        Kind = 5
        Name = "web"

    Accepted:

        Kind = "service-defaults"
        Name = "web"
    """
    report(f"`{key}` is not a string", at=(key,), help=f"one of: {', '.join(KINDS)}")


@rule("unknown-kind", on="entry", consul="invalid config entry kind")  # DEC-04
def unknown_kind(kind: str, report: Report) -> None:
    """A kind that Consul does not know.

    Kinds are compared exactly, in lower case. `control-plane-request-limit` is known in Enterprise
    only, `bound-api-gateway` not by `consul config write`.

    Refused:

        Kind = "Service-Defaults"
        Name = "web"

    Accepted:

        Kind = "service-defaults"
        Name = "web"
    """
    close = nearest(kind, KINDS)
    key = "Kind" if "Kind" in report.root else "kind"
    if kind in KINDS:
        help_ = "this kind cannot be written here in this edition"
    else:
        help_ = f"did you mean `{close}`?" if close else f"one of: {', '.join(KINDS)}"
    report(f"no kind of config entry is called `{kind}`", at=(key,), help=help_)


def refuse_kind(raw: dict[str, Any], key: str, report: Report) -> bool:
    """Report a missing kind or one that is no string; whether there was such a fault."""
    if key not in raw:
        return report.run(entry_kind_missing, raw)
    if not isinstance(raw[key], str):
        return report.run(entry_kind_not_string, key)
    return False


@rule("wrong-type", on="entry", consul="got unconvertible type")  # DEC-08, DEC-09, DEC-10, DEC-11
def wrong_type(fault: TypeFault, report: Report) -> None:
    """A value that cannot be converted to the type of its field.

    Consul converts leniently: `"8080"` and `8080.0` are the integer 8080, a list of one is its
    element, `"true"` is a boolean. What remains is refused.

    Refused:

        Kind                  = "service-defaults"
        Name                  = "web"
        MaxInboundConnections = "many"

    Accepted:

        Kind                  = "service-defaults"
        Name                  = "web"
        MaxInboundConnections = "100"
    """
    report(
        f"`{fault.printed}` wants {fault.wanted}, not {fault.found}",
        location=report.subject.at_source(fault.source),
        consul=fault.consul,
        help=_how_to_write(fault),
    )


def _how_to_write(fault: TypeFault) -> str | None:
    if fault.kind == "object" and fault.found.startswith("a list"):
        return "write the block once"
    return None


@rule("null-element", on="entry", consul="panic")  # DEC-12
def null_element(fault: TypeFault, report: Report) -> None:
    """A `null` in a list of objects.

    Consul's server fails on it, or the decoder crashes.

    Refused:

        { "Kind": "service-intentions", "Name": "web", "Sources": [null] }

    Accepted:

        { "Kind": "service-intentions", "Name": "web", "Sources": [{ "Name": "api", "Action": "allow" }] }
    """
    report(
        f"`{fault.printed}` is null",
        location=report.subject.at_source(fault.source),
        help="take the element out",
    )


@rule("unknown-key", on="entry", consul="invalid config key")  # DEC-05 to DEC-07, TEN-01, TEN-02, ME-01
def unknown_key(found: tuple[UnknownKey, Dialect], report: Report) -> None:
    """A key that the object does not have.

    Keys match the CamelCase name in any case, or the one underscore spelling that a field has.
    Namespaces and partitions of entries are unknown in Community.

    Refused:

        Kind            = "service-defaults"
        Name            = "web"
        connect-timeout = 5

    Accepted:

        Kind                     = "service-defaults"
        Name                     = "web"
        local_connect_timeout_ms = 5000
    """
    unknown, dialect = found
    known = table_of(unknown.block, dialect).keys
    key = str(unknown.path[-1])
    same = spelled_otherwise(key, known)
    close = nearest(key, known)
    if same:
        help_ = "write " + " or ".join(f"`{name}`" for name in same)
    elif close:
        help_ = f"did you mean `{close}`?"
    else:
        help_ = None
    report(
        f"unknown key `{unknown.printed}`",
        at=unknown.path,
        part="key",
        note=_enterprise_word(unknown.printed),
        help=help_,
        location=None if unknown.source is None else report.subject.at_source(unknown.source, "key"),
    )


def _enterprise_word(printed: str) -> str | None:
    lowered = printed.lower()
    if lowered.endswith("namespace"):
        return "namespaces are a consul enterprise feature"
    if lowered.endswith("partition"):
        return "partitions are an Enterprise feature"
    if "jwt" in lowered:
        return "api-gateway jwt validation is a consul enterprise feature"
    return None


@rule("number-not-finite", on="entry", consul="json: unsupported value")
def number_not_finite(found: tuple[Path, str], report: Report) -> None:
    """A number that is infinite, or not a number at all.

    The texts `Inf` and `NaN` convert to numbers, but `consul config write` cannot send them on.

    Refused:

        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = "NaN" }]

    Accepted:

        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 100 }]
    """
    path, printed = found
    report(f"`{printed}` is no finite number", at=path, help="write digits")


def report_faults(decoded: Decoded[Any], report: Report, dialect: Dialect) -> bool:
    """Report what could not be decoded; whether there was anything."""
    for fault in decoded.faults:
        report.run(null_element if fault.kind == "null" else wrong_type, fault)
    if not decoded.faults:
        for unknown in decoded.unknown:
            report.run(unknown_key, (unknown, dialect))
    return bool(decoded.faults or decoded.unknown)
