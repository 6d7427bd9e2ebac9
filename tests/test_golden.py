"""Whole scenarios: a folder in, the output of commands out (tests/support/golden.py)."""

from pathlib import Path

import golden
import pytest


@pytest.mark.parametrize("scenario", golden.scenarios())
def test_scenario(
    scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    golden.lay_out(scenario, tmp_path)
    monkeypatch.chdir(tmp_path)
    outputs = {name: golden.run(words) for name, words in golden.facts_of(scenario)["commands"].items()}
    golden.check(scenario, outputs, update=request.config.getoption("--update-golden"))


def test_every_folder_is_a_scenario() -> None:
    """A fault has exactly one finding: its name says which, its file says where."""
    assert golden.scenarios() == sorted(path.name for path in golden.GOLDEN.iterdir() if path.is_dir())
