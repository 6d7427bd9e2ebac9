"""`meshgw explain`: which place wins, the path that a call then takes, and who calls whom."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from meshgw.analysis.exposures import Exposure
from meshgw.commands.console import FINDINGS, OK, Console, UsageError
from meshgw.commands.selecting import (
    means_upstream,
    select_broken,
    select_callers,
    select_calls,
    select_service,
)
from meshgw.loading.model import Loaded
from meshgw.loading.options import LoadOptions
from meshgw.output.graph import Graph
from meshgw.output.text import Paint, coloured, plain
from meshgw.snapshot.calls import Call, Calls
from meshgw.snapshot.model import ChainUpstream, SidecarSnapshot, SnapshotFault

__all__ = ["ExplainOptions", "explain", "select_calls"]

Broken: TypeAlias = tuple[SidecarSnapshot, SnapshotFault]
"""An upstream that gets nothing, with its sidecar."""

LIST = "list"
GRAPHS = ("mermaid", "dot")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainOptions:
    """The options of the command; `names` are a caller and one of its upstreams, or fewer.

    `setting` is a setting's name, or `list`; without one calls are explained. `file` is a file of the
    tree whose effects are explained instead.
    """

    paths: tuple[str, ...] = (".",)
    load: LoadOptions
    names: tuple[str, ...] = ()
    setting: str | None = None
    file: str | None = None
    format: str = "text"
    strict: bool = False


def explain(options: ExplainOptions, console: Console) -> int:
    """Explain calls, settings or a file; a call that must fail is explained too (exit 0)."""
    from meshgw.loading.load import load_tree
    from meshgw.loading.model import accepted_only
    from meshgw.mesh.build import build_mesh

    if options.setting == LIST:
        return _list_settings(options, console)
    loaded = load_tree(options.paths, options.load)
    _complain_about_refused(loaded, console)
    loaded = accepted_only(loaded)
    mesh = build_mesh(loaded)
    if options.strict and mesh.assumptions:
        for text in mesh.assumptions:
            console.complain(f"assumed: {text}")
        return FINDINGS
    console.write(_explained(options, loaded, Calls(mesh), console))
    if options.format == "text":
        for text in mesh.assumptions:
            console.write(f"assumed: {text}\n")
    return OK


def _explained(options: ExplainOptions, loaded: Loaded, calls: Calls, console: Console) -> str:
    if options.file is not None or options.setting is not None:
        if options.format in GRAPHS:
            raise UsageError(f"--format {options.format} draws calls; settings and files have text and json")
        return _of_file_or_setting(options, loaded, calls, console)
    answer = _answer(calls, options.names)
    if options.format == "json":
        return _calls_json(options, calls, answer)
    if options.format in GRAPHS:
        return _drawn(_graph(options, answer), options.format)
    return _calls_text(options, answer, console)


def _of_file_or_setting(options: ExplainOptions, loaded: Loaded, calls: Calls, console: Console) -> str:
    paint = _paint(console)
    if options.file is not None:
        from meshgw.commands.explain_file import explain_file

        return explain_file(options.file, loaded, calls, paint, as_json=options.format == "json")
    from meshgw.commands.explain_setting import explain_setting

    assert options.setting is not None
    as_json = options.format == "json"
    return explain_setting(options.setting, options.names, calls, paint, as_json=as_json)


def _paint(console: Console) -> Paint:
    return coloured if console.colours(console.out) else plain


def _list_settings(options: ExplainOptions, console: Console) -> int:
    from meshgw.output.explain_setting import setting_list, setting_list_object

    console.write(_document(settings=setting_list_object()) if options.format == "json" else setting_list())
    return OK


def _complain_about_refused(loaded: Loaded, console: Console) -> None:
    """Inputs that Consul refuses are not part of what is explained: say so."""
    refused = [found for found in loaded.diagnostics if found.refused]
    if refused:
        files = len({found.location.document.name for found in refused if found.location})
        count = "1 finding" if len(refused) == 1 else f"{len(refused)} findings"
        places = "1 file" if files == 1 else f"{files} files"
        console.complain(
            f"{count} in {places} that Consul refuses; "
            "what Consul refuses does not count here (meshgw validate shows it)"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The calls that are made, the upstreams that get nothing, and, for a service alone, who reaches it."""

    made: Sequence[Call]
    broken: Sequence[Broken] = ()
    received: Sequence[Call] = ()
    exposed: Sequence[Exposure] = ()


