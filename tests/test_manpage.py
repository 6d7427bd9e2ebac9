"""The manual page: made of the command line's help, not stale, and clean roff."""

import shutil
import subprocess
from pathlib import Path

import pytest

from meshgw.cli import main
from meshgw.manpage import FILE, manpage

PAGE = Path(__file__).parents[1] / FILE


def test_it_is_not_stale():
    assert PAGE.read_text(encoding="ascii") == manpage(), "run `python -m meshgw.manpage`"


def test_it_has_every_command_and_option():
    text = manpage()
    for name, command in main.commands.items():
        assert f'.SS "meshgw {name.replace("-", chr(92) + "-")} ' in text
        for parameter in command.params:
            for option in parameter.opts if parameter.param_type_name == "option" else ():
                assert option.replace("-", "\\-") in text


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_groff_reads_it_without_a_complaint():
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", str(PAGE)], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert "Judge files and folders as Consul would" in done.stdout
