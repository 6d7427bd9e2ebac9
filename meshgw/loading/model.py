"""What was read from a tree, decoded and judged one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from meshgw.diagnostics.model import Diagnostic, Location
from meshgw.entries.base import Entry
from meshgw.loading.project import Project
from meshgw.profile import Profile
from meshgw.services.agent import AgentConfig, AgentFile
from meshgw.services.model import Service
from meshgw.source.document import Document


@dataclass(frozen=True, slots=True)
class InputVerdict:
    """What Consul itself would answer to one input (findings of the first kind only)."""

    path: str
    kind: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not read as Consul's, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Agent:
    """An agent: where its services run, and what it knows of its datacenter.

    Empty strings and `None` are what no file says. `assumed` is an agent that no file describes.
    `config` is what its `files` say together, with the partition settled.
    """

    name: str = ""
    datacenter: str
    partition: str = "default"
    address: str = ""
    tagged_addresses: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, str] = field(default_factory=dict)
    primary_datacenter: str = ""
    cluster_id: str = ""
    server: bool = False
    acl_enabled: bool | None = None
    acl_default_policy: str = ""
    default_intention_policy: str = ""
    sidecar_ports: tuple[int, int] = (21000, 21255)
    expose_ports: tuple[int, int] = (21500, 21755)
    central_config: bool = True
    location: Location | None = None
    assumed: bool = False
    folder: str = ""
    config: AgentConfig = field(default_factory=AgentConfig)
    files: tuple[AgentFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedEntry:
    """A config entry and the datacenter whose files declare it; `refused` by Consul or not."""

    entry: Entry
    datacenter: str
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedService:
    """A service definition on its agent; `node_location` is where a catalog registration names its node."""

    service: Service
    agent: Agent
    from_catalog: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedQuery:
    """A prepared query: the body of `POST /v1/query`."""

    document: Document
    value: Mapping[str, Any] = field(repr=False)  # it may hold a token
    datacenter: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Loaded:
    """A tree. `diagnostics` are the findings about single files; reading never fails on bad input."""

    project: Project
    profile: Profile
    edition_reason: str = ""
    entries: tuple[LoadedEntry, ...] = ()
    services: tuple[LoadedService, ...] = ()
    agents: tuple[Agent, ...] = ()
    queries: tuple[LoadedQuery, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    inputs: tuple[InputVerdict, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    files: int = 0
    documents: tuple[Document, ...] = ()


def accepted_only(loaded: Loaded) -> Loaded:
    """A tree without the entries and services that Consul refuses."""
    return replace(
        loaded,
        entries=tuple(item for item in loaded.entries if not item.refused),
        services=tuple(item for item in loaded.services if not item.refused),
    )
