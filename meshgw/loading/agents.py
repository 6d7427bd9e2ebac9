"""Agents: which files describe one, and which of them a service belongs to (product.md 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from meshgw.loading.find import FoundFile
from meshgw.loading.model import Agent
from meshgw.loading.options import LoadOptions
from meshgw.loading.project import PathTenancy, Project
from meshgw.services.agent import AgentConfig, AgentFile, merge

DEFAULT_DATACENTER = "dc1"


@dataclass(frozen=True, slots=True)
class FileOfAgent:
    """A decoded agent file and where it stands."""

    file: FoundFile
    content: AgentFile


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentIndex:
    """Agents by file and by folder, and how files without one are placed."""

    by_file: Mapping[str, Agent]
    by_folder: Mapping[str, Agent]
    assumed: dict[tuple[str, ...], Agent]
    project: Project
    options: LoadOptions

    def of(self, file: FoundFile) -> Agent:
        """The agent of a file: its own, its folder's, the nearest above, else an assumed one."""
        if file.relative in self.by_file:
            return self.by_file[file.relative]
        folder = file.folder
        while True:
            if folder in self.by_folder:
                return self.by_folder[folder]
            if not folder:
                break
            folder = folder.rpartition("/")[0]
        return self._assumed(file)

    def _assumed(self, file: FoundFile) -> Agent:
        """The node of the tenancy rule, datacenter or project file, else one for each folder."""
        tenancy = tenancy_of(file, self.project, self.options)
        setting = self.project.datacenters.get(tenancy.datacenter)
        node = (setting.node if setting is not None else None) or self.project.own.node
        if tenancy.node:
            key: tuple[str, ...] = ("node", tenancy.datacenter, tenancy.partition, tenancy.node)
        elif node is not None:
            key = ("default", tenancy.datacenter, tenancy.partition)
        else:
            key = ("folder", tenancy.datacenter, tenancy.partition, file.folder)
        if key not in self.assumed:
            named = tenancy.node or (node.name if node is not None else "")
            self.assumed[key] = Agent(
                name=named,
                datacenter=tenancy.datacenter,
                partition=tenancy.partition,
                address=node.address if node is not None and not tenancy.node else "",
                tagged_addresses=dict(node.tagged_addresses) if node is not None else {},
                assumed=True,
                folder=file.folder,
                config=AgentConfig(partition=tenancy.partition),
            )
        return self.assumed[key]

    @property
    def all(self) -> tuple[Agent, ...]:
        """The agents that files describe, in stable order."""
        found = {id(agent): agent for agent in (*self.by_folder.values(), *self.by_file.values())}
        return tuple(sorted(found.values(), key=lambda agent: (agent.datacenter, agent.name, agent.folder)))


def tenancy_of(file: FoundFile, project: Project, options: LoadOptions) -> PathTenancy:
    """Tenancy of what a file does not say: the command line, then the path, then the project."""
    by_path = project.tenancy_of(file.relative)
    return PathTenancy(
        datacenter=(
            options.datacenter or by_path.datacenter or project.datacenter or DEFAULT_DATACENTER
        ).lower(),
        partition=(options.partition or by_path.partition or "default").lower(),
        namespace=(options.namespace or by_path.namespace or "default").lower(),
        node=by_path.node,
    )


def index_agents(files: Iterable[FileOfAgent], project: Project, options: LoadOptions) -> AgentIndex:
    """Group agent files: those of a folder are one agent unless they name several nodes."""
    folders: dict[str, list[FileOfAgent]] = {}
    for item in files:
        folders.setdefault(item.file.folder, []).append(item)
    by_file: dict[str, Agent] = {}
    by_folder: dict[str, Agent] = {}
    for folder, items in folders.items():
        named = {item.content.config.node_name for item in items if item.content.config.node_name}
        if len(named) > 1:
            for item in items:
                if item.content.config.node_name:
                    by_file[item.file.relative] = _agent([item], project, options)
            items = [item for item in items if not item.content.config.node_name]  # noqa: PLW2901
        if items and any(_describes_agent(item.content.config) for item in items):
            by_folder[folder] = _agent(items, project, options)
    return AgentIndex(by_file=by_file, by_folder=by_folder, assumed={}, project=project, options=options)


def _describes_agent(config: AgentConfig) -> bool:
    """Whether a file says something about its node, rather than only registering services."""
    return bool(config.node_name or config.address or config.datacenter or config.partition)


def _agent(items: list[FileOfAgent], project: Project, options: LoadOptions) -> Agent:
    config = merge(item.content for item in items)
    tenancy = tenancy_of(items[0].file, project, options)
    partition = (config.partition or tenancy.partition).lower()
    speaking = next((item for item in items if _describes_agent(item.content.config)), items[0])
    where = ("node_name",) if speaking.content.config.node_name else ()
    return Agent(
        name=config.node_name or tenancy.node,
        datacenter=(config.datacenter or tenancy.datacenter).lower(),
        partition=partition,
        address=config.address,
        tagged_addresses=config.node_tagged_addresses,
        meta=config.node_meta,
        primary_datacenter=(config.primary or "").lower(),
        cluster_id=config.cluster_id,
        server=config.server is True,
        acl_enabled=config.acl.enabled,
        acl_default_policy=config.acl.default_policy or "",
        default_intention_policy=config.default_intention_policy or "",
        sidecar_ports=config.sidecar_ports,
        expose_ports=config.expose_ports,
        central_config=config.enable_central_service_config is not False,
        location=speaking.content.locate(where),
        folder=items[0].file.folder,
        config=replace(config, partition=partition),
        files=tuple(item.content for item in items),
    )
