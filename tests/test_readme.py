"""What the README shows is what the commands print."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from meshgw.cli import main

ROOT = Path(__file__).parent.parent
EXAMPLE = Path("examples/admin-partitions")
BLOCKS = re.findall(
    r"^```\n(\$ meshgw .*?)^```\n", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL
)
API_EXPORT = re.compile(r'\n  \{\n    Name .*?"api".*?\n  \},', re.DOTALL)


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example, and beside it a tree that lacks one export."""
    monkeypatch.chdir(tmp_path)
    for copy in (EXAMPLE, Path("tree")):
        shutil.copytree(ROOT / EXAMPLE, copy)
    exports = Path("tree/api/exported-services.hcl")
    text = exports.read_text()
    exports.write_text(API_EXPORT.sub("", text))
    assert exports.read_text() != text


def printed(command: str) -> str:
    """What a line of the README prints; `&&` shows that the command before it succeeded."""
    first, _, then = command.partition(" && ")
    done = CliRunner().invoke(main, shlex.split(first)[1:])
    return done.output + (f"{then.removeprefix('echo ')}\n" if then and done.exit_code == 0 else "")


def test_there_are_examples() -> None:
    assert len(BLOCKS) > 3


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0][2:])
def test_commands_print_what_is_shown(block: str) -> None:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        assert shown in printed(command), command
