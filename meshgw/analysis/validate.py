"""Judging a tree: each input alone, all together, and whether it will work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from meshgw.analysis import instances as instance_rules
from meshgw.analysis import ports as port_rules
from meshgw.analysis.causes import with_calls
from meshgw.analysis.central_config import central_findings
from meshgw.analysis.identities import identity_findings
from meshgw.analysis.merge import merge_findings
from meshgw.analysis.mesh_rules import mesh_findings, not_checked
from meshgw.analysis.report import ValidationReport, sort_key
from meshgw.analysis.suppressing import ASSUMPTION, suppress
from meshgw.analysis.together import advice, final_state, in_sequence
from meshgw.analysis.tree_report import findings
from meshgw.diagnostics.model import Diagnostic, Severity
from meshgw.garbage import without_collection
from meshgw.loading.model import InputVerdict, Loaded
from meshgw.mesh.build import build_mesh
from meshgw.snapshot.calls import Calls


@without_collection()
def validate_tree(
    loaded: Loaded, *, strict: bool = False, sequence: Callable[[str], int] | None = None
) -> ValidationReport:
    """All findings about a tree; `strict` makes assumptions errors.

    Config entries are a final state. With `sequence`, which ranks files by their shown names, they
    are written one after another instead, and only what is stored in the end is part of the mesh.
    """
    mesh = build_mesh(loaded)
    entries, inputs = len(loaded.entries), loaded.inputs
    if sequence is None:
        refused = final_state(loaded, mesh)
    else:
        loaded, refused = in_sequence(loaded, mesh, sequence)
        mesh = build_mesh(loaded)
    calls = Calls(mesh)
    found = [*loaded.diagnostics, *with_calls(refused, calls), *_together(loaded, calls)]
    if strict:
        found.extend(assumption_findings(mesh.assumptions))
    kept, suppressed = suppress(_levelled(found, loaded), loaded)
    return ValidationReport(
        diagnostics=tuple(sorted(_levelled(kept, loaded), key=sort_key)),
        inputs=tuple(_judged(inputs, refused)),
        profile=loaded.profile,
        edition_reason=loaded.edition_reason,
        assumed=mesh.assumptions,
        not_checked=not_checked(calls),
        skipped=loaded.skipped,
        files=loaded.files,
        entries=entries,
        services=len(loaded.services),
        partitions=len({key.partition for key in mesh.keys}),
        suppressed=tuple(suppressed),
        folder=loaded.project.folder,
    )


def _together(loaded: Loaded, calls: Calls) -> Iterator[Diagnostic]:
    mesh = calls.mesh
    yield from findings(instance_rules.CHECKS, instance_rules.neighbours(mesh.instances), loaded.profile)
    for node in port_rules.nodes(mesh.instances):
        yield from findings(port_rules.CHECKS, port_rules.conflicts(node), loaded.profile)
    yield from advice(loaded, mesh)
    yield from identity_findings(loaded)
    yield from central_findings(loaded, mesh)
    yield from merge_findings(calls, loaded.profile)
    yield from mesh_findings(loaded, calls)


def _judged(inputs: Iterable[InputVerdict], refused: Iterable[Diagnostic]) -> Iterator[InputVerdict]:
    """The verdicts of files, with what only shows when their entries are looked at together."""
    files = {found.location.document.name for found in refused if found.refused and found.location}
    for verdict in inputs:
        yield replace(verdict, accepted=False) if verdict.path in files else verdict


def assumption_findings(assumptions: tuple[str, ...]) -> list[Diagnostic]:
    """Assumptions as errors, for those who asked for `--strict`."""
    return [
        Diagnostic(rule=ASSUMPTION, severity=Severity.ERROR, message=f"assumed: {text}")
        for text in assumptions
    ]


def _levelled(found: Iterable[Diagnostic], loaded: Loaded) -> Iterator[Diagnostic]:
    """Severities as the project file wants them; what Consul refuses stays what it is."""
    levels = loaded.project.rules
    for diagnostic in found:
        level = levels.get(diagnostic.rule)
        if level is None or diagnostic.refused:
            yield diagnostic
        elif level != "off":
            yield replace(diagnostic, severity=Severity[level.upper()])
