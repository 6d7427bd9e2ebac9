"""Service definitions of a tree: what several files of one agent say together."""

from __future__ import annotations

from collections.abc import Iterable

from meshgw.diagnostics.model import Diagnostic
from meshgw.loading.model import Agent, LoadedService
from meshgw.profile import Profile
from meshgw.services.agent import AgentFile
from meshgw.services.judge_agent import judge_node_checks, judge_settings, judge_sidecar_ports
from meshgw.services.model import Service


def settings_by_file(
    agents: Iterable[Agent], files: Iterable[AgentFile], profile: Profile
) -> dict[int, list[Diagnostic]]:
    """Findings about settings of agents and checks of nodes, by the `id` of the document they are in."""
    found: dict[int, list[Diagnostic]] = {}
    described = list(agents)
    grouped = {id(file) for agent in described for file in agent.files}
    alone = [(file,) for file in files if id(file) not in grouped]
    for group in [agent.files for agent in described] + alone:
        for finding in judge_settings(group, profile):
            document = finding.location.document if finding.location else group[-1].origin.document
            found.setdefault(id(document), []).append(finding)
        for file in group:
            checks = judge_node_checks(file, profile)
            if checks:
                found.setdefault(id(file.origin.document), []).extend(checks)
    return found


def ports_left_over(services: Iterable[LoadedService], profile: Profile) -> list[tuple[Diagnostic, Service]]:
    """Sidecars that get no port because the range of their agent is used up, with what is said of each."""
    by_agent: dict[int, list[LoadedService]] = {}
    for item in services:
        by_agent.setdefault(id(item.agent), []).append(item)
    found: list[tuple[Diagnostic, Service]] = []
    for items in by_agent.values():
        made = [item.service for item in items]
        found += judge_sidecar_ports(made, items[0].agent.config, profile)
    return found
