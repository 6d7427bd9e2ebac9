"""Service definitions of a tree: agent files and bodies of the API, decoded, judged and expanded."""

from __future__ import annotations

from dataclasses import dataclass

from meshgw.diagnostics.model import Diagnostic
from meshgw.diagnostics.rules import Report
from meshgw.loading.classify import Role
from meshgw.profile import Profile
from meshgw.schema.decode import Dialect, decode, traced
from meshgw.schema.origin import Origin
from meshgw.services.agent import AgentConfig, AgentFile, agent_file
from meshgw.services.decoding_rules import report_agent_faults
from meshgw.services.model import Service
from meshgw.services.normalize import normalize, stored
from meshgw.services.sidecar import expand
from meshgw.source.document import Document


@dataclass(frozen=True, slots=True)
class AgentReading:
    """A decoded agent file; `file` is `None` when it could not be decoded."""

    file: AgentFile | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class ServiceJudgement:
    """The services that a definition becomes (itself, and its sidecar), and what was found."""

    services: tuple[Service, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def accepted(self) -> bool:
        return not any(found.refused for found in self.diagnostics)


def read_agent(document: Document, profile: Profile) -> AgentReading:
    """Decode an agent file."""
    dialect = Dialect("agent", profile.edition, profile.consul_version)
    decoded = decode(AgentConfig, document.value, dialect)
    origin = Origin(document, (), lambda: traced(AgentConfig, document.value, dialect))
    report = Report(document.value, origin, profile, title=document.name)
    if report_agent_faults(decoded, report, dialect) or decoded.value is None:
        return AgentReading(None, tuple(report.diagnostics))
    return AgentReading(agent_file(decoded.value, origin), tuple(report.diagnostics))


def judge_service_of_agent(service: Service, partition: str, profile: Profile) -> ServiceJudgement:
    """A definition of an agent file, with its sidecar."""
    parent = normalize(service, "agent", profile, partition=partition)
    sidecar = expand(parent, "agent")
    made = [stored(parent, profile)]
    if sidecar is not None:
        made.append(stored(normalize(sidecar, "agent", profile, partition=partition), profile))
    return ServiceJudgement(tuple(made), ())


def judge_body(document: Document, role: Role, partition: str, profile: Profile) -> ServiceJudgement:
    """A body of the agent's or the catalog's API."""
    raise NotImplementedError
