"""What users' CI looks for: hooks for the real pre-commit, the action run as GitHub would, the snippets."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from reports import BROKEN_CALL, CLEAN, DENY, SPLITTER, TWICE, write

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_"))},
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.com",
    "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.com",
}  # fmt: skip


def run(*words, cwd, check=True, **more):
    done = subprocess.run(
        words, cwd=cwd, capture_output=True, text=True, check=False, timeout=300, env=ENVIRONMENT | more
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def repository(folder, files):
    write(folder, files)
    run("git", "init", "-q", "-b", "main", cwd=folder)
    run("git", "add", "-A", cwd=folder)
    run("git", "commit", "-qm", "x", cwd=folder)
    return run("git", "rev-parse", "HEAD", cwd=folder).stdout.strip()


# pre-commit


@pytest.fixture
def hooked(tmp_path):
    """A repository whose pre-commit takes the hooks from this one's manifest.

    `language: unsupported` uses the meshgw that is installed, where users have one of its own: that
    would fetch packages.
    """
    pytest.importorskip("pre_commit")
    source, target = tmp_path / "meshgw", tmp_path / "tree"
    manifest = (ROOT / ".pre-commit-hooks.yaml").read_text()
    revision = repository(source, {".pre-commit-hooks.yaml": manifest})
    hooks = [{"id": name, "language": "unsupported"} for name in ("meshgw", "meshgw-changed")]
    config = {"repos": [{"repo": str(source), "rev": revision, "hooks": hooks}]}
    repository(
        target,
        {
            ".pre-commit-config.yaml": yaml.safe_dump(config),
            "web/agent.hcl": BROKEN_CALL,
            "old splitter.hcl": SPLITTER,
            "notes.txt": "x",
        },
    )
    return target


def pre_commit(folder, hook, *words):
    home = str(folder.parent / "home")
    done = run("pre-commit", "run", hook, *words, cwd=folder, check=False, PRE_COMMIT_HOME=home)
    return done.returncode, done.stdout


def test_the_manifest_is_valid():
    done = run("pre-commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"), cwd=ROOT)
    assert done.stderr == ""
    assert [hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())] == [
        "meshgw",
        "meshgw-changed",
    ]


def test_the_hook_of_the_whole_tree(hooked):
    write(hooked, {"new.hcl": CLEAN})
    run("git", "add", "new.hcl", cwd=hooked)
    code, out = pre_commit(hooked, "meshgw")
    assert code == 1
    assert "error[split-weights-not-100]" in out


def test_the_hook_of_changed_files(hooked):
    write(hooked, {"new file.hcl": CLEAN})
    run("git", "add", "-A", cwd=hooked)
    code, out = pre_commit(hooked, "meshgw-changed")
    assert (code, "Passed" in out) == (0, True), out
    write(hooked, {"intentions/db.hcl": DENY, "new file.hcl": CLEAN + "\n"})
    run("git", "add", "-A", cwd=hooked)
    code, out = pre_commit(hooked, "meshgw-changed")
    assert code == 1
    assert "error[intention-denies-upstream]" in out
    assert "--> web/agent.hcl" in out
    assert "split-weights-not-100" not in out


def test_nothing_of_consuls_is_no_reason_to_run(hooked):
    write(hooked, {"notes.txt": "y"})
    run("git", "add", "-A", cwd=hooked)
    for hook in ("meshgw", "meshgw-changed"):
        code, out = pre_commit(hooked, hook)
        assert (code, "Skipped" in out) == (0, True), out


def test_options_of_the_user_come_before_the_files(hooked):
    config = hooked / ".pre-commit-config.yaml"
    hook = "- id: meshgw-changed"
    config.write_text(config.read_text().replace(hook, f"{hook}\n    args: [-q, --]"))
    write(hooked, {"b.json": TWICE % "b"})
    run("git", "add", "-A", cwd=hooked)
    code, out = pre_commit(hooked, "meshgw-changed", "--verbose")
    assert code == 0, out
    assert "warning[duplicate-key]" in out
    assert "split-weights" not in out
    assert "judged as" not in out


def test_names_of_files_are_no_options(hooked):
    write(hooked, {"--format=json=evil.hcl": TWICE % "b", "--only.hcl": CLEAN})
    run("git", "add", "-A", cwd=hooked)
    code, out = pre_commit(hooked, "meshgw-changed", "--verbose")
    assert code == 0, out
    assert "--> --format=json=evil.hcl:5:3" in out
    assert "split-weights" not in out
    assert not (hooked / "evil.hcl").exists()


# action.yml

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}


def expression(text, inputs):
    """`${{ inputs.NAME }}`, as GitHub fills it in."""
    return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda match: inputs[match[1]], text)


def step(name, folder, **given):
    """Run a step as a runner of GitHub does: its script in a file, inputs as variables."""
    inputs = {key: str(value["default"]) for key, value in ACTION["inputs"].items()}
    inputs |= {key.replace("_", "-"): value for key, value in given.items()}
    temporary = folder.parent / "temp"
    temporary.mkdir(exist_ok=True)
    script = temporary / "step.sh"
    script.write_text(STEPS[name]["run"])
    variables = {key: expression(value, inputs) for key, value in STEPS[name].get("env", {}).items()}
    return run(
        "bash", "--noprofile", "--norc", "-eo", "pipefail", str(script), cwd=folder, check=False,
        GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(folder), GITHUB_ACTION_PATH=str(ROOT),
        GITHUB_STEP_SUMMARY=str(temporary / "summary.md"), RUNNER_TEMP=str(temporary), **variables,
    )  # fmt: skip


@pytest.fixture
def workspace(tmp_path):
    """A checkout, and the meshgw that is installed where the action installs one."""
    folder = tmp_path / "checkout"
    (tmp_path / "temp" / "meshgw" / "bin").mkdir(parents=True)
    (tmp_path / "temp" / "meshgw" / "bin" / "meshgw").symlink_to(BIN / "meshgw")
    write(folder, {"a/x.hcl": SPLITTER, "b c/y.json": TWICE % "y"})
    return folder


def test_the_action_is_valid():
    done = run("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml", cwd=ROOT)
    assert "ok" in done.stdout


def test_inputs_reach_the_shell_only_through_the_environment():
    for each in STEPS.values():
        assert "${{" not in each["run"]
    used = {
        name for each in STEPS.values() for name in re.findall(r"inputs\.([a-z-]+)", str(each.get("env")))
    }
    assert used == set(ACTION["inputs"])


def test_the_action_validates(workspace):
    done = step("Validate", workspace)
    assert done.returncode == 1
    assert "error[split-weights-not-100]" in done.stdout
    assert "::error file=a/x.hcl,line=3," in done.stdout
    assert "split-weights-not-100" in (workspace.parent / "temp" / "summary.md").read_text()


@pytest.mark.parametrize(
    ("inputs", "code", "said"),
    [
        ({"paths": "b c\n"}, 0, "warning[duplicate-key]"),
        ({"paths": "b c\na/x.hcl"}, 1, "split-weights-not-100"),
        ({"paths": "b c", "fail_on": "warning"}, 1, "warning[duplicate-key]"),
        ({"fail_on": "never"}, 0, "split-weights-not-100"),
        ({"edition": "enterprise", "paths": "b c"}, 0, "Enterprise (--edition)"),
        ({"edition": "enterprise", "paths": "b c", "strict": "true"}, 1, "error[assumption]"),
        ({"paths": "--version"}, 2, "`--version` does not exist"),
        ({"paths": "$(touch hacked)`touch hacked`; touch hacked"}, 2, "does not exist"),
        ({"edition": '"; touch hacked; "'}, 2, "Invalid value"),
        ({"since": "HEAD"}, 2, "not a git repository"),
        ({"baseline": "none.json"}, 2, "cannot read `none.json`"),
        ({"project": "none.yaml"}, 2, "none.yaml"),
    ],
)
def test_the_inputs_of_the_action(inputs, code, said, workspace):
    done = step("Validate", workspace, **inputs)
    assert done.returncode == code, done
    assert said in done.stdout + done.stderr
    assert not (workspace / "hacked").exists()


def test_the_action_writes_sarif(workspace):
    step("Validate", workspace, sarif="out put.sarif")
    log = json.loads((workspace / "out put.sarif").read_text())
    assert len(log["runs"][0]["results"]) == 2


def test_the_action_installs(tmp_path):
    folder = tmp_path / "checkout"
    write(folder, {"a.hcl": CLEAN})
    done = step("Install meshgw", folder)
    if done.returncode and re.search("No matching distribution|Connection|Could not find", done.stderr):
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stderr
    done = step("Validate", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing found" in done.stdout


# Dockerfile


def test_the_dockerfile_is_clean():
    if shutil.which("hadolint", path=ENVIRONMENT["PATH"]) is None:
        pytest.skip("hadolint is not installed")
    done = run("hadolint", "Dockerfile", cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (0, "")


# The snippets of the README


def snippets():
    section = (ROOT / "README.md").read_text().split("\n## In CI\n")[1].split("\n## ")[0]
    return re.findall(r"^```(\w+)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def snippet(language, word):
    (found,) = [text for name, text in snippets() if name == language and word in text]
    return found


def in_shell(line, folder):
    return run("bash", "-c", line, cwd=folder, check=False)


def test_the_snippet_for_pre_commit(tmp_path):
    text = snippet("yaml", "repos:")
    path = tmp_path / "config.yaml"
    path.write_text(text)
    run("pre-commit", "validate-config", str(path), cwd=tmp_path)
    known = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    assert {hook["id"] for repo in yaml.safe_load(text)["repos"] for hook in repo["hooks"]} <= known


@pytest.mark.parametrize(
    ("word", "schema"), [("runs-on", "vendor.github-workflows"), ("artifacts", "vendor.gitlab-ci")]
)
def test_a_workflow_is_valid(word, schema, tmp_path):
    path = tmp_path / "workflow.yaml"
    path.write_text(snippet("yaml", word))
    run("check-jsonschema", "--builtin-schema", schema, str(path), cwd=tmp_path)


def test_the_snippet_for_github_runs(workspace):
    steps = yaml.safe_load(snippet("yaml", "runs-on"))["jobs"]["meshgw"]["steps"]
    given = steps[1]["with"]
    assert set(given) <= set(ACTION["inputs"])
    write(workspace, {f"{given['paths']}/x.hcl": SPLITTER})
    assert step("Validate", workspace, **given).returncode == 1
    assert (workspace / steps[2]["with"]["sarif_file"]).exists()


def test_the_snippet_for_gitlab_runs(workspace):
    job = yaml.safe_load(snippet("yaml", "artifacts"))["meshgw"]
    assert job["script"][0] == "pip install --quiet meshgw"
    assert in_shell(job["script"][1], workspace).returncode == 1
    reports = job["artifacts"]["reports"]
    assert len(json.loads((workspace / reports["codequality"]).read_text())) == 2
    assert ET.parse(workspace / reports["junit"]).getroot().get("failures") == "1"


def test_the_snippet_for_jenkins_runs(workspace):
    text = snippet("groovy", "pipeline")
    assert text.count("{") == text.count("}")
    install, validate = re.findall(r"sh '(.*)'", text)
    assert install.endswith("install --quiet meshgw")
    (workspace / ".venv").symlink_to(BIN.parent)
    assert in_shell(validate, workspace).returncode == 1
    (report,) = re.findall(r"junit '(.*)'", text)
    assert ET.parse(workspace / report).getroot().get("failures") == "1"


def test_the_snippet_of_a_suppression_names_a_rule():
    from meshgw.rulebook import rulebook

    assert re.search(r"meshgw: allow ([a-z0-9-]+), ", snippet("hcl", "allow"))[1] in rulebook()
