"""Reading one file: bytes → documents, and what each of them is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from meshgw.loading.classify import BODIES, HCL2_BLOCKS, Role, is_acl_policy, looks_like_consul, role_of
from meshgw.loading.find import FoundFile
from meshgw.services.agent_keys import AGENT_KEYS
from meshgw.source.document import Document, Layout, Syntax, SyntaxFault
from meshgw.source.hcl1 import read_hcl
from meshgw.source.json import read_json
from meshgw.source.text import BOM, decode


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document of a file and what it is. `role` is `other` for a fault in what is not Consul's."""

    file: FoundFile
    document: Document
    role: Role


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not Consul's; `error` when the user named it. `document` shows a fault."""

    file: FoundFile
    why: str
    document: Document | None = None


def read_file(file: FoundFile, data: bytes) -> list[ReadDocument | SkippedFile]:
    """The documents of a file. Never raises on content."""
    if not data:
        return [SkippedFile(file, "an empty file")]
    text, fault = decode(data)
    if fault is not None:
        return [_faulty(file, text, fault)]
    if file.path.suffix in (".yaml", ".yml"):
        return list(_yaml(file, text))
    return [_document(file, _parsed(file, text))]


def _parsed(file: FoundFile, text: str) -> Document:
    """JSON or HCL: a file's extension says, else how the text starts."""
    if file.path.suffix == ".json" or (file.path.suffix != ".hcl" and text.lstrip().startswith(("{", "["))):
        return _json(text, file.shown)
    return read_hcl(text, file.shown)


_MANY_DIGITS = re.compile(r"\d{16}")


def _json(text: str, name: str) -> Document:
    """A file, or a body of the API.

    Of bodies Consul reads any value on top, integers exactly, and nothing that follows. Most JSON
    reads the same both ways.
    """
    document = read_json(text, name)
    if document.fault is None and not _MANY_DIGITS.search(text):
        return document
    body = read_json(text, name, trailing=True, any_value=True, exact=True)
    is_body = body.fault is None and role_of(body.value, "json", AGENT_KEYS) in BODIES
    return body if is_body else document


def _document(file: FoundFile, document: Document) -> ReadDocument | SkippedFile:
    if document.fault is not None:
        document = replace(document, top_level_keys=_keys_before(file, document))
        first = document.top_level_keys[0] if document.top_level_keys else ""
        if document.syntax == "hcl" and first in HCL2_BLOCKS and not file.named:
            return SkippedFile(file, f"HCL 2 of another tool (it begins with `{first}`)")
        consuls = looks_like_consul(document.top_level_keys, AGENT_KEYS)
        return ReadDocument(file, document, "agent" if consuls else "other")
    role = role_of(document.value, document.syntax, AGENT_KEYS)
    if role in ("other", "other-product") or (role == "agent" and _of_another_tool(document)):
        return SkippedFile(file, _why(document, role), document)
    return ReadDocument(file, document, role)


def _keys_before(file: FoundFile, document: Document) -> tuple[str, ...]:
    """The top-level keys before a fault; before a byte-order mark is nothing, so those after it."""
    if not document.text.startswith(BOM):
        return document.top_level_keys
    rest = _parsed(file, document.text.removeprefix(BOM))
    return tuple(rest.value) if isinstance(rest.value, dict) else rest.top_level_keys


def _of_another_tool(document: Document) -> bool:
    """Whether HCL begins with a block of another tool, or holds the rules of an ACL policy."""
    first = next(iter(document.value), "")
    return document.syntax == "hcl" and (first in HCL2_BLOCKS or is_acl_policy(document.value))


def _why(document: Document, role: Role) -> str:
    if document.syntax == "hcl" and is_acl_policy(document.value):
        return "the rules of an ACL policy"
    if role == "other-product":
        return "another product's configuration: keys that Consul does not know"
    first = next(iter(document.value), "") if isinstance(document.value, dict) else ""
    if document.syntax == "hcl" and first in HCL2_BLOCKS:
        return f"HCL of another tool (it begins with `{first}`)"
    return "nothing of Consul's in it"


def _yaml(file: FoundFile, text: str) -> Iterator[ReadDocument | SkippedFile]:
    from meshgw.source.yaml import looks_like_helm, read_yaml

    if "consul.hashicorp.com" not in text:
        yield SkippedFile(file, "YAML without Consul resources")
        return
    documents = read_yaml(text, file.shown)
    if any(document.fault for document in documents) and looks_like_helm(text):
        yield SkippedFile(file, "a Helm template; render the chart and check its output")
        return
    for document in documents:
        if document.fault is not None or (
            isinstance(document.value, dict) and "apiVersion" in document.value
        ):
            yield ReadDocument(file, document, "kubernetes")


def _faulty(file: FoundFile, text: str, fault: SyntaxFault) -> ReadDocument:
    """A file that is not even text; a file of ours may look so by one broken byte."""
    document = Document(
        name=file.shown,
        text=text,
        syntax=_syntax_of(file),
        value=None,
        fault=fault,
        top_level_keys=_keys_of_prefix(file, text),
        lay_out=lambda: Layout({}, (), ()),
    )
    consuls = looks_like_consul(document.top_level_keys, AGENT_KEYS)
    return ReadDocument(file, document, "agent" if consuls else "other")


def _syntax_of(file: FoundFile) -> Syntax:
    if file.path.suffix in (".yaml", ".yml"):
        return "yaml"
    return "json" if file.path.suffix == ".json" else "hcl"


def _keys_of_prefix(file: FoundFile, text: str) -> tuple[str, ...]:
    """The top-level keys of the text before what is not text."""
    if _syntax_of(file) == "yaml":
        return ("apiVersion",) if "consul.hashicorp.com" in text else ()
    prefix = _parsed(file, text)
    return tuple(prefix.value) if isinstance(prefix.value, dict) else prefix.top_level_keys
