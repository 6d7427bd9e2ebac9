"""Rules about files as a whole: what cannot be read, and what is not Consul's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path as FilePath

from meshgw.diagnostics.model import Diagnostic, Location, Part, Severity
from meshgw.diagnostics.rules import Report, rule
from meshgw.loading.find import shown_path
from meshgw.loading.project import ProjectFault
from meshgw.loading.read import ReadDocument, SkippedFile
from meshgw.loading.syntax import syntax_findings
from meshgw.profile import EntryPath, Profile
from meshgw.schema.secrets import redacted
from meshgw.source.document import Document, Layout, Path, SyntaxFault


class _File:
    """A file as the subject of a report: paths are those of the document."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:
        return Location(self.document, at, part)

    def at_source(self, source: Path, part: Part = "value") -> Location | None:
        return Location(self.document, source, part)


@rule("unreadable-file", on="file", severity="warning")
def unreadable_file(item: ReadDocument, report: Report) -> None:
    """A file that can be read in no syntax, and that may not be meant for Consul.

    Nothing before the fault is Consul's. A file that is named on the command line is an error.

    Found in a tree:

        == db/notes.hcl ==
        = not hcl
    """
    fault = item.document.fault
    if fault is not None:
        report(
            redacted(item.document, fault.message),
            location=Location(item.document, exact=fault.span),
            severity=Severity.ERROR if item.file.named else None,
            help="fix it, or add its path to `ignore` in the project file if it is not for Consul",
        )


@rule("not-consul", on="file")
def not_consul(item: SkippedFile, report: Report) -> None:
    """A file that was named, but holds nothing for Consul.

    Files below a folder that are not Consul's are skipped; one that is named is meant.
    """
    report(f"`{item.file.shown}` holds no Consul configuration: {item.why}")


@rule("project-file", on="project")
def project_file(fault: ProjectFault, report: Report) -> None:
    """Something in the project file `meshgw.yaml` that may not stand there.

    It is validated with its JSON Schema: `meshgw schema project`.

    Found in a tree:

        == meshgw.yaml ==
        edition: enterprise
        acl: { enabled: true, default_policy: deny }
        tenancy: [{ path: "{partition}/**" }]
        trust_domian: 5f1e7d3a-8c42-4b69-9a07-2d6c0b8e4f15.consul
    """
    unknown = fault.message.startswith("unknown key")
    report(fault.message, at=fault.path, part="key" if unknown else "value", help=fault.help)


def file_findings(item: ReadDocument, profile: Profile) -> tuple[Diagnostic, ...]:
    """The findings of a document with a syntax fault."""
    if item.role != "other":
        return syntax_findings(item.document, replace(profile, entry_path=_way_in(item, profile)))
    report = Report(item, _File(item.document), profile, title=item.file.shown)
    report.run(unreadable_file, item)
    return tuple(report.diagnostics)


def _way_in(item: ReadDocument, profile: Profile) -> EntryPath:
    """How a file that cannot be read was meant to reach Consul, by the keys before the fault."""
    if item.document.syntax == "yaml":
        return "crd"
    keys = {key.lower() for key in item.document.top_level_keys}
    return profile.entry_path if "kind" in keys else "agent"


def skipped_findings(item: SkippedFile, profile: Profile) -> tuple[Diagnostic, ...]:
    """The finding of a named file that is not Consul's."""
    document = item.document or _empty(item.file.shown)
    report = Report(item, _File(document), profile, title=item.file.shown)
    report.run(not_consul, item)
    return tuple(report.diagnostics)


def project_findings(
    document: Document | None,
    path: FilePath,
    fault: SyntaxFault | None,
    faults: Iterable[ProjectFault] = (),
) -> list[Diagnostic]:
    """The findings of a project file that cannot be used."""
    shown = document or _empty(shown_path(path))
    report = Report(None, _File(shown), Profile(), title=shown.name)
    broken = fault or (document.fault if document is not None else None)
    if broken is not None:
        report.run(project_syntax, (shown, broken))
    for found in faults:
        report.run(project_file, found)
    return report.diagnostics


@rule("project-syntax", on="project")
def project_syntax(found: tuple[Document, SyntaxFault], report: Report) -> None:
    """A project file that cannot be read.

    It is one YAML document. Nothing that it says counts then.

    Found in a tree:

        == meshgw.yaml ==
        edition: [enterprise
    """
    document, fault = found
    report(fault.message, location=Location(document, exact=fault.span))


def _empty(name: str) -> Document:
    return Document(name=name, text="", syntax="hcl", value=None, lay_out=lambda: Layout({}, (), ()))
