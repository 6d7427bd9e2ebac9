"""The places where Consul looks at a service definition (service-registration.md 0.1).

A rule does not know whether the way in that is judged ends before its place: the report does. What
such a later place would refuse is an error that Consul does not answer with, and says where.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, Literal, TypeAlias

from meshgw.diagnostics.model import Diagnostic, Severity
from meshgw.diagnostics.rules import Report
from meshgw.profile import EntryPath, Profile
from meshgw.services.model import Service

Place: TypeAlias = Literal["V", "L", "H", "S"]
"""`V` the check of agent files, `L` the agent's local state, `H` the agent's API, `S` the catalog."""

ANSWERED: Final[dict[EntryPath, frozenset[Place]]] = {
    "agent": frozenset({"V", "L"}),
    "register": frozenset({"V", "H", "L"}),
    "http": frozenset({"H", "L"}),
    "catalog": frozenset({"S"}),
}
"""The places whose refusal a way in answers with."""

_LATER: Final = {
    "L": "`consul validate` passes, but the agent does not start with it",
    "S": "accepted here; the agent then tries for ever to write it to the catalog, which refuses it",
    "V": "refused in files only",
    "H": "refused by the agent's API only",
}


def service_path(profile: Profile) -> EntryPath:
    """The way in of service definitions: that of the profile if it is one for services."""
    return profile.entry_path if profile.entry_path in ANSWERED else "agent"


class ServiceReport(Report):
    """Collects what the rules find in one service at one place after the other.

    The same finding at a second place is dropped. `failed` says whether a place has refused already.
    """

    __slots__ = ("_seen", "answered", "path", "place_of")

    def __init__(self, service: Service, profile: Profile) -> None:
        super().__init__(service, service, profile, title=title_of(service))
        self.path = service_path(profile)
        self.place_of: Place = "V"
        self.answered = True
        self._seen: dict[tuple[object, ...], None] = {}

    def enter(self, place: Place, service: Service) -> None:
        """Go on at a place, with the service as it stands there."""
        self.place_of = place
        self.answered = place in ANSWERED[self.path]
        self._met.clear()
        if service is not self.root:
            self.root = self.subject = service
            self.title = title_of(service)

    def __call__(self, message: str, **details: Any) -> None:
        super().__call__(message, **details)
        found = self.diagnostics.pop()
        key = (found.rule, found.message, found.location.path if found.location else None)
        if key not in self._seen:
            self._seen[key] = None
            self.diagnostics.append(self._placed(found))

    def take_back(self, before: int) -> None:
        super().take_back(before)
        while len(self._seen) > before:  # there is one key for each finding
            self._seen.popitem()

    def _placed(self, found: Diagnostic) -> Diagnostic:
        if found.consul is None:
            return found
        if self.answered:
            return replace(found, stage=self.place_of)
        note = f"{_LATER[self.place_of]}: {found.note}"
        return replace(found, stage=self.place_of, consul=None, own=False, note=note, severity=Severity.ERROR)


def title_of(service: Service) -> str:
    """How messages name a service."""
    return f'{service.kind or "service"} "{service.name or service.id}"'
