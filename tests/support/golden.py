"""Scenarios of tests/golden: a tree in, the output of commands out.

<scenario>/scenario.json    base (a folder of the repository that is copied first), remove (files taken
                            out of it), commands (output file -> words after `meshgw`)
<scenario>/input/           files laid over the base
<scenario>/expected/        one file per command: its exit code, then its standard output
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from meshgw.cli import main

REPOSITORY = Path(__file__).parents[2]
GOLDEN = REPOSITORY / "tests" / "golden"


def scenarios() -> list[str]:
    """The names of all scenarios."""
    return sorted(path.parent.name for path in GOLDEN.glob("*/scenario.json"))


def facts_of(scenario: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / scenario / "scenario.json").read_text())
    return found


def lay_out(scenario: str, folder: Path) -> Path:
    """The tree of a scenario below `folder`, named `tree`."""
    tree, facts = folder / "tree", facts_of(scenario)
    if "base" in facts:
        shutil.copytree(REPOSITORY / facts["base"], tree)
    for name in facts.get("remove", ()):
        (tree / name).unlink()
    tree.mkdir(exist_ok=True)
    if (GOLDEN / scenario / "input").is_dir():
        shutil.copytree(GOLDEN / scenario / "input", tree, dirs_exist_ok=True)
    return tree


def run(words: list[str]) -> str:
    """The exit code and standard output of a command, as `expected/` holds them."""
    result = CliRunner().invoke(main, words)
    return f"exit {result.exit_code}\n{result.stdout}"


def check(scenario: str, outputs: dict[str, str], *, update: bool) -> None:
    """Compare outputs with what is expected, or make them that."""
    folder = GOLDEN / scenario / "expected"
    if update:
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            if path.name not in outputs:
                path.unlink()
        for name, text in outputs.items():
            (folder / name).write_text(text)
    expected = {path.name: path.read_text() for path in sorted(folder.iterdir())}
    assert outputs == expected
