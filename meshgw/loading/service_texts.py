"""One text of service definitions, judged as Consul would on the profile's way in.

`agent` and `register` take agent files, HCL or JSON by the extension of the name; `http` and
`catalog` the body of a request, of which only the first JSON value is read. A list in the place of
a registration is a transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from meshgw.diagnostics.model import Diagnostic, Location, Part
from meshgw.diagnostics.rules import Report, rule
from meshgw.loading.bootstrap import judge_bootstrap
from meshgw.loading.document_rules import document_findings
from meshgw.loading.syntax import syntax_findings
from meshgw.loading.texts import TextJudgement
from meshgw.profile import Profile
from meshgw.services.judge import judge_body, judge_registration
from meshgw.services.judge_agent import judge_agent_document
from meshgw.services.places import service_path
from meshgw.services.transaction import judge_transaction
from meshgw.source.document import Document, Path
from meshgw.source.hcl1 import read_hcl
from meshgw.source.json import read_json


@rule("text-after-json", on="service", severity="warning")
def text_after_json(document: Document, report: Report) -> None:
    """Text after the end of the JSON in a body of the API.

    Consul reads the first value of a request and nothing after it. A bracket that closes too early
    loses the rest without a word. In files the same text is an error.

    Found (http):

        { "Name": "web", "Port": 8080 }, "Tags": ["v2"] }

    Accepted (http):

        { "Name": "web", "Port": 8080, "Tags": ["v2"] }
    """
    if document.trailing is not None:
        report("nothing reads what follows the end of the JSON value")


@dataclass(frozen=True)
class _Rest:
    """The text after the first value."""

    document: Document

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:  # noqa: ARG002
        return Location(self.document, exact=self.document.trailing)

    def at_source(self, source: Path, part: Part = "value") -> Location | None:
        return self.locate(source, part)


def read_service_text(text: str, name: str, profile: Profile) -> Document:
    """Read a text in the syntax of the profile's way in."""
    path = service_path(profile)
    if path in ("http", "catalog"):
        any_value = text.strip() == "null" or (path == "catalog" and text.lstrip().startswith("["))
        return read_json(text, name, trailing=True, any_value=any_value, exact=True)
    if name.endswith(".json"):
        return read_json(text or "{}", name)  # an empty file is nothing, white space a fault
    return read_hcl(text, name)


def judge_service_text(text: str, name: str, profile: Profile) -> TextJudgement:
    """Judge the service definitions of a text, and the config entries of an agent file."""
    document = read_service_text(text, name, profile)
    if document.fault is not None:
        return TextJudgement((), syntax_findings(document, profile))
    about = document_findings(document, profile)
    match service_path(profile):
        case "http":
            found = judge_body(document, profile).diagnostics
        case "catalog" if isinstance(document.value, list):
            found = judge_transaction(document, profile).diagnostics
        case "catalog":
            found = judge_registration(document, profile).diagnostics
        case _:
            return _judge_agent_text(document, profile, about)
    return TextJudgement((), (*found, *about, *rest_findings(document, profile)))


def rest_findings(document: Document, profile: Profile) -> tuple[Diagnostic, ...]:
    """What follows the JSON of a body."""
    report = Report(document, _Rest(document), profile, title=document.name)
    report.run(text_after_json, document)
    return tuple(report.diagnostics)


def _judge_agent_text(document: Document, profile: Profile, about: tuple[Diagnostic, ...]) -> TextJudgement:
    agent = judge_agent_document(document, profile)
    if any(key.lower() == "config_entries" for key in document.value):
        entries = judge_bootstrap(document, profile)
        return TextJudgement(
            tuple(judged.entry for judged in entries if judged.entry is not None),
            (*agent.diagnostics, *about, *(found for judged in entries for found in judged.diagnostics)),
        )
    return TextJudgement((), (*agent.diagnostics, *about))
