"""Baselines: begin with an old tree, and hear of what comes and what is fixed."""

import json
from pathlib import Path

import pytest
from reports import SPLITTER, TWICE, UPPER, found, report, validate, write


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"a.json": TWICE % "a", "c.hcl": UPPER % "C"})


def baseline():
    return json.loads(Path("base.json").read_text())


def test_what_was_there_is_left_out():
    result = validate("--write-baseline", "base.json", "--fail-on", "info", "-q")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "meshgw: wrote 2 findings to `base.json`\n"
    assert found("--baseline", "base.json") == []
    write(Path(), {"b.json": TWICE % "b", "a.json": "\n\n" + TWICE % "a"})
    assert found("--baseline", "base.json") == [("b.json", "duplicate-key")]
    assert validate("--baseline", "base.json").stdout.endswith("1 warning (2 in the baseline)\n")
    whole = report("--baseline", "base.json")
    assert (whole["counts"]["baseline"], whole["skipped"]) == (2, [])


def test_what_is_fixed_is_found_where_the_baseline_says_it():
    validate("--write-baseline", "base.json")
    write(Path(), {"a.json": ""})
    (finding,) = report("--baseline", "base.json")["findings"]
    assert finding["rule"] == "fixed-in-baseline"
    assert finding["message"] == "the finding `duplicate-key` of `a.json` is gone"
    line = Path("base.json").read_text().splitlines()[finding["location"]["line"] :][0]
    assert "duplicate-key" in line
    assert validate("--baseline", "base.json", "--fail-on", "warning").exit_code == 1


def test_one_more_of_the_same_is_new():
    write(Path(), {"d.hcl": UPPER % "C", "c.hcl": ""})
    validate("--write-baseline", "base.json")
    write(Path(), {"a.json": (TWICE % "a").replace('"tcp",', '"tcp",\n  "Protocol": "grpc",')})
    assert found("--baseline", "base.json") == [("a.json", "duplicate-key")]


def test_what_consul_refuses_is_in_no_baseline():
    write(Path(), {"s.hcl": SPLITTER})
    result = validate("--write-baseline", "base.json")
    assert result.exit_code == 1
    assert "1 more are not in it: what Consul refuses cannot be suppressed" in result.stderr
    assert len(baseline()["findings"]) == 2


def test_a_baseline_is_of_everything_whatever_is_selected():
    validate("--write-baseline", "base.json", "--select", "duplicate-key", "--only", "c.hcl")
    assert {item["rule"] for item in baseline()["findings"]} == {"duplicate-key", "name-upper-case"}
    assert found("--baseline", "base.json", "--ignore", "duplicate-key") == []


def test_it_holds_nothing_but_names_and_fields():
    validate("--write-baseline", "base.json")
    assert all(set(item) == {"rule", "file", "field", "fingerprint"} for item in baseline()["findings"])


def test_it_can_stand_in_the_tree_and_be_used_from_elsewhere(monkeypatch):
    validate("--write-baseline", "base.json")
    Path("sub").mkdir()
    monkeypatch.chdir("sub")
    assert found("..", "--baseline", "../base.json") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot read `base.json`: No such file"),
        ("{", "cannot use `base.json`"),
        ("{}", "it is no baseline of meshgw"),
        ('{"generator": "meshgw", "version": 9, "findings": []}', "another version of meshgw wrote it"),
        ('{"generator": "meshgw", "version": 1, "findings": [1]}', "its `findings` are not those"),
    ],
)
def test_what_is_no_baseline(text, said):
    if text is not None:
        Path("base.json").write_text(text)
    result = validate("--baseline", "base.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
