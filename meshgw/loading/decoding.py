"""Decoding and judging each input of a tree, agents first: they decide where everything else is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from meshgw.diagnostics.model import Diagnostic
from meshgw.entries.judge import Judgement, Tenancy, judge_entry
from meshgw.loading.agents import AgentIndex, FileOfAgent, index_agents, tenancy_of
from meshgw.loading.bootstrap import judge_bootstrap
from meshgw.loading.catalog_bodies import CatalogBody, NodeKey, catalog_nodes, judge_catalog_body, node_key
from meshgw.loading.classify import BODIES
from meshgw.loading.consul_services import ports_left_over, settings_by_file
from meshgw.loading.document_rules import document_findings
from meshgw.loading.file_rules import file_findings, skipped_findings
from meshgw.loading.find import FoundFile
from meshgw.loading.model import Agent, InputVerdict, LoadedEntry, LoadedQuery, LoadedService, Skipped
from meshgw.loading.options import LoadOptions, Step, silent
from meshgw.loading.project import PathTenancy, Project
from meshgw.loading.read import ReadDocument, SkippedFile
from meshgw.loading.service_texts import rest_findings
from meshgw.loading.tenancy_parameters import parameter_findings
from meshgw.profile import Profile
from meshgw.services.judge import judge_body, judge_service
from meshgw.services.judge_agent import AgentReading, read_agent_file
from meshgw.services.model import Service

if TYPE_CHECKING:  # read on first use: most trees have no Kubernetes resources
    from meshgw.loading.kubernetes import Resource, ResourceJudgement


@dataclass
class Decoding:
    """What has been decoded so far, also what Consul refuses: that is marked."""

    project: Project
    options: LoadOptions
    profile: Profile
    diagnostics: list[Diagnostic]
    entries: list[LoadedEntry] = field(default_factory=list)
    services: list[LoadedService] = field(default_factory=list)
    queries: list[LoadedQuery] = field(default_factory=list)
    inputs: list[InputVerdict] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    step: Step = silent
    agents: AgentIndex | None = None
    settings: Mapping[int, list[Diagnostic]] = field(default_factory=dict)
    resources: dict[str, list[Resource]] = field(default_factory=dict)
    catalog: dict[int, CatalogBody] = field(default_factory=dict)
    nodes: dict[NodeKey, Agent] = field(default_factory=dict)
    tenancies: dict[str, PathTenancy] = field(default_factory=dict)

    def skip(self, items: Iterable[SkippedFile]) -> None:
        """Note what is not Consul's; an error when the user named it."""
        for item in items:
            if item.file.named:
                self.diagnostics.extend(skipped_findings(item, self.profile))
            else:
                self.skipped.append(Skipped(item.file.shown, item.why))

    def decode(self, documents: list[ReadDocument]) -> None:
        """Decode everything that can be read, in the order of paths."""
        readable = []
        for item in documents:
            if item.document.fault is None:
                readable.append(item)
            else:
                self._take(item.file, "file", file_findings(item, self.profile))
        readings = {
            id(item): read_agent_file(item.document, self.profile)
            for item in readable
            if item.role == "agent"
        }
        files = list(_agent_files(readable, readings))
        self.agents = index_agents(files, self.project, self.options)
        self.settings = settings_by_file(self.agents.all, (item.content for item in files), self.profile)
        self.catalog = {
            id(item): judge_catalog_body(
                item.document,
                item.role,
                self._agent_of(item.file),
                self.profile,
                namespace=self._tenancy(item.file).namespace,
            )
            for item in readable
            if item.role in ("catalog", "transaction")
        }
        self.nodes = catalog_nodes(self.catalog.values(), self.agents.all)
        for number, item in enumerate(readable):
            self.step("decoding files", len(readable), number)
            self._decode_one(item, readings.get(id(item)))
        self._ports_together()
        self._kubernetes_together()

    def _decode_one(self, item: ReadDocument, reading: AgentReading | None) -> None:
        self.diagnostics.extend(document_findings(item.document, self.profile))
        if item.role in BODIES:
            self.diagnostics.extend(rest_findings(item.document, self.profile))
        match item.role:
            case "entry":
                judged = judge_entry(
                    item.document.value, item.document, self.profile, tenancy=self._entry_tenancy(item.file)
                )
                self._entry(item, judged)
            case "agent":
                assert reading is not None
                self._agent(item, reading)
            case "kubernetes":
                self._kubernetes(item)
            case "query":
                datacenter = self._datacenter(item.file)
                query = LoadedQuery(document=item.document, value=item.document.value, datacenter=datacenter)
                self.queries.append(query)
                self._take(item.file, "prepared query", [])
            case "catalog" | "transaction":
                self._catalog_body(item)
            case "registration":
                self._body(item)
            case _:
                self._take(item.file, "file", [])

    def _tenancy(self, file: FoundFile) -> PathTenancy:
        """The tenancy of a file, which is asked for several times."""
        known = self.tenancies.get(file.relative)
        if known is None:
            known = self.tenancies[file.relative] = tenancy_of(file, self.project, self.options)
        return known

    def _entry_tenancy(self, file: FoundFile) -> Tenancy:
        tenancy = self._tenancy(file)
        return Tenancy(tenancy.partition, tenancy.namespace)

    def _agent_of(self, file: FoundFile) -> Agent:
        assert self.agents is not None
        return self.agents.of(file)

    def _datacenter(self, file: FoundFile) -> str:
        """A path or the command line says, else the agent whose folder it is."""
        if self.options.datacenter or self.project.tenancy_of(file.relative).datacenter:
            return self._tenancy(file).datacenter
        return self._agent_of(file).datacenter

    def _entry(self, item: ReadDocument, judged: Judgement) -> None:
        sent = parameter_findings(item.document, item.file, self.project, self.options, self.profile)
        self._keep(judged, self._datacenter(item.file), refused=bool(sent))
        self._take(item.file, "config entry", [*sent, *judged.diagnostics])

    def _agent(self, item: ReadDocument, reading: AgentReading) -> None:
        """The services of an agent file and its bootstrap entries."""
        found = [*reading.diagnostics, *self.settings.get(id(item.document), ())]
        agent = self._agent_of(item.file)
        namespace = self._tenancy(item.file).namespace
        for service in reading.file.services if reading.file is not None else ():
            if namespace != "default" and not service.namespace:
                service = replace(service, namespace=namespace)  # noqa: PLW2901
            judged = judge_service(service, self.profile, agent.config)
            found.extend(judged.diagnostics)
            self._register(judged.services, agent, refused=not judged.accepted)
        for entry in judge_bootstrap(item.document, self.profile, self._entry_tenancy(item.file)):
            self._entry_of_agent(item.file, entry, found)
        self._take(item.file, "agent file", found)

    def _entry_of_agent(self, file: FoundFile, judged: Judgement, found: list[Diagnostic]) -> None:
        found.extend(judged.diagnostics)
        self._keep(judged, self._datacenter(file))

    def _keep(self, judged: Judgement | ResourceJudgement, datacenter: str, *, refused: bool = False) -> None:
        """Remember an entry that could be decoded, also one that Consul refuses."""
        if judged.entry is not None:
            refused = refused or not judged.accepted
            found = LoadedEntry(entry=judged.entry, datacenter=datacenter, refused=refused)
            self.entries.append(found)

    def _register(self, services: Iterable[Service], agent: Agent, *, refused: bool) -> None:
        self.services.extend(
            LoadedService(service=service, agent=agent, refused=refused) for service in services
        )

    def _body(self, item: ReadDocument) -> None:
        """A body of the agent's API."""
        agent = self._agent_of(item.file)
        namespace = self._tenancy(item.file).namespace
        judged = judge_body(item.document, self.profile, agent.config, namespace=namespace)
        self._register(judged.services, agent, refused=not judged.accepted)
        self._take(item.file, "registration", judged.diagnostics)

    def _catalog_body(self, item: ReadDocument) -> None:
        """A body of the catalog's API; the nodes of all of them are known by now."""
        body = self.catalog[id(item)]
        self.services.extend(
            LoadedService(
                service=registration.service,
                agent=self.nodes[node_key(registration, body.agent)],
                from_catalog=True,
                refused=not body.accepted,
            )
            for registration in body.registrations
            if registration.service is not None
        )
        self._take(item.file, item.role if item.role == "transaction" else "registration", body.diagnostics)

    def _ports_together(self) -> None:
        """Sidecars for which the range of their agent has no port; their files are not accepted then."""
        found = ports_left_over(self.services, self.profile)
        self.diagnostics.extend(finding for finding, _ in found)
        without = {id(sidecar) for _, sidecar in found}
        self.services = [
            replace(item, refused=True) if id(item.service) in without else item for item in self.services
        ]
        files = {finding.location.document.name for finding, _ in found if finding.location is not None}
        self.inputs = [
            replace(verdict, accepted=False) if verdict.path in files else verdict for verdict in self.inputs
        ]

    def _kubernetes(self, item: ReadDocument) -> None:
        from meshgw.loading.kubernetes import read_resource, resources_in

        tenancy = self._entry_tenancy(item.file)
        datacenter = self._datacenter(item.file)
        for base in resources_in(item.document):
            judged = read_resource(
                item.document,
                base,
                self.profile,
                self.project.kubernetes,
                tenancy=tenancy,
                datacenter=datacenter,
            )
            if judged is None:
                continue
            if judged.skipped:
                self.skipped.append(Skipped(item.file.shown, judged.skipped))
                continue
            if judged.resource is not None:
                self.resources.setdefault(datacenter, []).append(judged.resource)
            self._keep(judged, datacenter)
            self._take(item.file, "resource", judged.diagnostics)

    def _kubernetes_together(self) -> None:
        """Names that must be unique in a cluster; each datacenter is one."""
        for resources in self.resources.values():
            from meshgw.loading.kubernetes import judge_together

            self.diagnostics.extend(judge_together(resources, self.profile, self.project.kubernetes))

    def _take(self, file: FoundFile, kind: str, found: Iterable[Diagnostic]) -> None:
        found = tuple(found)
        accepted = not any(diagnostic.refused for diagnostic in found)
        self.diagnostics.extend(found)
        self.inputs.append(InputVerdict(file.shown, kind, accepted))


def _agent_files(
    items: Iterable[ReadDocument], readings: Mapping[int, AgentReading]
) -> Iterable[FileOfAgent]:
    for item in items:
        reading = readings.get(id(item))
        if reading is not None and reading.file is not None:
            yield FileOfAgent(item.file, reading.file)