def _answer(calls: Calls, names: tuple[str, ...]) -> Answer:
    broken = select_broken(calls, names)
    if len(names) == 1:
        return _about_service(calls, names[0], broken)
    if len(names) == 2 and broken:
        # An upstream that is broken has no calls, and its name is no mistake.
        callers = select_callers(calls, names[0])
        found = [call for snapshot in callers for call in calls.of(snapshot)]
        made = [call for call in found if means_upstream(call.upstream.envoy_id, names[1])]
        return Answer(made=made, broken=broken)
    return Answer(made=select_calls(calls, names), broken=broken)


def _about_service(calls: Calls, name: str, broken: Sequence[Broken]) -> Answer:
    from meshgw.analysis.exposures import exposures
    from meshgw.snapshot.sidecar import destination_of

    callers, received = select_service(calls, name)
    keys = {destination_of(snapshot.instance) for snapshot in callers} or {call.service for call in received}
    return Answer(
        made=[call for snapshot in callers for call in calls.of(snapshot)],
        broken=broken,
        received=received,
        exposed=[found for key in sorted(keys) for found in exposures(calls.mesh, key)],
    )


def _chains(calls: Iterable[Call]) -> list[tuple[Call, ChainUpstream]]:
    """The discovery chains of calls, each once, with the first call that uses it."""
    found: dict[tuple[Any, ...], tuple[Call, ChainUpstream]] = {}
    for call in calls:
        if isinstance(call.upstream, ChainUpstream):
            found.setdefault((*call.caller.identity, call.upstream.envoy_id), (call, call.upstream))
    return list(found.values())


def _calls_text(options: ExplainOptions, answer: Answer, console: Console) -> str:
    from meshgw.output.explain import overview_text, render_call
    from meshgw.output.explain_faults import faults_text

    paint = _paint(console)
    failed = [faults_text(answer.broken, paint)] if answer.broken else []
    if not options.names:
        overview = [overview_text(answer.made, paint)] if answer.made or not failed else []
        return "\n".join(overview + failed)
    blocks = [render_call(call, paint) for call in answer.made] + failed
    blocks += [
        _chain_text(upstream, console) for _, upstream in _chains(answer.made) if not upstream.chain.default
    ]
    if len(options.names) == 1:
        if not blocks:
            blocks.append(f"{options.names[0]} has no upstreams in the tree\n")
        blocks.extend(_reached_text(answer, paint))
    return "\n".join(blocks)


def _reached_text(answer: Answer, paint: Paint) -> Iterator[str]:
    from meshgw.output.explain_callers import callers_text, exposures_text

    yield callers_text(answer.received, paint)
    if answer.exposed:
        yield exposures_text(answer.exposed)


def _chain_text(upstream: ChainUpstream, console: Console) -> str:
    """The tree of a chain: by `rich` on a terminal, as plain text elsewhere."""
    from meshgw.output.branches import branch_lines, drawn
    from meshgw.output.explain_chain import chain_tree

    tree = chain_tree(upstream)
    if console.colours(console.out):
        return drawn(tree)
    return "\n".join(branch_lines(tree)) + "\n"


def _graph(options: ExplainOptions, answer: Answer) -> Graph:
    """Of a tree who calls whom; of a service its chains."""
    from meshgw.output.explain_callers import callers_graph
    from meshgw.output.explain_chain import chain_graph
    from meshgw.output.graph import joined

    if not options.names:
        return callers_graph(answer.made)
    chains = [chain_graph(upstream, call.caller.service.id) for call, upstream in _chains(answer.made)]
    return joined([*chains, callers_graph(answer.received)])


def _drawn(graph: Graph, format_: str) -> str:
    if format_ == "mermaid":
        from meshgw.output.mermaid import render_mermaid

        return render_mermaid(graph)
    from meshgw.output.dot import render_dot

    return render_dot(graph)


def _calls_json(options: ExplainOptions, calls: Calls, answer: Answer) -> str:
    from meshgw.output.explain import call_object
    from meshgw.output.explain_callers import caller_objects, exposure_objects
    from meshgw.output.explain_chain import chain_object
    from meshgw.output.explain_faults import fault_objects

    parts: dict[str, Any] = {
        "assumed": list(calls.mesh.assumptions),
        "calls": [call_object(call) for call in answer.made],
        "broken": fault_objects(answer.broken),
    }
    if options.names:
        parts["chains"] = [
            {"caller": call.caller.service.id, **chain_object(upstream)}
            for call, upstream in _chains(answer.made)
        ]
    if len(options.names) == 1:
        parts["called_by"] = caller_objects(answer.received)
        parts["reached_through"] = exposure_objects(answer.exposed)
    return _document(**parts)


def _document(**parts: Any) -> str:
    return json.dumps(parts, indent=2, ensure_ascii=False) + "\n"
