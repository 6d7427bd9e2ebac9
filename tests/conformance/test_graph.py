"""Verdicts of a real Consul on sequences of writes: what one entry means for the others."""

from __future__ import annotations

from typing import Any

import pytest
from recordings import recorded_lines

from meshgw.analysis.sequence import judge_sequence
from meshgw.profile import Profile


@pytest.mark.parametrize("case", recorded_lines("verdicts/graph.jsonl"))
def test_sequence(case: dict[str, Any]) -> None:
    judgements = judge_sequence(case["inputs"], Profile(entry_path=case["path"]), case.get("setup", ()))
    assert [judgement.accepted for judgement in judgements] == case["accepted"]
    for judgement, error in zip(judgements, case["error"], strict=True):
        if error is not None:
            quoted = [found.consul.lower() for found in judgement.diagnostics if found.consul and found.own]
            assert any(piece in error.lower() for piece in quoted), (quoted, error)


def single_writes() -> list[Any]:
    """The recorded writes of one entry; a skipped case when there are no recordings."""
    cases = [*recorded_lines("verdicts/entries.jsonl"), *recorded_lines("verdicts/docs.jsonl")]
    return [
        case
        for case in cases
        if case.values[0] is None or ("input" in case.values[0] and case.values[0]["path"] in ("cli", "http"))
    ]


@pytest.mark.parametrize("case", single_writes())
def test_single_entry(case: dict[str, Any]) -> None:
    """One write into a store that is empty or holds the entries of `setup`."""
    named = ("input.json" if case["syntax"] == "json" else "input.hcl", case["input"])
    judgement = judge_sequence([named], Profile(entry_path=case["path"]), case.get("setup", ()))[0]
    assert judgement.accepted == case["accepted"], (case["error"], judgement.diagnostics)
    if case["stage"] != "crash" and not case["accepted"]:
        quoted = [found.consul.lower() for found in judgement.diagnostics if found.consul and found.own]
        assert any(piece in case["error"].lower() for piece in quoted), (quoted, case["error"])
