"""Verdicts of a real Consul on single config entries: accepted or refused, and by which message.

What only a graph check refuses (config-entries.md 3) is the subject of `test_graph.py`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshgw.loading.texts import TextJudgement, judge_entry_text
from meshgw.profile import Profile

FOLDER = Path(os.environ.get("MESHGW_CONFORMANCE", "../shared/conformance")) / "verdicts"

GRAPH_CHECKS = (
    "does not permit advanced routing",
    "does not have a subset named",
    "does not match defined listener protocol",
    "is incompatible with l7 intentions",
    "allowenablingpermissivemutualtls",
    "referenced jwt provider does not exist",
)
"""Pieces of the messages of checks that look at other entries too."""

DIFFERENCES: dict[str, str] = {}
"""Verdicts that this version of meshgw does not share, each with its reason."""


def cases(name: str) -> Iterator[Any]:
    path = FOLDER / name
    if not path.exists():
        reason = f"no recordings in {FOLDER} (MESHGW_CONFORMANCE names the folder)"
        yield pytest.param(None, marks=pytest.mark.skip(reason=reason))
        return
    for line in path.read_text().splitlines():
        case = json.loads(line)
        if "input" in case and case["path"] in ("cli", "http", "bootstrap"):
            yield pytest.param(case, id=case["id"])


def judged(case: dict[str, Any]) -> TextJudgement:
    name = "input.json" if case["syntax"] == "json" else "input.hcl"
    return judge_entry_text(case["input"], name, Profile(entry_path=case["path"]))


def only_by_the_graph(case: dict[str, Any]) -> bool:
    error = (case["error"] or "").lower()
    return any(piece in error for piece in GRAPH_CHECKS)


@pytest.mark.parametrize("case", [*cases("entries.jsonl"), *cases("docs.jsonl")])
def test_verdict(case: dict[str, Any]) -> None:
    if case["id"] in DIFFERENCES:
        pytest.xfail(DIFFERENCES[case["id"]])
    judgement = judged(case)
    if judgement.accepted and only_by_the_graph(case):
        pytest.skip("refused by a check that looks at other entries")
    assert judgement.accepted == case["accepted"], (case["error"], judgement.diagnostics)
    if case["stage"] != "crash" and not case["accepted"]:
        quoted = [found.consul.lower() for found in judgement.diagnostics if found.consul and found.own]
        assert any(piece in case["error"].lower() for piece in quoted), (quoted, case["error"])
