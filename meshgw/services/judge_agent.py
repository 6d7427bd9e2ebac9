"""Agent files, and all that several of them say about one agent (service-registration.md 1.1, 1.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from meshgw.diagnostics.model import Diagnostic, Location, Part
from meshgw.diagnostics.rules import Report
from meshgw.diagnostics.running import evaluate
from meshgw.profile import Profile
from meshgw.schema.decode import Dialect, decode, traced
from meshgw.schema.origin import Origin
from meshgw.services.agent import AgentConfig, AgentFile, agent_file, merge
from meshgw.services.agent_rules import AGENT, AGENT_ADVICE, node_check_without_id
from meshgw.services.check_advice import CHECK_ADVICE
from meshgw.services.check_rules import CHECK
from meshgw.services.decoding_rules import report_agent_faults
from meshgw.services.field_rules import check_duration_invalid
from meshgw.services.judge import ServiceJudgement, judge_service
from meshgw.services.local_rules import sidecar_ports_exhausted
from meshgw.services.model import Service
from meshgw.services.places import service_path
from meshgw.services.sidecar import allocate_ports
from meshgw.source.document import Document, Path


@dataclass(frozen=True, slots=True)
class AgentReading:
    """A decoded agent file; `file` is `None` when it could not be decoded."""

    file: AgentFile | None
    diagnostics: tuple[Diagnostic, ...]


def read_agent_file(document: Document, profile: Profile) -> AgentReading:
    """Decode an agent file. Its `config_entries` are for others: `loading.bootstrap`."""
    dialect = Dialect("agent", profile.edition, profile.consul_version)
    raw = document.value
    decoded = decode(AgentConfig, raw, dialect)
    origin = Origin(document, (), lambda: traced(AgentConfig, raw, dialect))
    report = Report(raw, origin, profile, title=document.name)
    if report_agent_faults(decoded, report, dialect) or decoded.value is None:
        return AgentReading(None, tuple(report.diagnostics))
    for fault in decoded.late:
        report.run(check_duration_invalid, fault)
    return AgentReading(agent_file(decoded.value, origin), tuple(report.diagnostics))


class _Files:
    """Several files as one subject: a setting is where the last file says it."""

    def __init__(self, files: Sequence[AgentFile]) -> None:
        self.files = files

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:
        written = [file for file in self.files if file.origin.has(at)]
        if not written and at:
            return self.locate(at[:-1], part)
        return (written or self.files)[-1].locate(at, part)

    def at_source(self, source: Path, part: Part = "value") -> Location | None:
        return self.files[-1].at_source(source, part)


def judge_settings(files: Sequence[AgentFile], profile: Profile) -> tuple[Diagnostic, ...]:
    """What Consul says about the settings that the files of one agent give together."""
    if all(_only_services(file) for file in files):
        return ()  # most files: nothing to say about an agent
    merged = merge(files)
    found = Report(merged, _Files(files), profile, title="agent")
    evaluate(AGENT, merged, found)
    for file in files:
        document = file.origin.document
        raw: dict[str, Any] = document.value if document is not None else {}
        advice = Report(raw, file, profile, title="agent")
        evaluate(AGENT_ADVICE, file.config, advice)
        found.diagnostics += advice.diagnostics
    return tuple(found.diagnostics)


def _only_services(file: AgentFile) -> bool:
    document = file.origin.document
    return document is not None and _DEFINITIONS.issuperset(key.lower() for key in document.value)


_DEFINITIONS = frozenset({"service", "services", "check", "checks", "config_entries"})


def judge_node_checks(file: AgentFile, profile: Profile) -> tuple[Diagnostic, ...]:
    """The checks of a file that are not inside a service."""
    if not file.checks:
        return ()
    report = Report(file, file, profile, title="agent")
    for index, check in enumerate(file.checks):
        report.base = ("check",) if index == len(file.config.checks) else ("checks", index)
        failed = evaluate(CHECK, check, report)
        report.own = report.own and not failed
        if service_path(profile) == "agent":
            report.run(node_check_without_id, check)
        evaluate(CHECK_ADVICE, check, report)
    return tuple(replace(found, stage=found.stage[:1]) for found in report.diagnostics)


def judge_sidecar_ports(
    services: Iterable[Service], agent: AgentConfig, profile: Profile
) -> list[tuple[Diagnostic, Service]]:
    """Sidecars of one agent for which its range has no port left (RG-44), with what is said of each."""
    low, high = agent.sidecar_ports
    if min(low, high) < 1:
        return []  # every sidecar without a port is refused by itself
    left_over = allocate_ports(list(services), low, high)[1]
    found: list[tuple[Diagnostic, Service]] = []
    for sidecar in left_over:
        report = Report(sidecar, sidecar, profile, title=f'connect-proxy "{sidecar.name}"')
        report.run(sidecar_ports_exhausted, (low, high))
        found += [(finding, sidecar) for finding in report.diagnostics]
    return found


@dataclass(frozen=True, slots=True)
class AgentJudgement:
    """Everything about one agent file read by itself."""

    services: tuple[Service, ...]
    diagnostics: tuple[Diagnostic, ...]


def judge_agent_document(document: Document, profile: Profile) -> AgentJudgement:
    """Judge an agent file as the only one of its agent, on the ways in `agent` and `register`."""
    reading = read_agent_file(document, profile)
    if reading.file is None:
        return AgentJudgement((), reading.diagnostics)
    file = reading.file
    settings = judge_settings([file], profile)
    stops = any(found.refused for found in settings)
    late = any(found.refused for found in reading.diagnostics)
    judged = [judge_service(service, profile, file.config) for service in file.services]
    made = [service for one in judged for service in one.services]
    found = [*_in_order(judged, stops=stops, late=late), *judge_node_checks(file, profile)]
    if service_path(profile) == "agent":
        found += [finding for finding, _ in judge_sidecar_ports(made, file.config, profile)]
    return AgentJudgement(tuple(made), (*settings, *reading.diagnostics, *found))


def _in_order(judged: list[ServiceJudgement], *, stops: bool, late: bool) -> list[Diagnostic]:
    """The findings of all services; only what Consul meets first stays its own.

    Field faults of all services are printed together; otherwise the first service with a fault ends it.
    """
    steps = [one.refused_at for one in judged if one.refused_at is not None]
    first_step = min(steps, default=None)
    found: list[Diagnostic] = []
    ended = stops
    for one in judged:
        own = not ended and one.refused_at == first_step and not (late and first_step != _FIELDS)
        found += one.diagnostics if own else [replace(each, own=False) for each in one.diagnostics]
        ended = ended or (own and first_step != _FIELDS)
    return found


_FIELDS = 1
"""The step of `judge_service` whose findings Consul collects over all services of a file."""
