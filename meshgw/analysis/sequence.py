"""Texts written one after another into an empty store, each judged against what is there by then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from meshgw.analysis.graph import judge_write
from meshgw.analysis.proposal import Chains
from meshgw.analysis.references import References
from meshgw.diagnostics.model import Diagnostic
from meshgw.entries.base import Entry
from meshgw.loading.texts import TextJudgement, judge_entry_text
from meshgw.mesh.entry_set import EntrySet
from meshgw.profile import Profile


class Store:
    """The entries that were accepted so far."""

    __slots__ = ("_chains", "_profile", "_references")

    def __init__(self, profile: Profile, entries: Iterable[Entry] = ()) -> None:
        stored = tuple(entries)
        self._profile = profile
        self._chains = Chains(EntrySet(stored), enterprise=profile.enterprise)
        self._references = References(stored, enterprise=profile.enterprise)

    @property
    def entries(self) -> EntrySet:
        return self._chains.entries

    def write(self, entry: Entry) -> list[Diagnostic]:
        """Judge the write of an entry that is valid by itself, and store it unless it is refused."""
        found = judge_write(entry, self._chains, self._references, self._profile)
        if not any(diagnostic.refused for diagnostic in found):
            self._chains = self._chains.adding(entry)
            self._references.add(entry)
        return found


def judge_sequence(
    texts: Iterable[str | tuple[str, str]], profile: Profile, setup: Iterable[str] = ()
) -> list[TextJudgement]:
    """Judge texts as written in order; a refused one changes nothing for those after it.

    A text may come as (name, text). `setup` are entries that are stored already, as JSON or HCL for
    `consul config write`. A bootstrap text is judged by itself only, as `consul validate` does.
    """
    store = Store(profile, _already_stored(setup, profile))
    return [
        _judge(text if isinstance(text, tuple) else (f"input-{number}", text), profile, store)
        for number, text in enumerate(texts, start=1)
    ]


def _already_stored(setup: Iterable[str], profile: Profile) -> Iterable[Entry]:
    client = replace(profile, entry_path="cli")
    for number, text in enumerate(setup, start=1):
        yield from judge_entry_text(text, f"setup-{number}", client).entries


def _judge(named: tuple[str, str], profile: Profile, store: Store) -> TextJudgement:
    name, text = named
    judgement = judge_entry_text(text, name, profile)
    if not judgement.accepted or profile.entry_path == "bootstrap":
        return judgement
    found = [diagnostic for entry in judgement.entries for diagnostic in store.write(entry)]
    return TextJudgement(judgement.entries, (*judgement.diagnostics, *found))
