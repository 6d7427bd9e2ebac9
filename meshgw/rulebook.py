"""All rules with their pages and examples: what `meshgw rules` shows and what the suite runs.

    Refused (enterprise, http):

        Kind = "mesh"
        Meta = { %{65 pairs: k%d = "v"}, long = "%{513 x v}" }

A section is `Refused:`, `Found:` (where Consul accepts it) or `Accepted:`, with the edition, the entry
path and `secondary` (datacenter) in parentheses where they matter, and one indented example. Several
entries are written one after another, with a line `---` between them. `Found in a tree:` has files, each
after its path (`== web.hcl ==`). Those in folders are laid over `examples/admin-partitions`, or over the
example in parentheses (`Found in a tree (peering):`), and an empty one removes what was there; others are
a tree of their own. The two macros stand for many pairs and for long texts.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast, get_args

import meshgw
from meshgw.diagnostics.rules import Rule, declared_rules
from meshgw.profile import Edition, EntryPath, Profile

Section: TypeAlias = Literal["Refused", "Found", "Accepted"]

ROOMS = ("diagnostics", "entries", "services", "loading", "analysis")
"""The rooms that may declare rules."""

BASE = "admin-partitions"

_HEADING = re.compile(r"^(Refused|Found|Accepted)( in a tree)?(?: \(([a-z, .0-9-]+)\))?:$")
_FILE = re.compile(r"^== (.+) ==$", re.MULTILINE)
_INSIDE = r"((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)"  # with up to two levels of braces
_PAIRS = re.compile(r"%\{(\d+) pairs: " + _INSIDE + r"\}")
_REPEATED = re.compile(r"%\{(\d+) x " + _INSIDE + r"\}")


@dataclass(frozen=True, slots=True)
class Example:
    """One example of a rule's page; `text` has its macros expanded, `shown` has not."""

    section: Section
    profile: Profile
    text: str
    shown: str
    in_tree: bool = False
    base: str = ""
    """Below `examples/`, what the files of a tree are laid over; empty for a tree of its own."""

    @property
    def files(self) -> dict[str, str]:
        """The files of a tree: path → content."""
        _, *parts = _FILE.split(self.text)
        return {path: content.lstrip("\n") for path, content in zip(parts[::2], parts[1::2], strict=True)}


def rulebook() -> dict[str, Rule]:
    """Every rule of meshgw, by name; imports all modules that may declare one."""
    for room in ROOMS:
        for name in _modules(f"{meshgw.__name__}.{room}"):
            importlib.import_module(name)
    return declared_rules()


def _modules(package: str) -> Iterator[str]:
    try:
        found = importlib.import_module(package)
    except ModuleNotFoundError:
        return
    for module in pkgutil.walk_packages(found.__path__, f"{package}."):
        yield module.name


def examples(rule: Rule) -> tuple[Example, ...]:
    """The examples of a rule's page, in order."""
    return tuple(_examples(rule))


def _examples(rule: Rule) -> Iterator[Example]:
    heading: re.Match[str] | None = None
    lines: list[str] = []
    for line in (*rule.page.splitlines(), "End"):
        if heading is not None and (not line or line.startswith(" ")):
            lines.append(line)
            continue
        if heading is not None:
            yield _example(rule, heading, lines)
        heading = _HEADING.match(line)
        lines = []


def _example(rule: Rule, heading: re.Match[str], lines: list[str]) -> Example:
    shown = textwrap.dedent("\n".join(lines)).strip("\n") + "\n"
    in_tree = heading[2] is not None
    return Example(
        section=cast("Section", heading[1]),
        profile=_profile(rule, "" if in_tree else heading[3] or ""),
        text=expand(shown),
        shown=shown,
        in_tree=in_tree,
        base=(heading[3] or _base_of(shown)) if in_tree else "",
    )


def _base_of(shown: str) -> str:
    return BASE if any("/" in path for path in _FILE.findall(shown)) else ""


def _profile(rule: Rule, options: str) -> Profile:
    profile = Profile(edition=rule.edition or "community")
    for option in filter(None, options.split(", ")):
        if option in get_args(Edition):
            profile = replace(profile, edition=cast("Edition", option))
        elif option == "secondary":
            profile = replace(profile, primary=False)
        elif option in get_args(EntryPath):
            profile = replace(profile, entry_path=cast("EntryPath", option))
        else:
            major, _, minor = option.partition(".")
            profile = replace(profile, consul_version=(int(major), int(minor)))
    return profile


def expand(text: str) -> str:
    """Replace the macros of an example: `%{3 pairs: k%d = 1}` and `%{5 x a}`."""
    text = _PAIRS.sub(
        lambda match: ", ".join(match[2].replace("%d", str(n)) for n in range(int(match[1]))), text
    )
    return _REPEATED.sub(lambda match: match[2] * int(match[1]), text)
