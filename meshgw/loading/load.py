"""Reading a tree: find, read, settle edition and agents, then decode and judge each input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from meshgw.diagnostics.model import Diagnostic
from meshgw.garbage import without_collection
from meshgw.loading.decoding import Decoding
from meshgw.loading.edition import enterprise_reason
from meshgw.loading.file_rules import project_findings
from meshgw.loading.find import FoundFile, UnreadableError, find_files, find_project, shown_path
from meshgw.loading.model import Loaded
from meshgw.loading.options import LoadOptions, Step, silent
from meshgw.loading.project import Project, make_project, project_faults, with_words
from meshgw.loading.read import ReadDocument, SkippedFile, read_file
from meshgw.profile import Edition, Profile
from meshgw.source.text import decode


@without_collection()
def load_tree(paths: tuple[str, ...], options: LoadOptions, step: Step = silent) -> Loaded:
    """Read a tree. Bad input becomes diagnostics; raises `UnreadableError` for paths that are not there.

    `step` hears of progress.
    """
    project, diagnostics = _project(paths, options)
    step("finding files", 0)
    files = _files(paths, project, options)
    read = []
    for number, (file, data) in enumerate(files):
        step("reading files", len(files), number)
        read += read_file(file, data)
    documents = [item for item in read if isinstance(item, ReadDocument)]
    edition, reason = _edition(documents, project, options)
    profile = _profile(project, options, edition)
    decoding = Decoding(project=project, options=options, profile=profile, diagnostics=diagnostics, step=step)
    decoding.skip(item for item in read if isinstance(item, SkippedFile))
    decoding.decode(documents)
    return Loaded(
        project=project,
        profile=profile,
        edition_reason=reason,
        entries=tuple(decoding.entries),
        services=tuple(decoding.services),
        agents=decoding.agents.all if decoding.agents is not None else (),
        queries=tuple(decoding.queries),
        diagnostics=tuple(decoding.diagnostics),
        inputs=tuple(decoding.inputs),
        skipped=tuple(decoding.skipped),
        files=len(files),
        documents=tuple(item.document for item in documents),
    )


def _project(paths: tuple[str, ...], options: LoadOptions) -> tuple[Project, list[Diagnostic]]:
    """The project file that applies, or the content that stands for one."""
    if options.project is not None:
        faults = project_faults(options.project)
        if faults:
            raise UnreadableError(f"project: {faults[0].message} at {'.'.join(map(str, faults[0].path))}")
        return make_project(options.project, None, _common_folder(paths)), []
    found = [Path(options.project_file)] if options.project_file else find_project(paths)
    if len(found) > 1:
        raise UnreadableError(
            f"two project files apply: `{found[0]}` and `{found[1]}`; choose with --project"
        )
    if not found:
        return Project(folder=_common_folder(paths)), []
    return _read_project(found[0])


def _common_folder(paths: tuple[str, ...]) -> str:
    """Without a project file, patterns and order are relative to the folder given."""
    if len(paths) == 1 and Path(paths[0]).is_dir():
        return paths[0]
    return "."


def _read_project(path: Path) -> tuple[Project, list[Diagnostic]]:
    from meshgw.source.yaml import read_yaml

    try:
        text, fault = decode(path.read_bytes())
    except OSError as error:
        raise UnreadableError(f"`{shown_path(path)}`: {error.strerror}") from error
    documents = [] if fault else read_yaml(text, shown_path(path))
    folder = str(path.parent)
    if not documents and fault is None:
        return Project(folder=folder), []
    if fault is not None or len(documents) > 1 or documents[0].fault is not None:
        return Project(folder=folder), project_findings(documents[0] if documents else None, path, fault)
    document = documents[0]
    value: Any = with_words(document.value if document.value is not None else {})
    faults = project_faults(value)
    if faults:
        return Project(document=document, folder=folder), project_findings(document, path, None, faults)
    return make_project(value, document, folder), []


def _files(paths: tuple[str, ...], project: Project, options: LoadOptions) -> list[tuple[FoundFile, bytes]]:
    folder = Path(project.folder)
    found = find_files(tuple(path for path in paths if path != "-"), folder, project.ignore)
    files = []
    for file in found:
        try:
            files.append((file, file.path.read_bytes()))
        except OSError as error:
            raise UnreadableError(f"`{file.shown}`: {error.strerror}") from error
    if "-" in paths:
        name = options.stdin_name
        stdin = FoundFile(Path(name), name, name, named=True)
        files.append((stdin, options.stdin))
    return files


def _edition(documents: list[ReadDocument], project: Project, options: LoadOptions) -> tuple[Edition, str]:
    """The edition, and which input decided it."""
    if options.edition is not None:
        return options.edition, "--edition"
    if project.edition is not None:
        return project.edition, "the project file"
    for given, word in ((options.partition, "--partition"), (options.namespace, "--namespace")):
        if given and given != "default":
            return "enterprise", word
    for item in documents:
        by_path = project.tenancy_of(item.file.relative)
        if {by_path.partition, by_path.namespace} - {"", "default"}:
            return "enterprise", f"the path of {item.file.shown}"
    reason = enterprise_reason(item.document for item in documents if item.document.fault is None)
    return ("enterprise", reason) if reason else ("community", "no partition or namespace is named")


def _profile(project: Project, options: LoadOptions, edition: Edition) -> Profile:
    version = project.consul_version
    if options.consul_version is not None:
        major, _, minor = options.consul_version.partition(".")
        version = (int(major), int(minor))
    relaxed = frozenset(rule for rule, level in project.rules.items() if level == "off")
    return Profile(
        edition=edition, entry_path=options.entry_path or "cli", consul_version=version, relaxed=relaxed
    )
