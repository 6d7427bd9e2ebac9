"""One text, judged as Consul would on the profile's entry path (config-entries.md 1.1, 1.2)."""

from __future__ import annotations

from dataclasses import dataclass

from meshgw.diagnostics.model import Diagnostic
from meshgw.entries.base import Entry
from meshgw.entries.judge import Tenancy, judge_entry
from meshgw.loading.bootstrap import judge_bootstrap
from meshgw.loading.document_rules import document_findings
from meshgw.loading.syntax import syntax_findings
from meshgw.profile import Profile
from meshgw.source.document import Document
from meshgw.source.hcl1 import read_hcl
from meshgw.source.json import read_json

_SPACE = " \t\n\v\f\r\x85\xa0"


@dataclass(frozen=True, slots=True)
class TextJudgement:
    """The entries that could be decoded, and what was found."""

    entries: tuple[Entry, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def accepted(self) -> bool:
        """Whether Consul takes the text by itself."""
        return not any(found.refused for found in self.diagnostics)


def read_entry_text(text: str, name: str, profile: Profile) -> Document:
    """Read a text in the syntax of the profile's entry path.

    `cli` tells HCL and JSON apart by the first character, `http` reads the first JSON value of the
    body, `bootstrap` goes by the extension of `name`.
    """
    match profile.entry_path:
        case "http":
            return read_json(text, name, trailing=True)
        case "bootstrap":
            return read_json(text, name) if name.endswith(".json") else read_hcl(text, name)
        case _:
            is_json = text.lstrip(_SPACE).startswith("{")
            return read_json(text, name) if is_json else read_hcl(text, name)


def judge_entry_text(
    text: str, name: str, profile: Profile, *, tenancy: Tenancy | None = None
) -> TextJudgement:
    """Judge the config entries of a text: one for `cli` and `http`, any number for `bootstrap` and `crd`."""
    if profile.entry_path == "crd":
        return _judge_resources(text, name, profile, tenancy)
    document = read_entry_text(text, name, profile)
    if document.fault is not None:
        return TextJudgement((), syntax_findings(document, profile))
    odd = document_findings(document, profile)
    if profile.entry_path != "bootstrap":
        judged = judge_entry(document.value, document, profile, tenancy=tenancy)
        return TextJudgement(() if judged.entry is None else (judged.entry,), judged.diagnostics + odd)
    judgements = judge_bootstrap(document, profile, tenancy)
    return TextJudgement(
        tuple(judged.entry for judged in judgements if judged.entry is not None),
        (*(found for judged in judgements for found in judged.diagnostics), *odd),
    )


def _judge_resources(text: str, name: str, profile: Profile, tenancy: Tenancy | None) -> TextJudgement:
    """Judge the Kubernetes resources of a text, JSON or a stream of YAML, as one cluster would."""
    from meshgw.loading.kubernetes import ResourceJudgement, judge_resources, judge_together
    from meshgw.loading.project import KubernetesSetting
    from meshgw.source.yaml import read_yaml

    operator = KubernetesSetting()
    is_json = text.lstrip(_SPACE).startswith("{")
    documents = [read_json(text, name)] if is_json else read_yaml(text, name)
    found: list[Diagnostic] = []
    judgements: list[ResourceJudgement] = []
    for document in documents:
        if document.fault is not None:
            found.extend(syntax_findings(document, profile))
            continue
        judged = judge_resources(document, profile, operator, tenancy)
        judgements.extend(judged)
        found.extend(finding for one in judged for finding in one.diagnostics)
    resources = [judged.resource for judged in judgements if judged.resource is not None]
    found.extend(judge_together(resources, profile, operator))
    return TextJudgement(
        tuple(judged.entry for judged in judgements if judged.entry is not None), tuple(found)
    )
