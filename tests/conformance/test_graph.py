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
