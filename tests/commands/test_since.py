"""`--since` and `--only`: real git repositories, findings in changed files and those they cause elsewhere."""

import os
import subprocess
from pathlib import Path

import pytest
from reports import BROKEN_CALL, CLEAN, DENY, SPLITTER, TWICE, UPPER, found, report, validate, write


def git(*words):
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    names = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *names, *words], check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout.strip()


def commit(files):
    write(Path(), files)
    git("add", "-A")
    git("commit", "-qm", "x")


@pytest.fixture(autouse=True)
def _repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    git("init", "-q")
    commit({"web/agent.hcl": BROKEN_CALL, "old.json": TWICE % "old", "README.md": "x"})


def test_nothing_changed():
    assert found() == [("old.json", "duplicate-key")]
    assert found("--since", "HEAD") == []


def test_what_is_in_a_changed_file():
    write(Path(), {"old.json": TWICE % "older", "new.json": TWICE % "new"})
    assert found("--since", "HEAD") == [("new.json", "duplicate-key"), ("old.json", "duplicate-key")]


def test_what_a_change_causes_elsewhere():
    """An intention that is added denies a call whose upstream is written in a file nobody touched."""
    write(Path(), {"intentions/db.hcl": DENY})
    ((file, rule),) = found("--since", "HEAD", "--select", "intention-denies-upstream")
    assert (file, rule) == ("web/agent.hcl", "intention-denies-upstream")
    git("add", "-A")
    git("commit", "-qm", "x")
    assert found("--since", "HEAD") == []
    assert ("web/agent.hcl", "intention-denies-upstream") in found("--since", "HEAD~1")


def test_what_a_removed_file_causes():
    write(Path(), {"gone.hcl": CLEAN})
    commit({"db.hcl": DENY, "allow.hcl": ""} if Path("allow.hcl").exists() else {"db.hcl": DENY})
    write(Path(), {"db.hcl": ""})
    assert found("--since", "HEAD") == []


def test_what_a_change_of_the_project_file_causes():
    commit({"c.hcl": UPPER % "C", "meshgw.yaml": "rules: { name-upper-case: off }\n"})
    write(Path(), {"meshgw.yaml": "rules: {}\n"})
    assert found("--since", "HEAD") == [("c.hcl", "name-upper-case")]


def test_what_was_there_is_known_again_when_lines_move():
    commit({"agents/x.hcl": 'services = [{ name = "x", port = 1, token = "t" }]\n', "b.hcl": CLEAN})
    before = found("--since", "HEAD~1")
    assert {file for file, _ in before} == {"agents/x.hcl"}
    write(Path(), {"b.hcl": CLEAN + "\n"})
    assert found("--since", "HEAD") == []


def test_since_a_branch_left():
    git("checkout", "-qb", "topic")
    commit({"mine.json": TWICE % "mine"})
    git("checkout", "-q", "main")
    commit({"theirs.json": TWICE % "theirs"})
    git("checkout", "-q", "topic")
    assert found("--since", "main...") == [("mine.json", "duplicate-key")]


def test_from_a_folder_below(monkeypatch):
    commit({"a/x.json": TWICE % "x", "b/y.json": TWICE % "y"})
    write(Path(), {"a/x.json": TWICE % "xx"})
    monkeypatch.chdir("a")
    assert found("--since", "HEAD", "..") == [("x.json", "duplicate-key")]
    assert found("--since", "HEAD", "../b") == []


def test_odd_names_and_links():
    commit({"ä b\n.json": TWICE % "x", "z.hcl": CLEAN})
    Path("link.hcl").symlink_to("z.hcl")
    write(Path(), {"z.hcl": CLEAN + "\n"})
    assert found("--since", "HEAD", "--select", "duplicate-key") == []


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        ("nowhere", "git knows no revision `nowhere` here"),
        ("--output=x", "`--output=x` is no revision of git"),
        ("...", "`...` is no revision of git"),
        ("HEAD:README.md", "git knows no revision"),
    ],
)
def test_revisions_that_are_none(revision, said):
    result = validate(f"--since={revision}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert not Path("x").exists()


def test_outside_of_git(tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("plain"))
    write(Path(), {"a.hcl": CLEAN})
    result = validate("--since", "HEAD")
    assert result.exit_code == 2
    assert "not a git repository" in result.stderr


def test_without_git(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    result = validate("--since", "HEAD")
    assert (result.exit_code, result.stderr) == (2, "meshgw: git is not installed\n")


def test_only_takes_all_paths_that_follow():
    write(Path(), {"a.json": TWICE % "a", "b.json": TWICE % "b"})
    assert found("--only", "a.json", "b.json") == [("a.json", "duplicate-key"), ("b.json", "duplicate-key")]
    assert found(".", "--only", "a.json", "--select", "duplicate-key") == [("a.json", "duplicate-key")]
    assert found("--only=b.json", ".") == [("b.json", "duplicate-key")]
    assert found("--only", "--select", "duplicate-key", "a.json", "b.json") == found(
        "--only", "a.json", "b.json"
    )
    for words in (["--only"], ["--only", "-q"], ["-q", "--only"], ["--only", "gone.hcl"]):
        assert validate(*words).exit_code == 2


def test_only_knows_what_contributes_elsewhere():
    write(Path(), {"intentions/db.hcl": DENY})
    assert ("web/agent.hcl", "intention-denies-upstream") in found("--only", "intentions/db.hcl")
    assert found("--only", "README.md") == []


def test_a_project_file_concerns_everything():
    write(Path(), {"meshgw.yaml": "edition: community\n"})
    assert found("--only", "meshgw.yaml") == found()


def test_changed_files_of_a_pull_request_come_first(monkeypatch):
    origin = git("rev-parse", "HEAD")
    git("update-ref", "refs/remotes/origin/main", origin)
    commit({f"n{number:02}.json": TWICE % f"n{number}" for number in range(3)})
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    write(Path(), {"n02.json": TWICE % "changed"})
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    lines = validate("--format", "github").stdout.splitlines()
    assert lines[0].startswith("::warning file=n02.json")
    monkeypatch.setenv("GITHUB_BASE_REF", "unknown")
    assert validate("--format", "github").stdout.startswith("::warning file=n00.json")


def test_accepted_is_said_of_the_whole_tree():
    write(Path(), {"s.hcl": SPLITTER, "c.hcl": CLEAN})
    for words in (["--only", "c.hcl"], ["--since", "HEAD", "c.hcl", "s.hcl", "--only", "c.hcl"]):
        whole = report(*words)
        assert (whole["findings"], whole["accepted"]) == ([], False)
