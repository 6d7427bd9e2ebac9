"""Tables of config entries: what each row gives."""

from __future__ import annotations

from meshgw.entries.base import Entry
from meshgw.loading.texts import judge_entry_text
from meshgw.profile import Edition, EntryPath, Profile


def rules_found(
    text: str, edition: Edition = "community", path: EntryPath = "cli", version: tuple[int, int] = (1, 22)
) -> list[str]:
    """The names of the rules that fire on one entry, in order, each once.

    Rows add keys to a common text, so that keys written twice are none of their business.
    """
    profile = Profile(edition=edition, entry_path=path, consul_version=version)
    found = dict.fromkeys(found.rule for found in judge_entry_text(text, "x.hcl", profile).diagnostics)
    found.pop("duplicate-key", None)
    return list(found)


def first_reported(text: str, edition: Edition = "community", path: EntryPath = "cli") -> list[str]:
    """The names of the rules that Consul itself would report."""
    judged = judge_entry_text(text, "x.hcl", Profile(edition=edition, entry_path=path))
    return [found.rule for found in judged.diagnostics if found.own]


def accepted_entry(text: str, edition: Edition = "community", path: EntryPath = "cli") -> Entry:
    """The normalized entry of an accepted text."""
    judged = judge_entry_text(text, "x.hcl", Profile(edition=edition, entry_path=path))
    assert judged.accepted, judged.diagnostics
    (entry,) = judged.entries
    return entry


def places_found(text: str, edition: Edition = "community", path: EntryPath = "cli") -> list[str]:
    """Where the findings on one entry are shown: `x.hcl:LINE:COLUMN`, in order."""
    judged = judge_entry_text(text, "x.hcl", Profile(edition=edition, entry_path=path))
    return [str(found.location) for found in judged.diagnostics]
