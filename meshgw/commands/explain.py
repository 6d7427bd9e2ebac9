"""`meshgw explain`: which place wins, and the path that a call then takes."""

from __future__ import annotations

import json
from dataclasses import dataclass

from meshgw.commands.console import FINDINGS, OK, Console, UsageError
from meshgw.loading.options import LoadOptions
from meshgw.mesh.model import Instance
from meshgw.snapshot.calls import Call, Calls

MODE = "mesh_gateway.mode"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainOptions:
    """The options of the command; `names` are a caller and one of its upstreams, or fewer."""

    paths: tuple[str, ...] = (".",)
    load: LoadOptions
    names: tuple[str, ...] = ()
    setting: str = MODE
    format: str = "text"
    strict: bool = False


def explain(options: ExplainOptions, console: Console) -> int:
    """Explain calls; one that must fail is explained too (exit 0)."""
    from meshgw.loading.load import load_tree
    from meshgw.loading.model import accepted_only
    from meshgw.mesh.build import build_mesh
    from meshgw.output.explain import call_object, overview_text, render_call
    from meshgw.output.text import coloured, plain

    loaded = load_tree(options.paths, options.load)
    _complain_about_refused(loaded, console)
    mesh = build_mesh(accepted_only(loaded))
    if options.strict and mesh.assumptions:
        for text in mesh.assumptions:
            console.complain(f"assumed: {text}")
        return FINDINGS
    calls = Calls(mesh)
    chosen = select_calls(calls, options.names)
    if options.format == "json":
        document = {"assumed": list(mesh.assumptions), "calls": [call_object(call) for call in chosen]}
        console.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        return OK
    paint = coloured if console.colours(console.out) else plain
    if not options.names:
        console.write(overview_text(chosen, paint))
    else:
        console.write("\n".join(render_call(call, paint) for call in chosen))
    for text in mesh.assumptions:
        console.write(f"assumed: {text}\n")
    return OK


def _complain_about_refused(loaded: object, console: Console) -> None:
    """Inputs that Consul refuses are not part of what is explained: say so."""
    refused = [found for found in getattr(loaded, "diagnostics", ()) if found.refused]
    if refused:
        files = len({found.location.document.name for found in refused if found.location})
        console.complain(
            f"{len(refused)} findings in {files} files that Consul refuses; "
            "what they say does not count here (meshgw validate shows them)"
        )


def select_calls(calls: Calls, names: tuple[str, ...]) -> list[Call]:
    """The calls that the user means. Raises `UsageError` with the nearest names for unknown ones."""
    if not names:
        return list(calls.all)
    callers = [snapshot for snapshot in calls.snapshots if _is(snapshot.instance, names[0])]
    if not callers:
        raise UsageError(_unknown("service with a sidecar", names[0], _caller_names(calls)))
    tenancies = {(found.instance.partition, found.instance.namespace) for found in callers}
    if len(tenancies) > 1:
        listed = ", ".join(
            sorted(f"{partition}/{namespace}/{names[0]}" for partition, namespace in tenancies)
        )
        raise UsageError(f"`{names[0]}` is ambiguous: {listed}")
    found = [call for snapshot in callers for call in calls.of(snapshot)]
    if len(names) == 1:
        return found
    chosen = [call for call in found if _means(call, names[1])]
    if not chosen:
        known = [upstream.envoy_id for snapshot in callers for upstream in snapshot.upstreams]
        raise UsageError(_unknown(f"upstream of {names[0]}", names[1], known))
    return chosen


def _is(instance: Instance, name: str) -> bool:
    """Whether a sidecar is meant by a service name, service id, proxy id or PARTITION/NAMESPACE/NAME."""
    service = instance.service
    parent = service.parent.id if service.parent is not None else service.proxy.destination_service_id
    plain = {instance.destination, service.id, parent, service.name}
    return name in plain or name in {
        f"{instance.partition}/{instance.namespace}/{word}" for word in plain if word
    }


def _means(call: Call, name: str) -> bool:
    key = call.upstream.key
    return name in {
        call.upstream.envoy_id,
        key.name,
        f"{key.partition}/{key.namespace}/{key.name}",
        f"{key.namespace}/{key.name}",
    }


def _caller_names(calls: Calls) -> list[str]:
    return sorted({snapshot.instance.destination for snapshot in calls.snapshots})


def _unknown(what: str, name: str, known: list[str]) -> str:
    from meshgw.schema.suggest import nearest

    close = nearest(name, known)
    listed = f"did you mean `{close}`?" if close else f"there are: {', '.join(known[:20]) or 'none'}"
    return f"no {what} is called `{name}`; {listed}"
