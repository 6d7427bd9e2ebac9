"""Partitions and namespaces beside an input: `-partition`, `?ns=` (config-entries.md, TEN-04)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshgw.diagnostics.model import Diagnostic, Location, Part
from meshgw.diagnostics.rules import Report, rule
from meshgw.loading.find import FoundFile
from meshgw.loading.options import LoadOptions
from meshgw.loading.project import Project
from meshgw.profile import Profile
from meshgw.source.document import Document, Path

_WITH_PARAMETERS = frozenset({"cli", "http"})


@dataclass(frozen=True, slots=True)
class TenancyParameter:
    """A parameter that a request would carry: its name, its value, and who says so."""

    document: Document
    name: str
    value: str
    said_by: str

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:
        return Location(self.document, at, part)

    def at_source(self, source: Path, part: Part = "value") -> Location | None:
        return self.locate(source, part)


def parameter_findings(
    document: Document, file: FoundFile, project: Project, options: LoadOptions, profile: Profile
) -> tuple[Diagnostic, ...]:
    """The findings of the parameters with which an entry or a body would be sent."""
    if profile.enterprise or profile.entry_path not in _WITH_PARAMETERS:
        return ()
    found: list[Diagnostic] = []
    for parameter in _parameters(document, file, project, options):
        report = Report(parameter, parameter, profile, title=file.shown)
        report.run(tenancy_parameter, parameter)
        found += report.diagnostics
    return tuple(found)


def _parameters(
    document: Document, file: FoundFile, project: Project, options: LoadOptions
) -> Iterator[TenancyParameter]:
    by_path = project.tenancy_of(file.relative)
    for name, given, captured in (
        ("namespace", options.namespace, by_path.namespace),
        ("partition", options.partition, by_path.partition),
    ):
        if given:
            yield TenancyParameter(document, name, given, f"--{name}")
        elif captured not in ("", "default"):
            yield TenancyParameter(document, name, captured, "`tenancy` of the project file")


@rule("tenancy-parameter", on="file", consul="are a Consul Enterprise feature", edition="community")  # TEN-04
def tenancy_parameter(parameter: TenancyParameter, report: Report) -> None:
    """A partition or namespace given beside an input, in Community.

    What a file does not say itself is sent along with it (`consul config write -partition`), by
    `--partition`, `--namespace` or the project file's `tenancy`. Community refuses both, also `default`.

    Refused in a tree:

        == meshgw.yaml ==
        edition: community
        tenancy: [{ path: "*.hcl", partition: billing }]

        == web.hcl ==
        Kind     = "service-defaults"
        Name     = "web"
        Protocol = "http"

    Accepted in a tree:

        == meshgw.yaml ==
        edition: enterprise
        tenancy: [{ path: "*.hcl", partition: billing }]

        == web.hcl ==
        Kind     = "service-defaults"
        Name     = "web"
        Protocol = "http"
    """
    report(
        f"{parameter.name} `{parameter.value}`, but {parameter.name}s are an Enterprise feature",
        help=f"{parameter.said_by} says so: take it out there, or judge as `--edition enterprise`",
        consul=f"{parameter.name.capitalize()}s are a Consul Enterprise feature",
    )
