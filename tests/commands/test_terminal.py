"""On a terminal, in a pipe, interrupted: progress, Ctrl-C, `--watch`."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from reports import CLEAN, TWICE, write

MESHGW = [sys.executable, "-m", "meshgw"]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def many(count):
    write(Path(), {f"t/f{number}.hcl": CLEAN.replace("clean", f"s{number}") for number in range(count)})


class Terminal:
    """A process whose standard error, and output if asked for, is a terminal."""

    def __init__(self, *words, out=False):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [*MESHGW, *words], stdin=subprocess.DEVNULL, stderr=slave,
            stdout=slave if out else subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.seen = ""

    def read(self, pattern=None, seconds=60):
        """What it writes, until a pattern is there or it ends."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if pattern is not None and re.search(pattern, self.seen):
                return self.seen
            if not select.select([self.master], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:  # the other end is closed
                data = b""
            if not data:
                break
            self.seen += data.decode()
        assert pattern is None or re.search(pattern, self.seen), self.seen
        return self.seen

    def end(self):
        out = self.process.communicate(timeout=60)[0]
        os.close(self.master)
        return self.process.returncode, (out or b"").decode()


def test_a_long_run_shows_progress_and_leaves_a_clean_screen():
    many(5000)
    terminal = Terminal("validate", "t", "-q")
    seen = terminal.read()
    code, out = terminal.end()
    assert (code, out) == (0, "")
    assert re.search(r"meshgw: (reading|decoding|judging) [a-z ]*[\d/]+", seen)
    assert seen.endswith("\r\x1b[K")
    assert "\n" not in seen


def test_a_short_run_shows_none():
    many(1)
    terminal = Terminal("validate", "t")
    seen = terminal.read()
    code, out = terminal.end()
    assert (code, seen) == (0, "")
    assert out.endswith("nothing found\n")


def test_a_pipe_gets_nothing_extra():
    many(3000)
    done = subprocess.run([*MESHGW, "validate", "t", "-q"], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_interrupted():
    many(5000)
    write(Path(), {"report.json": "before"})
    terminal = Terminal("validate", "t", "--format", "text", "--format", "json=report.json")
    terminal.read(r"meshgw: [a-z ]+[\d/]+")
    os.killpg(terminal.process.pid, signal.SIGINT)
    seen = terminal.read()
    code, out = terminal.end()
    assert (code, out) == (130, "")
    assert seen.endswith("\r\x1b[K")
    assert "Traceback" not in seen
    assert Path("report.json").read_text() == "before"
    assert sorted(path.name for path in Path().iterdir()) == ["report.json", "t"]


def test_watch():
    pytest.importorskip("watchfiles")
    write(Path(), {"t/a.hcl": CLEAN, "t/b.txt": "x"})
    terminal = Terminal("validate", "t", "--watch", "--format", "concise", out=True)
    terminal.read("waiting for changes")
    assert "duplicate-key" not in terminal.seen
    terminal.seen = ""
    time.sleep(0.5)  # the watcher starts after the first run
    write(Path(), {"t/b.txt": "y", "t/c.json": TWICE % "c"})
    terminal.read(r"c\.json:5:3: warning\[duplicate-key\].*\n[^\n]*waiting for changes")
    terminal.seen = ""
    write(Path(), {"t/c.json": ""})
    terminal.read("waiting for changes")
    assert "duplicate-key" not in terminal.seen
    os.killpg(terminal.process.pid, signal.SIGINT)
    terminal.read()
    code, _ = terminal.end()
    assert code == 130
    assert "Traceback" not in terminal.seen


def test_watch_without_its_package(monkeypatch):
    from reports import validate

    monkeypatch.setitem(sys.modules, "watchfiles", None)
    result = validate("--watch")
    assert result.exit_code == 2
    assert "install `meshgw[watch]`" in result.stderr
