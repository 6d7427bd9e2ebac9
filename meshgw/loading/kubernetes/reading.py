"""From a document to resources, and from a resource to a judged config entry.

The order is Kubernetes' and then Consul's: kind and name, types, pruned keys, admission, and the
entry's own rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from meshgw.diagnostics.model import Diagnostic
from meshgw.diagnostics.rules import Report
from meshgw.diagnostics.running import evaluate
from meshgw.entries.base import Entry
from meshgw.entries.judge import Judgement, Tenancy, judge_decoded, settle_tenancy
from meshgw.loading.kubernetes import identity, types
from meshgw.loading.kubernetes.admission import ADMISSION
from meshgw.loading.kubernetes.convert import Converted, convert
from meshgw.loading.kubernetes.model import (
    API_VERSION,
    ENTRY_KINDS,
    GROUP,
    OTHER_KINDS,
    Operator,
    Resource,
    ResourceJudgement,
)
from meshgw.profile import Profile
from meshgw.source.document import Document, Path

_TEMPLATE = re.compile(r"\{\{[^{}\n]*\}\}")
_DEEPEST = 100  # YAML and JSON readers have limits of their own; this one is for the walks below


def resources_in(document: Document) -> tuple[Path, ...]:
    """Where the resources of a document stand: the document itself, or the items of a `kind: List`."""
    found: list[Path] = []
    work: list[Path] = [()]
    while work:
        path = work.pop()
        value = _at(document.value, path)
        if not isinstance(value, dict):
            continue
        items = value.get("items")
        if str(value.get("kind", "")).endswith("List") and isinstance(items, list) and len(path) < _DEEPEST:
            work.extend((*path, "items", index) for index in reversed(range(len(items))))
        else:
            found.append(path)
    return tuple(found)


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def judge_resources(
    document: Document, profile: Profile, operator: Operator, tenancy: Tenancy | None = None
) -> tuple[ResourceJudgement, ...]:
    """Judge the resources of a document one by one; those that are not Consul's are left out."""
    judged = (
        read_resource(document, base, profile, operator, tenancy=tenancy) for base in resources_in(document)
    )
    return tuple(one for one in judged if one is not None and not one.skipped)


def read_resource(
    document: Document,
    base: Path,
    profile: Profile,
    operator: Operator,
    *,
    tenancy: Tenancy | None = None,
    datacenter: str = "",
    strict: bool = False,
) -> ResourceJudgement | None:
    """Judge the resource at `base` of a document; `None` when it is not Consul's.

    `operator` says how Kubernetes namespaces are mapped, `tenancy` the partition where the operator
    names none. `strict` makes keys that Kubernetes would prune errors.
    """
    raw = _at(document.value, base)
    if not isinstance(raw, dict):
        return None
    version = raw.get("apiVersion")
    if not (isinstance(version, str) and version.partition("/")[0] == GROUP):
        return None
    profile = replace(profile, entry_path="crd")
    kind = raw.get("kind")
    if version == API_VERSION and isinstance(kind, str) and kind in OTHER_KINDS:
        return ResourceJudgement(None, None, (), skipped=f"`{kind}` holds no config entry")
    if _holds_template(raw):
        return ResourceJudgement(None, None, (), skipped="a Helm template, not a finished resource")
    resource = _resource(raw, document, base)
    report = Report(raw, resource, profile, title=resource.title)
    if report.run_all(identity.IDENTITY, raw):
        return ResourceJudgement(
            resource if kind in ENTRY_KINDS else None, None, tuple(report.diagnostics), admitted=False
        )
    types.pruned_outside(raw, report, strict=strict)
    if types.refuse_types(resource, report):
        return ResourceJudgement(resource, None, tuple(report.diagnostics), admitted=False)
    converted = convert(resource, profile, operator, tenancy or Tenancy(), datacenter)
    types.report_pruned(converted.pruned, report, strict=strict)
    if types.refuse_faults(converted.faults, report) or converted.entry is None:
        return ResourceJudgement(resource, None, tuple(report.diagnostics), admitted=False)
    return _admit(converted, resource, profile, report)


def _admit(converted: Converted, resource: Resource, profile: Profile, report: Report) -> ResourceJudgement:
    """Kubernetes' admission of a converted entry, then Consul's own judgement."""
    assert converted.entry is not None
    names_refused = report.run_all(identity.NAMES, resource)
    of_partition = (resource, converted.tenancy.partition)
    names_refused = report.run(identity.kubernetes_exported_services_misnamed, of_partition) or names_refused
    settled = settle_tenancy(converted.entry, profile, converted.tenancy)
    admission = Report(settled, settled, profile, title=resource.title)
    refused = evaluate(ADMISSION[resource.kind], settled, admission) or names_refused
    found = [*report.diagnostics, *admission.diagnostics]
    strictly_refused = any(one.refused for one in report.diagnostics)
    judged = judge_decoded(converted.defaulted, profile, converted.tenancy)
    found.extend(_behind(judged, found) if refused or strictly_refused else judged.diagnostics)
    entry: Entry | None = judged.entry
    return ResourceJudgement(resource, entry, tuple(found), admitted=not (refused or strictly_refused))


def _behind(judged: Judgement, admission: list[Diagnostic]) -> Iterator[Diagnostic]:
    """What Consul would refuse too, were it asked: not what admission has already said of a place."""
    places = {found.location.path for found in admission if found.refused and found.location}
    for found in judged.diagnostics:
        if found.location is None or found.location.path not in places:
            yield replace(found, own=False)


def _resource(raw: dict[str, Any], document: Document, base: Path) -> Resource:
    """A resource as far as its parts have the right shape; `identity` judges the rest."""
    metadata = raw.get("metadata")
    named: dict[str, Any] = metadata if isinstance(metadata, dict) else {}
    name, namespace, kind = named.get("name"), named.get("namespace"), raw.get("kind")
    spec = _without_nulls(raw.get("spec"))
    return Resource(
        kind=kind if isinstance(kind, str) else "",
        name=name if isinstance(name, str) else "",
        namespace=namespace if isinstance(namespace, str) else "",
        spec=spec if isinstance(spec, dict) else {},
        document=document,
        base=base,
    )


def _without_nulls(value: Any, depth: int = 0) -> Any:
    """Kubernetes takes a null for an absent key; elements of lists it leaves alone."""
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        return {key: _without_nulls(item, depth + 1) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item, depth + 1) for item in value]
    return value


def _holds_template(value: Any) -> bool:
    """Whether a text somewhere in the resource is still to be filled in by Helm."""
    work = [value]
    while work:
        value = work.pop()
        if isinstance(value, str):
            if _TEMPLATE.search(value):
                return True
        elif isinstance(value, dict):
            work.extend(value)
            work.extend(value.values())
        elif isinstance(value, list):
            work.extend(value)
    return False
