"""Text for people: colours, and source lines cut to the width."""

import io
import re

import pytest
from reports import SPLITTER, validate, write

from meshgw.analysis.report import ValidationReport
from meshgw.commands.console import Console
from meshgw.diagnostics.model import Diagnostic, Location, Related, Severity
from meshgw.output import github, text
from meshgw.output.style import Style
from meshgw.output.text import _window, render_text
from meshgw.profile import Profile
from meshgw.source.document import Span
from meshgw.source.hcl1 import read_hcl


class Stream(io.StringIO):
    def __init__(self, *, terminal):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


@pytest.mark.parametrize(
    ("choice", "terminal", "variables", "coloured"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", True, {"TERM": "dumb"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours(choice, terminal, variables, coloured, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = Stream(terminal=terminal)
    assert Console(stream, stream, choice).colours(stream) == coloured


@pytest.mark.parametrize("form", ["concise", "json", "sarif", "junit", "github", "gitlab"])
def test_only_text_is_coloured(form, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FORCE_COLOR", "1")
    write(tmp_path, {"a.hcl": SPLITTER})
    assert "\x1b" not in validate("--format", form).stdout
    assert "\x1b[" in validate().stdout
    assert validate("--format", "text=a.txt").exit_code == 1
    assert "\x1b" not in (tmp_path / "a.txt").read_text()


@pytest.mark.parametrize("width", [60, 80, 200, 320])
@pytest.mark.parametrize(
    ("first", "last"), [(0, 5), (0, 5000), (300, 310), (990, 1000), (500, 900), (1000, 1001)]
)
def test_a_source_line_fits_and_shows_what_is_meant(width, first, last):
    line = 'a = "' + "".join(chr(97 + number % 26) for number in range(994)) + '"'
    document = read_hcl(line, "a.hcl")
    place = Location(document, exact=Span(first, min(last, len(line))))
    found = Diagnostic(rule="r", severity=Severity.ERROR, message="m", location=place)
    output = render_text(ValidationReport(diagnostics=(found,), profile=Profile()), quiet=True, width=width)
    _, _, _, source, underline = output.splitlines()
    assert len(source) <= width
    assert len(underline) <= width
    marked = source[underline.index("^") : underline.rindex("^") + 1]
    assert line[first:last].startswith(marked.rstrip("…"))
    assert len(marked) >= min(last - first, 10, len(line) - first)


@pytest.mark.parametrize(
    ("size", "first", "last", "room", "window"),
    [
        (10, 3, 5, 40, (0, 10)),
        (100, 3, 5, 40, (0, 40)),
        (100, 50, 60, 40, (40, 80)),
        (100, 95, 100, 40, (60, 100)),
        (100, 0, 100, 40, (0, 40)),
    ],
)
def test_what_is_shown_of_a_line(size, first, last, room, window):
    assert _window(size, first, last, room) == window


def test_a_line_that_is_cut_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"a.hcl": f"{SPLITTER.strip()} # {'x' * 400}\n"})
    (line,) = [line for line in validate().stdout.splitlines() if "Splits =" in line]
    assert re.search(r"x…$", line)


@pytest.mark.parametrize(
    ("number", "shown", "more"), [(6, 6, ""), (7, 5, "and 2 more"), (9, 5, "and 4 more")]
)
@pytest.mark.parametrize("render", [text.render, github.render])
def test_a_handful_of_related_places(render, number, shown, more):
    document = read_hcl('a = "b"', "a.hcl")
    related = tuple(Related(Location(document, ("a",)), f"place {n}") for n in range(number))
    found = Diagnostic(
        rule="r", severity=Severity.ERROR, message="m", location=Location(document, ("a",)), related=related
    )
    report = ValidationReport(diagnostics=(found,), profile=Profile())
    output = render(report, Style())
    assert output.count(": place ") == shown
    assert more in output
    assert ("more" in output) == bool(more)
