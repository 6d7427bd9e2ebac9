"""The public API: what the commands themselves use, from Python (product.md 6)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, get_args

from meshgw.profile import CONSUL_VERSIONS, Edition, EntryPath, Profile

if TYPE_CHECKING:
    from meshgw.analysis.report import ValidationReport
    from meshgw.diagnostics.model import Diagnostic
    from meshgw.loading.model import Loaded
    from meshgw.mesh.model import Mesh
    from meshgw.resolve.layers import Resolved
    from meshgw.snapshot.calls import Call
    from meshgw.snapshot.path import Hop

SERVICE_PATHS = frozenset({"agent", "register", "catalog"})
TARGETS: Final = ("xds", "static", "files")


class MeshgwError(Exception):
    """A request that cannot be answered: an unknown name, a proxy that cannot be rendered."""


@dataclass(frozen=True, eq=False)
class Tree:
    """A tree that was read. `diagnostics` are the findings about single inputs."""

    loaded: Loaded

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The findings about single inputs, without secrets in their texts."""
        from meshgw.output.masking import masked_findings

        return masked_findings(self.loaded.diagnostics)

    @property
    def edition(self) -> Edition:
        return self.loaded.profile.edition

    @cached_property
    def mesh(self) -> Mesh:
        """The index of everything that Consul accepts."""
        from meshgw.loading.model import accepted_only
        from meshgw.mesh.build import build_mesh

        return build_mesh(accepted_only(self.loaded))


def load(
    *paths: str | os.PathLike[str],
    edition: Edition | None = None,
    consul_version: str | None = None,
    project: Mapping[str, Any] | None = None,
    datacenter: str | None = None,
    partition: str | None = None,
    namespace: str | None = None,
) -> Tree:
    """Read files and folders as one tree; bad input becomes `tree.diagnostics`.

    `project` is the content of a project file, in place of one that would be looked for. Raises
    `OSError` for paths that are not there and `ValueError` for a bad `project` or option.
    """
    _known_words(edition=edition, consul_version=consul_version)
    from meshgw.loading.find import UnreadableError
    from meshgw.loading.load import load_tree
    from meshgw.loading.options import LoadOptions

    options = LoadOptions(
        edition=edition,
        consul_version=consul_version,
        project=project,
        datacenter=datacenter,
        partition=partition,
        namespace=namespace,
    )
    try:
        return Tree(load_tree(tuple(os.fspath(path) for path in paths) or (".",), options))
    except UnreadableError as fault:
        if project is not None and str(fault).startswith("project:"):
            raise ValueError(str(fault)) from fault
        raise OSError(str(fault)) from fault


def validate(tree: Tree, *, strict: bool = False) -> ValidationReport:
    """All findings about a tree, alone and together."""
    from meshgw.analysis.validate import validate_tree
    from meshgw.output.masking import masked

    return masked(validate_tree(tree.loaded, strict=strict))


@dataclass(frozen=True, slots=True)
class TextReport:
    """What Consul answers to one text. `accepted` and refusals are what the entry path itself answers."""

    accepted: bool
    diagnostics: tuple[Diagnostic, ...] = field(default=())


def validate_text(
    text: str,
    *,
    name: str = "input.hcl",
    edition: Edition = "community",
    entry_path: EntryPath | None = None,
    setup: Sequence[str] = (),
    consul_version: str = "1.22",
) -> TextReport:
    """Judge one input as Consul would on an entry path; `setup` are entries (JSON) stored before.

    Without an `entry_path` a text with `service` or `services` is judged as `agent`, any other text
    as `cli`. For `http` a text with a `Kind` of config entries is one, any other a service. Raises
    `ValueError` for an edition, entry path or version that there is not.
    """
    entry_path = _default_path(text, name) if entry_path is None else entry_path
    profile = _profile(edition, entry_path, consul_version)
    if entry_path in SERVICE_PATHS or (entry_path == "http" and not _is_entry(text)):
        from meshgw.loading.service_texts import judge_service_text

        judged = judge_service_text(text, name, profile)
        return _text_report(judged.diagnostics, accepted=judged.accepted)
    if entry_path in ("cli", "http"):
        return _sequence([(name, text)], profile, setup)[0]
    from meshgw.loading.texts import judge_entry_text

    found = judge_entry_text(text, name, profile)
    return _text_report(found.diagnostics, accepted=found.accepted)


def _text_report(found: Iterable[Diagnostic], *, accepted: bool) -> TextReport:
    from meshgw.output.masking import masked_findings

    return TextReport(accepted, masked_findings(found))


def validate_sequence(
    texts: Iterable[str],
    *,
    edition: Edition = "community",
    entry_path: EntryPath = "cli",
    consul_version: str = "1.22",
    setup: Sequence[str] = (),
) -> list[TextReport]:
    """A report for each of some config entries, written one after another into an empty store."""
    return _sequence(texts, _profile(edition, entry_path, consul_version), setup)


