"""Rules: named functions whose docstrings are their pages, and the report they write to."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from meshgw.diagnostics.model import Diagnostic, Location, Part, Related, Severity
from meshgw.profile import Edition, Profile
from meshgw.source.document import Path

KUBERNETES = "kubernetes"
"""The stage of rules that Kubernetes' admission applies before Consul sees an entry."""

Locate: TypeAlias = Callable[[Path, Part], Location | None]
Check = TypeVar("Check", bound=Callable[..., None])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule's identity and page.

    `consul` is the piece of Consul's message that the specification gives, `%` standing for
    substituted text; `None` when Consul accepts what the rule finds. `stage` names the places of
    service-registration.md 0.1 where it fires, or is `kubernetes`. `edition` limits a rule to one
    edition. `inferred` rules follow from documents and symmetry only and can be switched off.
    """

    name: str
    severity: Severity
    consul: str | None
    on: str
    edition: Edition | None
    inferred: bool
    stage: str
    check: Callable[..., None]

    @property
    def page(self) -> str:
        return inspect.cleandoc(self.check.__doc__ or "")

    @property
    def title(self) -> str:
        return self.page.partition("\n")[0]

    def applies(self, profile: Profile) -> bool:
        if self.edition is not None and self.edition != profile.edition:
            return False
        return not (self.inferred and self.name in profile.relaxed)


_RULES: dict[str, Rule] = {}


def rule(
    name: str,
    *,
    on: type | str = "",
    consul: str | None = None,
    severity: Severity | Literal["error", "warning", "info"] = Severity.ERROR,
    edition: Edition | None = None,
    inferred: bool = False,
    stage: str = "",
) -> Callable[[Check], Check]:
    """Make a rule of a function `(value, report)`; see `Rule` for the arguments.

    The docstring is the rule's page: a title line, what and why, then `Refused:` (or `Found:` where
    Consul accepts it) and `Accepted:` with one indented example each, which run as tests.
    Raises `ValueError` when the name is taken.
    """

    def declare(check: Check) -> Check:
        if name in _RULES:
            raise ValueError(f"two rules are named {name}")
        level = severity if isinstance(severity, Severity) else Severity[severity.upper()]
        _RULES[name] = Rule(
            name=name,
            severity=level,
            consul=consul,
            on=on if isinstance(on, str) else getattr(on, "kind", on.__name__),
            edition=edition,
            inferred=inferred,
            stage=stage,
            check=check,
        )
        check.rule = _RULES[name]  # type: ignore[attr-defined]
        return check

    return declare


def rule_of(check: Callable[..., None]) -> Rule:
    """The rule that a decorated function declares."""
    found: Rule = check.rule  # type: ignore[attr-defined]
    return found


def declared_rules() -> dict[str, Rule]:
    """The rules of all modules imported so far, by name (`meshgw.rulebook` imports all)."""
    return dict(sorted(_RULES.items()))


class Subject(Protocol):
    """What a report is about: something that can tell where its parts are written."""

    def locate(self, at: Path, part: Part = "value") -> Location | None: ...

    def at_source(self, source: Path, part: Part = "value") -> Location | None: ...


class Report:
    """Collects the findings of the rules of one subject.

    A rule calls it with a message (no capital, no full stop, the user's text in backticks) and `at`,
    a path in canonical names below the value the rule was given.
    """

    __slots__ = ("_met", "base", "diagnostics", "own", "profile", "root", "running", "subject", "title")

    def __init__(self, root: Any, subject: Subject, profile: Profile, *, title: str = "") -> None:
        self.root = root
        self.subject = subject
        self.profile = profile
        self.title = title
        self.base: Path = ()
        self.own = True
        self.diagnostics: list[Diagnostic] = []
        self.running: Rule | None = None
        self._met: dict[tuple[str, Hashable], Path] = {}

    def run(self, check: Callable[..., None], value: Any) -> bool:
        """Run one rule on a value; whether Consul refuses because of it."""
        declared = rule_of(check)
        if not declared.applies(self.profile):
            return False
        before = len(self.diagnostics)
        self.running = declared
        check(value, self)
        if len(self.diagnostics) == before:
            return False
        return any(found.refused for found in self.diagnostics[before:])

    def met(self, key: Hashable, at: Path = ()) -> Path | None:
        """The path where the running rule met an equal `key` before; `None` the first time."""
        assert self.running is not None
        here = self.base + at
        before = self._met.setdefault((self.running.name, key), here)
        return None if before == here else before

    def take_back(self, before: int) -> None:
        """Forget the findings from that number on."""
        del self.diagnostics[before:]

    def place(self, path: Path, message: str, part: Part = "value") -> tuple[Related, ...]:
        """A contributing place, for `related`; `path` starts at the top of the subject."""
        location = self.subject.locate(path, part)
        return (Related(location, message),) if location else ()

    def run_all(self, checks: Iterable[Callable[..., None]], value: Any) -> bool:
        """Run several rules on a value; whether Consul refuses because of any."""
        return sum(self.run(check, value) for check in checks) > 0

    def __call__(
        self,
        message: str,
        *,
        at: Path = (),
        part: Part = "value",
        note: str | None = None,
        help: str | None = None,  # the word that diagnostics use
        related: Iterable[Related] = (),
        consul: str | None = None,
        location: Location | None = None,
        severity: Severity | None = None,
    ) -> None:
        assert self.running is not None
        quoted = consul or _fixed_part(self.running.consul)
        speaker = "Kubernetes" if self.running.stage == KUBERNETES else "Consul"
        says = f'{speaker}: "{quoted}"' if quoted else None
        self.diagnostics.append(
            Diagnostic(
                rule=self.running.name,
                severity=severity or self.running.severity,
                message=message,
                location=location or self.subject.locate(self.base + at, part),
                subject=self.title,
                note="; ".join(part for part in (says, note) if part) or None,
                help=help,
                related=tuple(related),
                consul=quoted,
                own=self.own and quoted is not None,
                stage=self.running.stage,
            )
        )


def _fixed_part(fragment: str | None) -> str | None:
    """The longest piece of a message without substituted text (`%`)."""
    return max(fragment.split("%"), key=len).strip() if fragment else None
