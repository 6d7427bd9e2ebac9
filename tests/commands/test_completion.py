"""Shell completion, in the real shells."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from meshgw.cli import main

BIN = Path(sys.executable).parent

ASK = {
    "bash": """
        eval "$(meshgw completion bash)"
        COMP_WORDS=(%s ''); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_WORDS[COMP_CWORD]='%s'
        complete -p meshgw > /dev/null
        _meshgw_completion meshgw; printf '%%s\\n' "${COMPREPLY[@]}"
    """,
    # zsh completes in its line editor only: what would go there is printed
    "zsh": """
        autoload -Uz compinit && compinit -D
        compdef() { : }
        eval "$(meshgw completion zsh)"
        _describe() { print -rl -- ${(P)3%%%%:*} ${(P)2%%%%:*}; }
        compadd() { print -rl -- ${(P)@[-1]}; }
        words=(%s '%s'); CURRENT=${#words}
        _meshgw_completion
    """,
    "fish": """
        meshgw completion fish | source
        complete -C '%s %s'
    """,
}

CASES = [
    ("meshgw", "val", "validate"),
    ("meshgw validate", "--stat", "--statistics"),
    ("meshgw validate --format", "sar", "sarif"),
    ("meshgw validate --select", "split-weights-n", "split-weights-not-100"),
    ("meshgw rules", "split-weights-n", "split-weights-not-100"),
    ("meshgw schema", "service-spl", "service-splitter"),
]


@pytest.mark.parametrize("shell", ASK)
@pytest.mark.parametrize(("words", "typed", "wanted"), CASES)
def test_a_shell_completes(shell, words, typed, wanted, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
    done = subprocess.run(
        [shell, *(["-f"] if shell == "zsh" else []), "-c", ASK[shell] % (words, typed)],
        capture_output=True, text=True, env=environment, timeout=60, check=False,
    )  # fmt: skip
    assert wanted in [line.split("\t")[0].strip() for line in done.stdout.splitlines()], done


@pytest.mark.parametrize("shell", ASK)
def test_a_shell_reads_the_script(shell, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_text(CliRunner().invoke(main, ["completion", shell]).stdout)
    done = subprocess.run([shell, "-n", str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_another_shell():
    assert CliRunner().invoke(main, ["completion", "tcsh"]).exit_code == 2
