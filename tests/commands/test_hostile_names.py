"""Names of the tree move no cursor and start no line, whatever command shows them (product.md 2)."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from meshgw.cli import main

TREE = r"""
node_name = "n\u001b[2J"
bind_addr = "10.0.0.1"
services = [
  {
    name = "web" id = "\u202ew\u001b[2J\n::error::x" port = 80
    connect { sidecar_service { port = 21000 proxy { upstreams = [
      { destination_name = "a\u001b[31m\n::warning::z" local_bind_port = 9001 }
    ] } } }
  },
  {
    name = "a\u001b[31m\n::warning::z" id = "::debug::" port = 81
    connect { sidecar_service { port = 21001 } }
  }
]
"""
HOSTILE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u202e]|^\s*::", re.MULTILINE)


@pytest.mark.parametrize(
    "words",
    [
        ["validate"],
        ["validate", "--format", "concise"],
        ["explain", "-C"],
        ["explain", "web", "-C"],
        ["explain", "nobody", "-C"],
        ["explain", "web", "--setting", "protocol", "-C"],
        ["render", "--list", "-C"],
        ["render", "--why", "-C"],
        ["render", "web", "-C"],
        ["render", "nobody", "-C"],
        ["render", "-C"],
    ],
    ids=" ".join,
)
def test_a_name_is_shown_escaped(words: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "d\x1b[2J"
    folder.mkdir()
    (folder / "a.hcl").write_text(TREE)
    result = CliRunner().invoke(main, [*words, str(tmp_path)])
    assert result.output
    assert HOSTILE.findall(result.output) == []
