"""What every format of `validate` has in common, and what each promises to its reader."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator
from reports import CLEAN, SPLITTER, TWICE, UPPER, validate, write

from meshgw.output.formats import FORMATS
from meshgw.schemas import schema_for

INPUT = Path(__file__).parents[1] / "golden" / "formats-text" / "input"
TREES = {
    "error": {"a.hcl": SPLITTER, "b.json": TWICE % "b", "c.hcl": UPPER % "C"},
    "warning": {"b.json": TWICE % "b", "c.hcl": UPPER % "C"},
    "info": {"c.hcl": UPPER % "C"},
    "never": {"d.hcl": CLEAN},
}
RANKS = ("info", "warning", "error", "never")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("worst", TREES)
@pytest.mark.parametrize("threshold", RANKS)
def test_the_exit_code_is_the_same_in_every_format(form, worst, threshold):
    write(Path(), TREES[worst])
    fails = worst != "never" and RANKS.index(worst) >= RANKS.index(threshold)
    assert validate("--format", form, "--fail-on", threshold).exit_code == int(fails)


def test_every_format_has_a_golden():
    golden = Path(__file__).parents[1] / "golden"
    assert {f"formats-{name}" for name in FORMATS} <= {path.name for path in golden.iterdir()}


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("sarfi", "no format is called `sarfi`; did you mean `sarif`?"),
        ("html", "formats: text, concise, json, sarif, junit, github, gitlab, auto"),
        ("json=", "`json=` names no file"),
        ("json=missing/" + "x" * 300, "cannot write"),
    ],
)
def test_formats_that_cannot_be_written(word, said):
    write(Path(), {"a.hcl": CLEAN})
    result = validate("--format", word)
    assert result.exit_code == 2
    assert said in result.stderr


def test_several_formats_in_one_run():
    write(Path(), {"a.hcl": SPLITTER})
    result = validate("--format", "concise", "--format", "json=out/report.json", "--format", "sarif=x.sarif")
    assert result.stdout.count("\n") == 1
    assert json.loads(Path("out/report.json").read_text())["counts"]["error"] == 1
    assert json.loads(Path("x.sarif").read_text())["runs"][0]["results"]


def test_one_file_takes_one_format():
    write(Path(), {"a.hcl": CLEAN})
    result = validate("--format", "json=out", "--format", "sarif=./out")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "two formats are to be written to `out`" in result.stderr


@pytest.mark.parametrize(("actions", "starts"), [("true", "::error "), ("", "error[")])
def test_auto(actions, starts, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", actions)
    write(Path(), {"a.hcl": SPLITTER})
    assert validate("--format", "auto").stdout.startswith(starts)


@pytest.mark.parametrize("tree", [*TREES, "golden"])
def test_json_is_as_its_schema_says(tree):
    if tree == "golden":
        result = validate(str(INPUT), "--format", "json", "--strict")
    else:
        write(Path(), TREES[tree])
        result = validate("--format", "json")
    errors = [error.message for error in Draft202012Validator(schema_for("report")).iter_errors(
        json.loads(result.stdout)
    )]  # fmt: skip
    assert errors == []


def test_the_schema_of_the_report_says_something():
    validator = Draft202012Validator(schema_for("report"))
    write(Path(), TREES["error"])
    good = json.loads(validate("--format", "json").stdout)
    for spoiled in (
        good | {"version": 2},
        good | {"more": 1},
        {key: value for key, value in good.items() if key != "findings"},
        good | {"findings": [good["findings"][0] | {"severity": "fatal"}]},
    ):
        assert not validator.is_valid(spoiled)


def test_junit_has_a_case_for_every_file_and_rule():
    write(Path(), TREES["error"] | TREES["never"])
    root = ET.fromstring(validate("--format", "junit").stdout)
    cases = {
        (case.get("classname"), case.get("name"), case.find("failure") is not None)
        for case in root.iter("testcase")
    }
    assert cases == {
        ("a.hcl", "split-weights-not-100", True),
        ("b.json", "duplicate-key", False),
        ("c.hcl", "name-upper-case", False),
        ("d.hcl", "accepted", False),
    }
    assert (root.get("tests"), root.get("failures")) == ("4", "1")


@pytest.mark.parametrize("threshold", RANKS)
def test_junit_fails_when_the_command_does(threshold):
    write(Path(), TREES["error"])
    result = validate("--format", "junit", "--fail-on", threshold)
    failures = int(ET.fromstring(result.stdout).get("failures"))
    assert (failures > 0) == (result.exit_code == 1)
    assert failures == {"info": 3, "warning": 2, "error": 1, "never": 0}[threshold]


def test_gitlab_is_an_empty_list_when_nothing_is_found():
    write(Path(), TREES["never"])
    assert json.loads(validate("--format", "gitlab").stdout) == []


def test_gitlab_fingerprints_are_unique():
    text = (TWICE % "a").replace('"tcp",', '"tcp",\n  "Protocol": "grpc",')
    write(Path(), {"a.json": text, "b.json": TWICE % "b", "c/b.json": TWICE % "b"})
    issues = json.loads(validate("--format", "gitlab").stdout)
    assert len(issues) >= 4
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_what_has_no_file_is_shown_at_the_project_file():
    write(Path(), {"meshgw.yaml": "edition: enterprise\n", "d.hcl": CLEAN})
    issues = json.loads(validate("--strict", "--format", "gitlab").stdout)
    assert {issue["check_name"] for issue in issues} == {"assumption"}
    assert {issue["location"]["path"] for issue in issues} == {"meshgw.yaml"}
    assert validate("--strict", "--format", "github").stdout.startswith(
        "::error title=meshgw%3A assumption::"
    )


@pytest.mark.parametrize("form", ["sarif", "github", "gitlab", "junit"])
@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_paths_are_relative_to_the_checkout(form, variable, tmp_path, monkeypatch):
    write(Path(), {"mesh/a b/x.hcl": SPLITTER})
    monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.chdir("mesh")
    assert re.search("mesh/a(%20| )b/x.hcl", validate("--format", form).stdout)


HOSTILE = "::error file=x::y\u202e\x07##[error]z"


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_of_the_tree_moves_a_cursor(form):
    text = (
        'Kind = "service-splitter"\nName = "web"\nSplits = [{ Weight = 9 }] # \u202e\u2066 \x7f\x85 \x9b31m\n'
    )
    write(Path(), {"a\u202eb.hcl": text, "b.json": json.dumps({"Kind": "service-defaults", HOSTILE: 1})})
    result = validate("--format", form)
    assert result.exit_code == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066]", result.stdout)


def github_commands(output):
    """The commands that a runner of GitHub would carry out: it looks past leading white space."""
    return [
        match[1]
        for line in output.splitlines()
        if (match := re.match(r"::([a-z-]+)(?: .*?)?::", line.lstrip(), re.IGNORECASE))
    ]


@pytest.mark.parametrize("form", ["text", "concise", "github"])
def test_the_tree_gives_no_commands_to_a_workflow(form, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    write(
        Path(),
        {
            "::error::.hcl": 'Kind = "service-splitter"\nName = "a"\nSplits = [{ Weight = 9 }]\n',
            "b.json": json.dumps({"Kind": "service-defaults", "Name": "x", "\n::set-env name=A::b": 1}),
            "c.hcl": '::stop-commands::x = 1\nKind = "service-defaults"\n',
            "d.json": '{"Kind": "service-defaults",\n"Name": "::error::", "Name":\n"::add-mask::b"}',
            "e.hcl": 'Kind = "service-defaults"\n"##[add-mask]x" = 1\n',
        },
    )
    result = validate("--format", form)
    assert result.exit_code == 1
    ours = {"error", "warning"} if form == "github" else set()
    assert set(github_commands(result.stdout)) == ours
    assert form == "github" or "##[" not in result.stdout


def test_quiet_and_statistics():
    write(Path(), TREES["error"])
    assert validate("-q", "--statistics").stdout.endswith(
        "     1 duplicate-key\n     1 name-upper-case\n     1 split-weights-not-100\n"
    )
    assert "judged as" not in validate("-q").stdout
    write(Path(), dict.fromkeys(TREES["error"], "") | TREES["never"])
    assert validate("-q").stdout == ""
