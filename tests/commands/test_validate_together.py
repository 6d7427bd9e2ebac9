"""`meshgw validate` of config entries together: as a final state, in sequence, and for some paths only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from meshgw.cli import main

REDIRECT = 'Kind = "service-resolver"\nName = "web"\nRedirect { Service = "api" ServiceSubset = "v2" }\n'
SUBSETS = 'Kind = "service-resolver"\nName = "api"\nSubsets { v2 { Filter = "Service.Meta.v == 2" } }\n'
ROUTER = 'Kind = "service-router"\nName = "web"\n'
OTHER = 'Kind = "service-router"\nName = "db"\n'
HTTP = 'Kind = "service-defaults"\nName = "web"\nProtocol = "http"\n'
TCP = 'Kind = "service-defaults"\nName = "web"\nProtocol = "tcp"\n'
RESET = 'Kind = "proxy-defaults"\nName = "global"\nConfig { protocol = "http" }\n'
PLAIN = 'Kind = "service-defaults"\nName = "web"\n'


def run(folder: Path, files: dict[str, str], *words: str) -> dict:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    result = CliRunner().invoke(main, ["validate", "--format", "json", *words])
    assert result.exit_code in (0, 1), result.output
    report = json.loads(result.stdout)
    assert result.exit_code == (1 if report["counts"]["error"] else 0)
    return report


def places(report: dict) -> list[str]:
    return [f"{found['location']['file']} {found['rule']}" for found in report["findings"]]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("files", "words", "expected"),
    [
        # a final state does not depend on names of files
        ({"a.hcl": REDIRECT, "b.hcl": SUBSETS}, [], []),
        ({"b.hcl": REDIRECT, "a.hcl": SUBSETS}, [], []),
        ({"a.hcl": REDIRECT}, [], ["a.hcl chain-subset-missing"]),
        ({"a.hcl": ROUTER}, [], ["a.hcl routing-needs-http"]),
        # a sequence does
        ({"a.hcl": REDIRECT, "b.hcl": SUBSETS}, ["--sequence"], ["a.hcl chain-subset-missing"]),
        ({"a.hcl": REDIRECT, "b.hcl": SUBSETS}, ["--sequence", "b.hcl", "a.hcl"], []),
        ({"x/a.hcl": SUBSETS, "w/b.hcl": REDIRECT}, ["--sequence", "x", "w"], []),
        ({"x/a.hcl": SUBSETS, "w/b.hcl": REDIRECT}, ["--sequence"], ["w/b.hcl chain-subset-missing"]),
        # a refused write changes nothing for those after it, an accepted one replaces
        (
            {"1.hcl": HTTP, "2.hcl": ROUTER, "3.hcl": TCP},
            ["--sequence", "1.hcl", "2.hcl", "3.hcl"],
            ["3.hcl routing-needs-http"],
        ),
        ({"1.hcl": TCP, "2.hcl": HTTP, "3.hcl": ROUTER}, ["--sequence", "1.hcl", "2.hcl", "3.hcl"], []),
        # quirks of chains are warnings (DC-W05)
        ({"a.hcl": RESET, "b.hcl": PLAIN}, [], ["b.hcl protocol-reset"]),
        # what is refused by itself still counts for others, and has no second finding
        ({"a.hcl": REDIRECT, "b.hcl": SUBSETS + "Failover { v2 {} }\n"}, [], ["b.hcl failover-empty"]),
        # --only looks at everything, and tells what touches its paths
        ({"a.hcl": REDIRECT, "b.hcl": OTHER}, ["--only", "b.hcl"], ["b.hcl routing-needs-http"]),
        ({"a.hcl": REDIRECT, "b.hcl": SUBSETS}, ["--only", "b.hcl"], []),
        ({"x/a.hcl": REDIRECT, "y/b.hcl": OTHER}, ["--only", "x"], ["x/a.hcl chain-subset-missing"]),
    ],
)
def test_findings(tmp_path: Path, files: dict[str, str], words: list[str], expected: list[str]) -> None:
    assert places(run(tmp_path, files, *words)) == expected


def test_a_file_is_accepted_or_not_by_what_the_others_say(tmp_path: Path) -> None:
    report = run(tmp_path, {"a.hcl": REDIRECT, "b.hcl": HTTP})
    assert not report["accepted"]
    assert {found["path"]: found["accepted"] for found in report["inputs"]} == {
        "a.hcl": False,
        "b.hcl": True,
    }


def test_the_way_to_the_fault_is_told(tmp_path: Path) -> None:
    [found] = run(tmp_path, {"a.hcl": REDIRECT})["findings"]
    assert "web → resolver web redirect" in found["note"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--ignore", "chain-subset-mising"], "did you mean `chain-subset-missing`?"),
        (["--select", "nonsense"], "no rule is called `nonsense`"),
        (["--only", "nowhere.hcl"], "`nowhere.hcl` of --only does not exist"),
    ],
)
def test_usage(tmp_path: Path, words: list[str], says: str) -> None:
    (tmp_path / "a.hcl").write_text(REDIRECT)
    result = CliRunner().invoke(main, ["validate", *words])
    assert result.exit_code == 2
    assert says in result.stderr