def _sequence(
    texts: Iterable[str | tuple[str, str]], profile: Profile, setup: Sequence[str]
) -> list[TextReport]:
    from meshgw.analysis.sequence import judge_sequence

    return [
        _text_report(judged.diagnostics, accepted=judged.accepted)
        for judged in judge_sequence(texts, profile, setup=tuple(setup))
    ]


def _profile(edition: Edition, entry_path: EntryPath, consul_version: str) -> Profile:
    _known_words(edition=edition, entry_path=entry_path, consul_version=consul_version)
    major, _, minor = consul_version.partition(".")
    return Profile(edition=edition, entry_path=entry_path, consul_version=(int(major), int(minor)))


_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "edition": get_args(Edition),
    "entry_path": get_args(EntryPath),
    "consul_version": CONSUL_VERSIONS,
    "target": TARGETS,
}


def _known_words(**given: str | None) -> None:
    """Refuse a word that would silently be taken for another."""
    for what, word in given.items():
        if word is not None and word not in _WORDS[what]:
            raise ValueError(f"{what}: `{word}` is none of {', '.join(_WORDS[what])}")


def _default_path(text: str, name: str) -> EntryPath:
    """How a text reaches Consul when nobody says."""
    from meshgw.loading.texts import read_entry_text

    value = read_entry_text(text, name, Profile()).value
    keys = {key.lower() for key in value} if isinstance(value, dict) else set()
    return "agent" if keys & {"service", "services"} and "kind" not in keys else "cli"


def _is_entry(text: str) -> bool:
    """Whether a body is a config entry: it has a `Kind` that is no kind of service alone."""
    from meshgw.loading.classify import role_of
    from meshgw.source.json import read_json

    value = read_json(text, "body", trailing=True).value
    return not isinstance(value, dict) or role_of(value, "json", frozenset()) in ("entry", "other")


@dataclass(frozen=True, eq=False)
class ExplainedCall:
    """One call: the mode with every place that was asked, the path, and whether it works."""

    call: Call

    @property
    def mode(self) -> Resolved[str]:
        return self.call.mode

    @property
    def hops(self) -> tuple[Hop, ...]:
        return self.call.path.hops

    @property
    def sni(self) -> str:
        return self.call.target.target.sni

    @property
    def works(self) -> bool:
        return self.call.works

    @property
    def broken(self) -> str | None:
        """Why the path ends before its destination."""
        return self.call.path.broken.message if self.call.path.broken is not None else None

    def as_dict(self) -> dict[str, Any]:
        """What `meshgw explain --format json` shows of the call."""
        from meshgw.output.explain import call_object

        return call_object(self.call)


def explain(tree: Tree, service: str, upstream: str) -> ExplainedCall:
    """Explain one call. Raises `MeshgwError` for names that the tree has not, or has several times."""
    found = explain_all(tree, service, upstream)
    if len(found) > 1:
        raise MeshgwError(f"{service} → {upstream} means several targets; use explain_all")
    return found[0]


def explain_all(tree: Tree, *names: str) -> list[ExplainedCall]:
    """Explain the calls of a tree, of a service, or of one upstream with several targets."""
    from meshgw.commands.console import UsageError
    from meshgw.commands.explain import select_calls
    from meshgw.snapshot.calls import Calls

    try:
        return [ExplainedCall(call) for call in select_calls(Calls(tree.mesh), names)]
    except UsageError as fault:
        raise MeshgwError(str(fault)) from fault


def render(
    tree: Tree,
    name: str,
    *,
    target: str = "xds",
    datacenter: str | None = None,
    partition: str | None = None,
    namespace: str | None = None,
    node: str | None = None,
    cert_dir: str = "certs",
    bootstrap: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The files of one proxy, file name → content.

    Raises `MeshgwError` when it cannot be rendered and `ValueError` for a target that there is not.
    `bootstrap` are options of `consul connect envoy` that change a bootstrap, such as
    `{"grpc_addr": "127.0.0.1:8502"}`.
    """
    from meshgw.commands.console import UsageError
    from meshgw.commands.render import RenderOptions, choose
    from meshgw.commands.rendering import Target, render_all
    from meshgw.envoy.bootstrap_input import BootstrapOptions
    from meshgw.loading.options import LoadOptions

    _known_words(target=target)
    options = RenderOptions(
        load=LoadOptions(),
        names=(name,),
        datacenter=datacenter,
        partition=partition,
        namespace=namespace,
        node=node,
    )
    try:
        chosen = choose(tree.mesh, options)
    except UsageError as fault:
        raise MeshgwError(str(fault)) from fault
    if len(chosen) != 1:
        raise MeshgwError(
            f"{len(chosen)} proxies fit `{name}`; choose by datacenter, partition, namespace, node"
        )
    wanted = Target(
        name=target,
        cert_dir=cert_dir,
        bootstrap=BootstrapOptions(**(bootstrap or {})),
        environment=tree.loaded.project.environment,
    )
    (rendered,) = render_all(tree.mesh, chosen, wanted)
    if rendered.proxy is None:
        raise MeshgwError("; ".join(fault.message for fault in rendered.faults))
    files: dict[str, Any] = json.loads(json.dumps(dict(rendered.proxy.files)))
    return files
