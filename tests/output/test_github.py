"""Annotations of a GitHub workflow: escaped, ten of each level, changed files first; the step's summary."""

from pathlib import Path

import pytest
from reports import SPLITTER, TWICE, UPPER, validate, write

from meshgw.analysis.report import ValidationReport
from meshgw.diagnostics.model import Diagnostic, Location, Severity
from meshgw.output import github
from meshgw.output.style import Style
from meshgw.profile import Profile
from meshgw.source.hcl1 import read_hcl


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def finding(number=0, severity=Severity.ERROR, message="m", name="f{}.hcl"):
    document = read_hcl("\n" * 3 + "a = 1\n", name.format(number))
    return Diagnostic(rule="r", severity=severity, message=message, location=Location(document, ("a",)))


def rendered(*findings, changed=frozenset()):
    report = ValidationReport(diagnostics=findings, profile=Profile())
    return github.render(report, Style(changed=frozenset(changed))).splitlines()


@pytest.mark.parametrize(
    ("message", "data"),
    [
        ("100% sure", "100%25 sure"),
        ("a\nb", "a%0Ab"),
        ("a\rb", r"a\x0db"),
        ("a: b, c", "a: b, c"),
        ("%0A::error::", "%250A::error::"),
    ],
)
def test_messages_are_escaped(message, data):
    (line,) = rendered(finding(message=message))
    assert line.partition("title=meshgw%3A r::")[2] == data


def test_properties_are_escaped():
    (line,) = rendered(finding(name="a,line=9::b\n%.hcl"))
    assert line.startswith("::error file=a%2Cline=9%3A%3Ab\\x0a%25.hcl,line=4,endLine=4,col=5,")


def test_ten_of_each_level_and_a_closing_line():
    findings = [finding(number, severity) for severity in Severity for number in range(12)]
    lines = rendered(*findings)
    counts = {
        word: sum(line.startswith(f"::{word} ") for line in lines) for word in github._COMMANDS.values()
    }
    assert counts == {"error": 10, "warning": 10, "notice": 10}
    assert lines[-1] == "::notice title=meshgw::7 more findings are in the summary of this step"
    assert lines[0].startswith("::error ")


def test_ten_fit_without_a_closing_line():
    findings = [finding(number, severity) for severity in Severity for number in range(10)]
    assert len(rendered(*findings)) == 30
    assert not any("more findings" in line for line in rendered(*findings))


def test_changed_files_come_first():
    lines = rendered(*(finding(number) for number in range(20)), changed={"f19.hcl", "f15.hcl"})
    assert [line.split(",")[0] for line in lines[:3]] == [
        "::error file=f15.hcl",
        "::error file=f19.hcl",
        "::error file=f0.hcl",
    ]


def test_the_summary_of_the_step(monkeypatch):
    write(Path(), {"a.hcl": SPLITTER, "b|<i>.json": TWICE % "b", "c.hcl": UPPER % "C"})
    write(Path(), {"summary.md": "before\n"})
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    validate("--format", "text")
    assert Path("summary.md").read_text() == "before\n"
    validate("--format", "github")
    text = Path("summary.md").read_text()
    assert text.startswith(
        "before\n### meshgw\n\n3 files, 3 config entries, 0 services, 1 partition: 1 error,"
    )
    assert "| error | split-weights-not-100 | a.hcl:3:1 | weights add up to 90, not 100 |\n" in text
    assert "| warning | duplicate-key | b&#124;&#60;i&#62;.json:5:3 | &#96;Protocol&#96; is written" in text


def test_a_summary_that_github_would_refuse_is_cut():
    findings = [finding(number, message="x" * 1000) for number in range(2000)]
    report = ValidationReport(diagnostics=tuple(findings), profile=Profile())
    text = github.step_summary(report, Style())
    assert len(text.encode()) < 1024 * 1024
    assert "more are not shown" in text


def test_a_summary_that_cannot_be_written(monkeypatch):
    write(Path(), {"a.hcl": SPLITTER})
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "missing/summary.md")
    result = validate("--format", "github")
    assert result.exit_code == 2
    assert "cannot write `missing/summary.md`" in result.stderr
