"""The command line as a user meets it: exit codes, streams, names, colours."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import meshgw
from meshgw.cli import main

EXAMPLE = str(Path(__file__).parents[1] / "examples" / "admin-partitions")
BAD_ENTRY = 'Kind = "service-defaults"\nName = "web"\nProtocol = "htp"\n'


def invoke(*words: str, stdin: str = "", env: dict[str, str] | None = None) -> Result:
    return CliRunner(env=env).invoke(main, words, input=stdin)


def test_version() -> None:
    assert invoke("--version").output == f"meshgw {meshgw.__version__}\n"


def test_the_version_loads_click_and_nothing_of_ours() -> None:
    code = "import sys; sys.argv = ['meshgw', '--version']\ntry:\n import meshgw.cli; meshgw.cli.main()\n"
    code += "except SystemExit: print(sorted(name for name in sys.modules if name.startswith('meshgw')))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    ours = set(ast.literal_eval(shown.splitlines()[1]))
    names_only = {"meshgw.completion", "meshgw.output", "meshgw.output.formats"}  # for --help and completion
    assert ours - names_only == {"meshgw", "meshgw._version", "meshgw.cli"}


@pytest.mark.parametrize("command", ["validate", "explain", "render", "rules", "schema"])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help(command: str, flag: str) -> None:
    result = invoke(command, flag)
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: main {command}")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["validate", EXAMPLE], 0),
        (["validate", "-"], 1),
        (["validate", "-", "--fail-on", "never"], 0),
        (["validate", "nowhere"], 2),
        (["validate", "--format", "xml", EXAMPLE], 2),
        (["explain", "web", "api", "-C", EXAMPLE], 0),
        (["explain", "wep", "-C", EXAMPLE], 2),
        (["explain", "web", "ap", "-C", EXAMPLE], 2),
        (["render", "--list", "-C", EXAMPLE], 0),
        (["render", "web-sidecar-proxy", "-C", EXAMPLE], 0),
        (["render", "mesh-gateway", "-C", EXAMPLE], 2),
        (["render", "-C", EXAMPLE], 2),
        (["render", "--check", "-C", EXAMPLE], 2),
        (["rules"], 0),
        (["rules", "unknown-key"], 0),
        (["rules", "unknown-kee"], 2),
        (["schema", "service-defaults"], 0),
        (["schema", "project"], 0),
        (["schema", "service-default"], 2),
    ],
    ids=str,
)
def test_exit_codes(words: list[str], code: int) -> None:
    result = invoke(*words, stdin=BAD_ENTRY)
    assert result.exit_code == code, result.output


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["explain", "wep", "-C", EXAMPLE], "did you mean `web`?"),
        (["explain", "web", "apj", "-C", EXAMPLE], "did you mean `api`?"),
        (["render", "web-sidecar-prox", "-C", EXAMPLE], "did you mean `web-sidecar-proxy`?"),
        (["render", "mesh-gateway", "-C", EXAMPLE], "choose with --datacenter, --partition"),
        (["rules", "unknown-kee"], "did you mean `unknown-key`?"),
        (["schema", "service-default"], "did you mean `service-defaults`?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_name_gets_a_hint_on_standard_error(words: list[str], hint: str) -> None:
    result = invoke(*words)
    assert hint in result.stderr
    assert result.stdout == ""


def test_standard_input_has_a_name() -> None:
    result = invoke("validate", "-", "--stdin-name", "web.hcl", "--format", "concise", stdin=BAD_ENTRY)
    assert result.stdout.startswith("web.hcl:3:12: error[service-protocol-unknown]")


def test_a_broken_byte_on_standard_input() -> None:
    entry = b'Kind = "service-defaults"\nName = "\xff"\n'
    result = CliRunner().invoke(main, ["validate", "-", "--format", "concise"], input=entry)
    assert result.exit_code == 1
    assert "<stdin>:2:9: error[syntax] byte 0xff is not valid UTF-8" in result.stdout


def test_json_is_a_document() -> None:
    report = json.loads(invoke("validate", "-", "--format", "json", stdin=BAD_ENTRY).stdout)
    assert report["accepted"] is False
    assert [found["rule"] for found in report["findings"]] == ["service-protocol-unknown"]


@pytest.mark.parametrize(
    ("words", "env", "coloured"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "always"], {}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours(words: list[str], env: dict[str, str], coloured: bool) -> None:
    result = invoke(*words, "validate", "-", stdin=BAD_ENTRY, env={"NO_COLOR": "", "FORCE_COLOR": "", **env})
    assert ("\x1b[" in result.stdout) is coloured


def test_output_is_the_same_twice(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert invoke("render", "-C", EXAMPLE, "-o", str(tmp_path / name)).exit_code == 0
    files = [path.relative_to(tmp_path / "one") for path in sorted((tmp_path / "one").rglob("*.json"))]
    assert len(files) == 49
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.parametrize("folder", ["", "api"])
def test_a_folder_with_input_is_not_written_to(tmp_path: Path, folder: str) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(EXAMPLE, tree)
    before = sorted(tree.rglob("*"))
    result = invoke("render", "-C", str(tree), "-o", str(tree / folder))
    assert result.exit_code == 2
    assert "which is input; choose another folder" in result.stderr
    assert sorted(tree.rglob("*")) == before


def test_check_shows_what_differs(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    assert invoke("render", "-C", EXAMPLE, "-o", out).exit_code == 0
    assert invoke("render", "-C", EXAMPLE, "-o", out, "--check").exit_code == 0
    path = tmp_path / "out" / "dc1" / "api" / "api-sidecar-proxy" / "clusters.json"
    path.write_text(path.read_text().replace('"5s"', '"6s"'))
    result = invoke("render", "-C", EXAMPLE, "-o", out, "--check")
    assert result.exit_code == 1
    assert '-    "connectTimeout": "6s"' in result.stdout


def test_hostile_names_never_reach_the_terminal_or_a_path(tmp_path: Path) -> None:
    (tmp_path / "evil.json").write_text(
        json.dumps(
            {
                "service": {
                    "name": "../../\u001b[31m\u202eevil\n::error::x",
                    "port": 80,
                    "connect": {"sidecar_service": {"port": 21000}},
                }
            }
        )
    )
    shown = invoke("validate", str(tmp_path)).stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert not any(line.startswith("::") for line in shown.splitlines())
    out = tmp_path / "out"
    assert invoke("render", "-C", str(tmp_path), "-o", str(out)).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"evil.json", "out"}
