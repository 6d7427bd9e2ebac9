"""What a tree says of itself: the beginning of a project file for it (`meshgw init`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from meshgw.diagnostics.fingerprints import relative_name
from meshgw.loading.model import Loaded
from meshgw.source.document import Document

_PLURALS = {
    "datacenters": "datacenter", "dcs": "datacenter", "partitions": "partition", "namespaces": "namespace",
}  # fmt: skip
"""Folders whose subfolders are named after what they hold."""


@dataclass(frozen=True, slots=True)
class FolderRule:
    """A tenancy rule for the project file, and why it seems right."""

    path: str
    key: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found. `datacenters` and `trust_domains` are what agent files say."""

    edition: str
    edition_reason: str
    datacenters: tuple[str, ...]
    primary: str
    trust_domains: tuple[str, ...]
    acl_enabled: bool | None
    acl_default_policy: str
    rules: tuple[FolderRule, ...]
    inputs: int


def survey(loaded: Loaded, folder: str) -> Survey:
    """Look at the tree in a folder that was read without a project file."""
    agents = [agent for agent in loaded.agents if not agent.assumed]
    said = {agent.acl_enabled for agent in agents if agent.acl_enabled is not None}
    policies = {agent.acl_default_policy for agent in agents if agent.acl_default_policy}
    primaries = {agent.primary_datacenter for agent in agents if agent.primary_datacenter}
    documents = [
        (PurePosixPath(relative_name(document.name, folder)), document) for document in loaded.documents
    ]
    return Survey(
        edition=loaded.profile.edition,
        edition_reason=loaded.edition_reason,
        datacenters=tuple(sorted({agent.datacenter for agent in agents if agent.datacenter})),
        primary=primaries.pop() if len(primaries) == 1 else "",
        trust_domains=tuple(sorted({f"{agent.cluster_id}.consul" for agent in agents if agent.cluster_id})),
        acl_enabled=said.pop() if len(said) == 1 else None,
        acl_default_policy=policies.pop() if len(policies) == 1 else "",
        rules=tuple(_rules(documents, {agent.datacenter for agent in agents})),
        inputs=len(loaded.inputs),
    )


def _rules(documents: Iterable[tuple[PurePosixPath, Document]], known: set[str]) -> Iterator[FolderRule]:
    """Folders that seem to be named after a datacenter, partition or namespace."""
    found: dict[str, FolderRule] = {}
    by_folder: defaultdict[str, list[Document]] = defaultdict(list)
    for path, document in documents:
        for depth, part in enumerate(path.parts[:-1]):
            parent = "/".join(path.parts[:depth])
            if part in _PLURALS and depth + 1 < len(path.parts) - 1:
                key = _PLURALS[part]
                pattern = f"{parent}/{part}/{{{key}}}/**".lstrip("/")
                rule = FolderRule(pattern, key, f"{{{key}}}", f"a folder is named `{part}`")
                found.setdefault(pattern, rule)
        if len(path.parts) > 1:
            by_folder[path.parts[0]].append(document)
    for folder, those in sorted(by_folder.items()):
        named = _named_folder(folder, those, known)
        if named is not None:
            found.setdefault(named.path, named)
    yield from found.values()


def _named_folder(folder: str, documents: list[Document], datacenters: set[str]) -> FolderRule | None:
    """A folder at the top whose own files say that they belong to what it is named after."""
    if folder in _PLURALS:
        return None
    pattern = f"{folder}/**"
    for key in ("datacenter", "partition", "namespace"):
        said = {value for document in documents for value in _said(document, key)}
        if said == {folder.lower()} or (key == "datacenter" and folder in datacenters and len(said) < 2):
            return FolderRule(pattern, key, folder, f"files in `{folder}` say so")
    return None


def _said(document: Document, key: str) -> Iterator[str]:
    """What a file says about a key at its top, in any spelling."""
    if isinstance(document.value, dict):
        for name, value in document.value.items():
            if isinstance(name, str) and name.lower() == key and isinstance(value, str) and value:
                yield value.lower()
