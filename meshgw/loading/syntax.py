"""Faults of syntax as findings (config-entries.md 1.2, service-registration.md 1.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from meshgw.diagnostics.model import Diagnostic, Location, Part
from meshgw.diagnostics.rules import KUBERNETES, Report, rule
from meshgw.profile import Profile
from meshgw.schema.secrets import redacted
from meshgw.source.document import Document, Path

_CONSUL = {
    "cli": "Failed to decode config entry input",
    "http": "Request decoding failed",
    "bootstrap": "failed to parse",
    "agent": "failed to parse",
    "register": "failed to parse",
    "crd": "error parsing",  # kubectl's words: nothing of it reaches Consul
}


@dataclass(frozen=True)
class _Text:
    """A document that could not be read: everything is at its fault."""

    document: Document

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:  # noqa: ARG002
        fault = self.document.fault
        return Location(self.document, exact=fault.span if fault else None)

    def at_source(self, source: Path, part: Part = "value") -> Location | None:
        return self.locate(source, part)


@rule("syntax", on="file", consul="Failed to decode config entry input")  # DEC-01, RG-06
def syntax(document: Document, report: Report) -> None:
    """A text that is no HCL or no JSON.

    Consul reads HCL 1: no `null`, no bare words, no expressions, no functions. JSON has no comments
    and no comma after the last element. What begins with `{` is JSON.

    Refused:

        Kind     = "service-defaults"
        Name     = "web"
        Protocol = http

    Accepted:

        Kind     = "service-defaults"
        Name     = "web"
        Protocol = "http"
    """
    if document.fault is not None:
        report(redacted(document, document.fault.message), consul=_CONSUL.get(report.profile.entry_path))


def syntax_findings(document: Document, profile: Profile) -> tuple[Diagnostic, ...]:
    """The finding of a document that could not be read, in the words of the profile's entry path."""
    report = Report(document, _Text(document), profile, title=document.name)
    report.run(syntax, document)
    if profile.entry_path != "crd":
        return tuple(report.diagnostics)
    note = f'Kubernetes: "{_CONSUL["crd"]}"'
    return tuple(replace(found, note=note, stage=KUBERNETES) for found in report.diagnostics)
