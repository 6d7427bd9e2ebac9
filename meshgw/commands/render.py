"""`meshgw render`: the Envoy configuration that Consul would serve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from meshgw.commands.console import FINDINGS, OK, Console, UsageError
from meshgw.loading.options import LoadOptions

if TYPE_CHECKING:
    from meshgw.commands.rendering import Rendered, Target
    from meshgw.loading.model import Loaded
    from meshgw.mesh.model import Instance, Mesh


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """The options of the command. `bootstrap` are those of `consul connect envoy`, by their names there."""

    paths: tuple[str, ...] = (".",)
    load: LoadOptions
    names: tuple[str, ...] = ()
    output: str | None = None
    target: str = "xds"
    check: bool = False
    list: bool = False
    why: bool = False
    validate: bool = False
    envoy_binary: str | None = None
    cert_dir: str = "certs"
    datacenter: str | None = None
    partition: str | None = None
    namespace: str | None = None
    node: str | None = None
    strict: bool = False
    bootstrap: dict[str, object] = field(default_factory=dict)


def render(options: RenderOptions, console: Console) -> int:
    """Render the chosen proxies; 1 when something stops one, or when `--check` finds a difference."""
    from meshgw.commands.rendering import render_all
    from meshgw.garbage import without_collection
    from meshgw.loading.load import load_tree
    from meshgw.loading.model import accepted_only
    from meshgw.mesh.build import build_mesh

    with without_collection():
        loaded = load_tree(options.paths, options.load)
        mesh = build_mesh(accepted_only(loaded))
    chosen = choose(mesh, options)
    if options.list:
        from meshgw.output.visible import not_first, visible

        console.write("".join(f"{not_first(visible(_listed(proxy)))}\n" for proxy in chosen))
        return OK
    if not options.output and len(chosen) != 1:
        raise UsageError(_which(chosen, options))
    if options.check and not options.output:
        raise UsageError("--check compares with a folder; name it with -o")
    if options.output:
        _refuse_inputs_folder(options.output, loaded)
    stopped = _mention_findings(loaded, mesh, options, console)
    rendered = render_all(mesh, chosen, _target(options, loaded))
    said: set[str] = set()
    for item in rendered:
        stopped = _mention_faults(item, options, console, said) or stopped
    if options.validate:
        stopped = _validate(rendered, options, console) or stopped
    differs = _deliver(mesh, rendered, options, console)
    return FINDINGS if stopped or differs else OK


def _refuse_inputs_folder(output: str, loaded: Loaded) -> None:
    """A folder that `render` wrote is never read as input again. Raises `UsageError` for one with input."""
    out = Path(output).resolve()
    for folder, name in {Path(item.name).parent: item.name for item in loaded.documents}.items():
        place = folder.resolve()
        if (place == out or out in place.parents) and Path(name).is_file():
            raise UsageError(f"`{output}` holds `{name}`, which is input; choose another folder")


def choose(mesh: Mesh, options: RenderOptions) -> Sequence[Instance]:
    """The proxies that are meant. Raises `UsageError` for a name that none has."""
    proxies = [proxy for proxy in mesh.proxies if _fits(proxy, options)]
    if not options.names:
        return proxies
    found: list[Instance] = []
    for name in options.names:
        named = [proxy for proxy in proxies if name in _names(proxy)]
        if not named:
            raise UsageError(_unknown(name, proxies))
        found.extend(proxy for proxy in named if proxy not in found)
    return found


def _fits(proxy: Instance, options: RenderOptions) -> bool:
    wanted = (options.datacenter, options.partition, options.namespace, options.node)
    actual = (proxy.datacenter, proxy.partition, proxy.namespace, proxy.node.name)
    return all(word is None or word == value for word, value in zip(wanted, actual, strict=True))


def _names(proxy: Instance) -> set[str]:
    """A proxy id, the id of its service, or a service name."""
    service = proxy.service
    names = {service.id, service.name}
    if service.is_proxy:
        names |= {proxy.destination, service.proxy.destination_service_id}
    return names - {""}


def _unknown(name: str, proxies: Sequence[Instance]) -> str:
    from meshgw.schema.suggest import nearest

    close = nearest(name, sorted({word for proxy in proxies for word in _names(proxy)}))
    return f"no proxy is called `{name}`" + (f"; did you mean `{close}`?" if close else "; see --list")


def _which(chosen: Sequence[Instance], options: RenderOptions) -> str:
    if not chosen:
        return "the tree has no proxy to render"
    listed = ", ".join(_listed(proxy) for proxy in chosen[:10])
    if options.names:
        return f"several proxies fit: {listed}; choose with --datacenter, --partition, --namespace or --node"
    return f"name one proxy, or write all with -o DIR: {listed}"


def _listed(proxy: Instance) -> str:
    place = f"{proxy.datacenter}/{proxy.partition}/{proxy.namespace}"
    return f"{place}/{proxy.service.id} ({proxy.service.kind}) on {proxy.node.name}"


def _target(options: RenderOptions, loaded: Loaded) -> Target:
    from meshgw.commands.rendering import Target
    from meshgw.envoy.bootstrap_input import BootstrapOptions

    return Target(
        name=options.target,
        cert_dir=options.cert_dir,
        out=options.output or "",
        bootstrap=BootstrapOptions(**options.bootstrap),  # type: ignore[arg-type]
        environment=loaded.project.environment,
    )


def _mention_findings(loaded: Loaded, mesh: Mesh, options: RenderOptions, console: Console) -> bool:
    """One line about what `validate` would show; what Consul refuses stops what it touches."""
    from meshgw.analysis.validate import validate_tree
    from meshgw.diagnostics.model import Severity

    if options.strict and mesh.assumptions:
        for text in mesh.assumptions:
            console.complain(f"assumed: {text}")
        return True
    report = validate_tree(loaded)
    counts = [
        f"{report.count(severity)} {severity.word}{'s' if report.count(severity) != 1 else ''}"
        for severity in sorted(Severity, reverse=True)
        if report.count(severity)
    ]
    if counts:
        console.complain(f"{', '.join(counts)} found; see meshgw validate")
    for found in report.diagnostics:
        if found.refused:
            console.complain(f"refused by Consul: {found.location or ''} {found.message}")
    return not report.accepted


def _mention_faults(item: Rendered, options: RenderOptions, console: Console, said: set[str]) -> bool:
    """Faults of one proxy; whether it is stopped by them. What is merely assumed is said once."""
    from meshgw.commands.rendering import errors
    from meshgw.diagnostics.model import Severity

    for fault in item.faults:
        if fault.severity is Severity.INFO:
            if options.target == "xds" and fault.message not in said:
                said.add(fault.message)
                console.complain(fault.message)
            continue
        resource = f" ({fault.resource[0]} `{fault.resource[1]}`)" if fault.resource else ""
        console.complain(
            f"{item.instance.service.id}: {fault.severity.word}[{fault.rule}] {fault.message}{resource}"
        )
        if fault.help:
            console.complain(f"  help: {fault.help}")
    return item.proxy is None or bool(errors(item.faults))


def _validate(rendered: list[Rendered], options: RenderOptions, console: Console) -> bool:
    """Load each result in a real Envoy; whether one is refused."""
    from meshgw.envoy.validate import find_envoy, validate

    if options.target == "xds":
        raise UsageError("--validate needs --target static or files: Envoy cannot load resources alone")
    binary = find_envoy(options.envoy_binary or "")
    if binary is None:
        raise UsageError("no Envoy was found; name one with --envoy-binary")
    refused = False
    for item in rendered:
        if item.proxy is not None:
            verdict = validate(binary, item.standalone or item.proxy.files["envoy.json"])
            if not verdict.accepted:
                refused = True
                for line in verdict.reason.split("\n"):
                    console.complain(f"{item.instance.service.id}: Envoy refuses it: {line}")
    return refused


def _deliver(mesh: Mesh, rendered: list[Rendered], options: RenderOptions, console: Console) -> bool:
    """Print, write or compare; whether `--check` found a difference."""
    from meshgw.commands.rendering import folder_names
    from meshgw.output.tree import (
        OutputError,
        check_tree,
        json_text,
        keep_others,
        rendered_tree,
        write_tree,
    )
    from meshgw.output.visible import shown_json

    made = [item.proxy for item in rendered if item.proxy is not None]
    if options.why:
        console.write("".join(_why(item) for item in rendered))
        return False
    if options.output is None:
        for proxy in made:
            console.write(shown_json(json_text(dict(proxy.files))))
        return False
    out = Path(options.output)
    files = rendered_tree(made, folder_names(mesh), target=options.target, cert_dir=options.cert_dir)
    try:
        if options.names or len(made) < len(rendered):
            files = keep_others(out, files)
        if options.check:
            diff = check_tree(out, files)
            console.write(diff)
            return bool(diff)
        written = write_tree(out, files)
    except OutputError as fault:
        raise UsageError(f"`{options.output}`: {fault}") from fault
    except OSError as fault:
        raise UsageError(f"cannot write `{fault.filename or options.output}`: {fault.strerror}") from fault
    proxies = "1 proxy" if len(made) == 1 else f"{len(made)} proxies"
    files_written = f"{len(written.changed)} files written, {len(written.removed)} removed"
    console.err.write(f"{proxies} in {options.output}: {files_written}\n")
    return False


def _why(item: Rendered) -> str:
    """Each resource with the input that it comes from."""
    from meshgw.output.visible import not_first, visible

    lines = [not_first(visible(item.instance.service.id)) + "\n"]
    for (kind, name), origin in item.resources.origins.items():
        where = f"  {origin.location}" if origin.location is not None else ""
        lines.append(visible(f"  {kind[:-1]} {name}: {origin.text}{where}") + "\n")
    return "".join(lines)
