"""Config entries in agent files: `config_entries { bootstrap = [ … ] }` (service-registration.md 1.5).

The agent decodes its own file first, which takes lists of one for blocks (config-entries.md 1.9);
each entry is then decoded by the server's schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from meshgw.diagnostics.rules import Report
from meshgw.entries import decoding_rules
from meshgw.entries.judge import Judgement, Tenancy, judge_entry
from meshgw.profile import Profile
from meshgw.schema.decode import Dialect, decode, traced
from meshgw.schema.fields import Block, ListOf, Opaque, block, obj, typed
from meshgw.schema.origin import Origin
from meshgw.source.document import Document, Path

_LIST: Path = ("config_entries", "bootstrap")


@block
class ConfigEntries(Block):
    """The part of an agent's configuration that holds config entries."""

    bootstrap: tuple[dict[str, Any], ...] = typed("bootstrap", ListOf(Opaque()), ())


@block
class BootstrapFile(Block):
    """An agent file, as far as config entries are concerned."""

    config_entries: ConfigEntries = obj("config_entries", ConfigEntries)


def judge_bootstrap(
    document: Document, profile: Profile, tenancy: Tenancy | None = None
) -> tuple[Judgement, ...]:
    """Judge the config entries of an agent file, in order; a fault of the list itself has no entry."""
    raw = {key: value for key, value in document.value.items() if key.lower() == "config_entries"}
    if not raw:
        return ()  # most files
    profile = replace(profile, entry_path="bootstrap")
    dialect = Dialect("agent", profile.edition, profile.consul_version)
    decoded = decode(BootstrapFile, raw, dialect)
    report = Report(raw, Origin(document), profile, title="config_entries")
    if decoding_rules.report_faults(decoded, report, dialect):
        return (Judgement(None, tuple(report.diagnostics)),)
    assert decoded.value is not None
    written = _Written(raw, dialect)
    return tuple(
        judge_entry(entry, document, profile, tenancy=tenancy, moved=written.below(index))
        for index, entry in enumerate(decoded.value.config_entries.bootstrap)
    )


class _Written:
    """Where the values of the collapsed entries stand in the file; looked up when somebody asks."""

    def __init__(self, raw: dict[str, Any], dialect: Dialect) -> None:
        self._raw = raw
        self._dialect = dialect
        self._found: Mapping[Path, Path] | None = None

    def _trace(self) -> Mapping[Path, Path]:
        if self._found is None:
            self._found = traced(BootstrapFile, self._raw, self._dialect)
        return self._found

    def below(self, index: int) -> _Entry:
        return _Entry(self, index)

    def place(self, path: Path) -> Path:
        trace = self._trace()
        while path and path not in trace:
            path = path[:-1]
        return trace.get(path, ())


class _Entry:
    """The translation of paths of one entry."""

    def __init__(self, written: _Written, index: int) -> None:
        self._written = written
        self._index = index

    def __call__(self, path: Path) -> Path:
        return self._written.place((*_LIST, self._index, *path))
