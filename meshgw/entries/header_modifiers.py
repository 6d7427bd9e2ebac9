"""Rules about header modifiers that Consul stores unseen and Envoy refuses (seen with Envoy 1.3x)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from meshgw.diagnostics.evaluation import Step, each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.shared import HeaderModifiers
from meshgw.source.document import Path

_CONTROL = re.compile(r"[\0\r\n]")
_COMMAND = re.compile(r"%%|%[A-Z0-9_]++(?:\([^()]*+\))?(?::[0-9]++)?%")


def _names(modifiers: HeaderModifiers) -> Iterator[tuple[str, Path]]:
    for field, headers in (("Add", modifiers.add), ("Set", modifiers.set)):
        for name in sorted(headers):
            yield name, (field, name)
    for index, name in enumerate(modifiers.remove):
        yield name, ("Remove", index)


def _values(modifiers: HeaderModifiers) -> Iterator[tuple[str, str, Path]]:
    for field, headers in (("Add", modifiers.add), ("Set", modifiers.set)):
        for name, value in sorted(headers.items()):
            yield name, value, (field, name)


@rule("header-not-modifiable", on="header modifiers")
def header_not_modifiable(modifiers: HeaderModifiers, report: Report) -> None:
    """A modified header that Envoy does not let be modified.

    `Host` and names that begin with `:` cannot be added, set or removed. Envoy refuses the whole route
    configuration of every proxy that calls the service.

    Found:

        Kind = "service-splitter"
        Name = "web"
        Splits {
          Weight         = 100
          RequestHeaders = { Set = { Host = "web.example" } }
        }

    Accepted:

        Kind = "service-splitter"
        Name = "web"
        Splits {
          Weight         = 100
          RequestHeaders = { Set = { x-forwarded-host = "web.example" } }
        }
    """
    for name, at in _names(modifiers):
        if name.startswith(":") or name.lower() == "host":
            report(
                f"the header `{name}` cannot be modified",
                at=at,
                part="value" if at[0] == "Remove" else "key",
                note="Envoy: :-prefixed or host headers may not be modified",
                help="take it out",
            )


@rule("header-text-invalid", on="header modifiers")
def header_text_invalid(modifiers: HeaderModifiers, report: Report) -> None:
    r"""A header with an empty name, or with a line break in its name or value.

    Envoy refuses the whole route configuration of every proxy that calls the service.

    Found:

        Kind = "service-splitter"
        Name = "web"
        Splits {
          Weight         = 100
          RequestHeaders = { Add = { x-team = "a\nb" } }
        }

    Accepted:

        Kind = "service-splitter"
        Name = "web"
        Splits {
          Weight         = 100
          RequestHeaders = { Add = { x-team = "a, b" } }
        }
    """
    for name, at in _names(modifiers):
        if not name:
            report("a header without a name", at=at, help="take it out")
        elif _CONTROL.search(name):
            report("the name of a header has a line break or a null byte in it", at=at)
    for name, value, at in _values(modifiers):
        if _CONTROL.search(value):
            report(f"the value of the header `{name}` has a line break or a null byte in it", at=at)


@rule("header-value-format", on="header modifiers")
def header_value_format(modifiers: HeaderModifiers, report: Report) -> None:
    """A percent sign in a header value that begins no command.

    Envoy reads commands such as `%PROTOCOL%` in values; a percent sign itself is written `%%`. It
    refuses the whole route configuration of every proxy that calls the service.

    Found:

        Kind = "service-splitter"
        Name = "web"
        Splits {
          Weight         = 100
          RequestHeaders = { Set = { x-share = "100%" } }
        }

    Accepted:

        Kind = "service-splitter"
        Name = "web"
        Splits {
          Weight         = 100
          RequestHeaders = { Set = { x-share = "100%%" } }
        }
    """
    for name, value, at in _values(modifiers):
        if "%" in _COMMAND.sub("", value):
            report(
                f"the value of the header `{name}` has a `%` that begins no command",
                at=at,
                note="Envoy: Couldn't find valid command",
                help="write `%%` for a percent sign",
            )


_RULES = first(header_not_modifiable, header_text_invalid, header_value_format)

HEADER_ADVICE: tuple[Step, ...] = (each("RequestHeaders", _RULES), each("ResponseHeaders", _RULES))
"""For a block that has `RequestHeaders` and `ResponseHeaders`."""
