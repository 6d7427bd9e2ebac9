"""Suppressions: what they cover, what they cannot, and those that do nothing."""

from pathlib import Path

import pytest
from reports import SPLITTER, TWICE, UPPER, found, report, validate, write

HEAD = 'Kind = "service-defaults"\n'
TAIL = 'Protocol = "http"\n'
NAME = 'Name = "Web"'
ALLOW = "meshgw: allow name-upper-case, an old name"
YAML = """\
apiVersion: consul.hashicorp.com/v1alpha1
kind: ServiceIntentions
metadata: { name: web }
spec:
  destination: { name: Web }%s
  sources: [{ name: a, action: allow }]
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}{NAME} # {ALLOW}\n{TAIL}",
        f"{HEAD}{NAME} // {ALLOW}\n{TAIL}",
        f"{HEAD}{NAME} /* {ALLOW} */\n{TAIL}",
        f"{HEAD}# {ALLOW}\n{NAME}\n{TAIL}",
        f"{HEAD}# {ALLOW}\n\n# more\n  // and more\n{NAME}\n{TAIL}",
        f"{HEAD}/* {ALLOW}\n   and why */\n{NAME}\n{TAIL}",
        f"{HEAD}{NAME}   #meshgw:allow  name-upper-case ,  an old name, and more\r\n{TAIL}",
    ],
)
def test_what_a_comment_covers(text):
    write(Path(), {"a.hcl": text})
    whole = report()
    assert (whole["findings"], whole["counts"]["suppressed"]) == ([], 1)
    (suppressed,) = whole["suppressed"]
    assert suppressed["rule"] == "name-upper-case"
    assert suppressed["reason"].startswith(("an old name", "and why"))


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (f"# {ALLOW}\n{HEAD}{NAME}\n{TAIL}", {"name-upper-case", "unused-suppression"}),
        (f"{HEAD}{NAME}\n{TAIL}# {ALLOW}\n", {"name-upper-case", "unused-suppression"}),
        (f"{HEAD}{NAME}\n# {ALLOW}\n{TAIL}", {"name-upper-case", "unused-suppression"}),
        (
            f"{HEAD}{NAME} # meshgw: allow duplicate-key, x\n{TAIL}",
            {"name-upper-case", "unused-suppression"},
        ),
        (f"{HEAD}{NAME} # meshgw: allow name-uper-case, x\n{TAIL}", {"name-upper-case", "unknown-rule"}),
        (
            f"{HEAD}{NAME} # meshgw: allow name-upper-case\n{TAIL}",
            {"name-upper-case", "incomplete-suppression"},
        ),
        (f"{HEAD}{NAME} # meshgw: ignore\n{TAIL}", {"name-upper-case", "incomplete-suppression"}),
        (f"{HEAD}{NAME} # see meshgw: allow name-upper-case, x\n{TAIL}", {"name-upper-case"}),
        (f'{HEAD}Name = "web" # {ALLOW}\n{TAIL}', {"unused-suppression"}),
        (f"{HEAD}# {ALLOW}\n# {ALLOW}\n{NAME}\n{TAIL}", {"unused-suppression"}),
    ],
)
def test_what_a_comment_does_not_cover(text, rules):
    write(Path(), {"a.hcl": text})
    assert {rule for _, rule in found()} == rules


def test_the_fixed_spelling_is_told():
    write(Path(), {"a.hcl": f"{HEAD}{NAME} # meshgw: allow name-uper-case, x\n{TAIL}"})
    helps = {finding["rule"]: finding.get("help") for finding in report()["findings"]}
    assert helps["unknown-rule"] == "did you mean `name-upper-case`?"


def test_what_consul_refuses_cannot_be_suppressed():
    allow = "# meshgw: allow split-weights-not-100, it is fine\n"
    write(Path(), {"a.hcl": SPLITTER.replace("Splits", f"{allow}Splits")})
    findings = {finding["rule"]: finding for finding in report()["findings"]}
    assert set(findings) == {"split-weights-not-100", "unused-suppression"}
    assert findings["unused-suppression"]["note"] == "what Consul refuses cannot be suppressed"
    assert not report()["accepted"]


def test_a_file_that_consul_refuses_is_not_judged_to_its_end():
    write(Path(), {"a.hcl": f"{SPLITTER}# meshgw: allow name-upper-case, x\n"})
    assert [rule for _, rule in found()] == ["split-weights-not-100"]


def test_yaml():
    write(Path(), {"a.yaml": YAML % ""})
    before = found()
    assert before
    rule = before[0][1]
    write(Path(), {"a.yaml": YAML % f" # meshgw: allow {rule}, an old name"})
    assert found() == before[1:]
    write(Path(), {"a.yaml": f"# meshgw: allow {rule}, for another document\n---\n" + YAML % ""})
    assert {rule for _, rule in found()} == {rule, "unused-suppression"}


PROJECT = "allow:\n  - { rule: %s, path: '%s', reason: an old exporter }\n"


@pytest.mark.parametrize(
    ("rule", "path", "rules"),
    [
        ("duplicate-key", "old/*.json", []),
        ("duplicate-key", "**", []),
        ("duplicate-key", "new/**", ["unused-suppression", "duplicate-key"]),
        ("duplicate-keys", "old/*.json", ["unknown-rule", "duplicate-key"]),
        ("name-upper-case", "old/*.json", ["unused-suppression", "duplicate-key"]),
    ],
)
def test_the_project_file_allows(rule, path, rules):
    write(Path(), {"meshgw.yaml": PROJECT % (rule, path), "old/a.json": TWICE % "a"})
    assert [rule for _, rule in found()] == rules


def test_patterns_are_relative_to_the_project_file(monkeypatch):
    write(Path(), {"mesh/meshgw.yaml": PROJECT % ("duplicate-key", "old/*"), "mesh/old/a.json": TWICE % "a"})
    assert found("mesh") == []
    monkeypatch.chdir("mesh/old")
    assert found(".") == []


def test_rules_of_the_project_file_have_to_be_rules():
    write(Path(), {"meshgw.yaml": "rules: { name-uper-case: off }\n", "a.hcl": UPPER % "A"})
    assert found() == [("a.hcl", "name-upper-case"), ("meshgw.yaml", "unknown-rule")]
    write(Path(), {"meshgw.yaml": "rules: { name-upper-case: off, unknown-rule: off, unknwon: off }\n"})
    assert found() == []


def test_suppressions_count_whatever_rules_are_selected():
    write(Path(), {"a.hcl": f"{HEAD}{NAME} # {ALLOW}\n{TAIL}"})
    assert found("--ignore", "name-upper-case") == []
    assert found("--select", "unused-suppression") == []


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_options_name_rules(option):
    write(Path(), {"a.hcl": UPPER % "A"})
    result = validate(option, "name-uper-case")
    assert result.exit_code == 2
    assert result.stderr == "meshgw: no rule is called `name-uper-case`; did you mean `name-upper-case`?\n"


def test_the_summary_says_how_many():
    write(Path(), {"a.hcl": f"{HEAD}{NAME} # {ALLOW}\n{TAIL}"})
    assert validate().stdout.endswith(": nothing found (1 suppressed)\n")


def test_very_many_comments_take_no_time():
    lines = "".join(f"# meshgw: allow name-upper-case, reason {number}\n" for number in range(20_000))
    write(Path(), {"a.hcl": f"{HEAD}{lines}{NAME}\n{TAIL}"})
    assert report()["counts"]["warning"] == 19_999
