"""Names that Consul takes and people misread (config-entries.md 1.13)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from meshgw.diagnostics.evaluation import first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry

_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"})
"""Unicode's categories of what is not seen or stands on top of another character."""


@rule("name-misleading", on="entry", severity="warning")
def name_misleading(entry: Entry, report: Report) -> None:
    r"""A name with characters that cannot be seen or that look like others.

    Consul takes any characters. A name with a space at its end, an invisible character or a letter of
    another alphabet looks like the name of a service and is another one.

    Found:

        Kind = "service-defaults"
        Name = "web\u200b"

    Accepted:

        Kind = "service-defaults"
        Name = "web"
    """
    if entry.name.isascii() and entry.name.isprintable() and " " not in entry.name:
        return
    for what in _misleading(entry.name):
        report(f"the name has {what}", at=("Name",), help="write the name with plain letters and digits")
        return


def _misleading(name: str) -> Iterator[str]:
    for character in name:
        if unicodedata.category(character) in _UNSEEN:
            title = unicodedata.name(character, "a control character").lower()
            yield f"the character U+{ord(character):04X} ({title}), which is not seen"
    alphabets = dict.fromkeys(_alphabet(character) for character in name if character.isalpha())
    if len(alphabets) > 1:
        yield f"letters of several alphabets ({', '.join(alphabets)})"


def _alphabet(letter: str) -> str:
    return unicodedata.name(letter, "unnamed").partition(" ")[0].capitalize()


@rule("name-upper-case", on="entry", severity="info")
def name_upper_case(entry: Entry, report: Report) -> None:
    """A name with upper-case letters.

    Consul stores names regardless of case, so `Web` replaces `web`, but compares them exactly when it
    checks what refers to them, and DNS knows lower case only.

    Found:

        Kind = "service-defaults"
        Name = "Web"

    Accepted:

        Kind = "service-defaults"
        Name = "web"
    """
    if entry.name != entry.name.lower():
        report(f"`{entry.name}` has upper-case letters", at=("Name",), help=f"call it `{entry.name.lower()}`")


NAME_ADVICE = first(name_misleading, name_upper_case)
