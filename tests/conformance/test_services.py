"""Verdicts of a real Consul on service definitions: registered by command, and loaded by an agent."""

from __future__ import annotations

from typing import Any

import pytest

from meshgw.diagnostics.model import Diagnostic
from meshgw.loading.service_texts import judge_service_text
from meshgw.profile import EntryPath, Profile
from tests.support.recordings import recorded_lines

WAYS: dict[str, EntryPath] = {"agent-file": "agent", "register": "register"}


def service_lines(name: str) -> list[Any]:
    return [case for case in recorded_lines(name) if case.values[0] is None or case.values[0]["path"] in WAYS]


def judged(case: dict[str, Any]) -> tuple[Diagnostic, ...]:
    name = f"input.{case['syntax']}"
    return judge_service_text(case["input"], name, Profile(entry_path=WAYS[case["path"]])).diagnostics


@pytest.mark.parametrize(
    "case", [*service_lines("verdicts/services.jsonl"), *service_lines("verdicts/docs.jsonl")]
)
def test_verdict(case: dict[str, Any]) -> None:
    found = judged(case)
    assert (not any(one.refused for one in found)) == case["accepted"], (case["error"], found)
    if not case["accepted"]:
        own = [one.consul.lower() for one in found if one.consul and one.own]
        assert own, found
        assert any(fragment in case["error"].lower() for fragment in own), (own, case["error"])
