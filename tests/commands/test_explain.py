"""`meshgw explain`: names, exit codes, and what goes where. Whole outputs are in tests/golden/explain-*."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from meshgw.cli import main
from meshgw.completion import complete_settings

EXAMPLE = Path(__file__).parents[2] / "examples" / "admin-partitions"
WEB = 'service { name = "web" port = 80 connect { sidecar_service { port = 2000 %s } } }\n'
TWO = """
service {
  name = "%s" namespace = "%s" port = 80
  connect { sidecar_service { port = 2000 proxy {
    upstreams { destination_name = "db" local_bind_port = 1 }
  } } }
}
"""


def explain(*words: str) -> Result:
    return CliRunner().invoke(main, ["explain", *words])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["webb"], "no service with a sidecar is called `webb`; did you mean `web`?"),
        (["zzz"], "no service with a sidecar is called `zzz`; there are: api, db, logging, web"),
        (["web", "apii"], "did you mean"),
        (["web", "zzz"], "no upstream of web is called `zzz`; there are: "),
        (["web", "api", "more"], "explain takes a service and one of its upstreams"),
        (["web", "--setting", "protocl"], "no setting is called `protocl`; did you mean `protocol`?"),
        (
            ["web", "api", "--setting", "expose.checks"],
            "`expose.checks` is a setting of proxies: leave `api` out",
        ),
        (["web", "zzz", "--setting", "protocol"], "no upstream of web is called `zzz`"),
        (["zzz", "--setting", "protocol"], "no service with a proxy is called `zzz`"),
        (["zzz", "api", "--setting", "protocol"], "no service with a sidecar is called `zzz`"),
        (["web", "--setting", "protocol", "--format", "dot"], "--format dot draws calls"),
        ([str(EXAMPLE / "meshgw.yaml")], "is no file of the tree"),
        ([str(EXAMPLE / "api" / "agent.hcl")], "declares no config entry and no service"),
        ([str(EXAMPLE / "api" / "api.hcl"), "web"], "alone, without names and settings"),
    ],
)
def test_what_cannot_be_done(words: list[str], says: str) -> None:
    result = explain("-C", str(EXAMPLE), *words)
    assert result.exit_code == 2, result.output
    assert says in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["web"],
        ["web-sidecar-proxy"],
        ["default/dev/web"],
        ["api"],
        ["web", "api"],
        ["web", "dev/api"],
        ["web", "api/dev/api"],
        ["--setting", "protocol"],
        ["web", "--setting", "config.anything"],
        ["web", "api", "--setting", "config.anything"],
        ["web", "api", "--setting", "config.limits"],
        ["mesh-gateway-api", "--setting", "list"],
        [str(EXAMPLE / "api" / "intentions.hcl")],
    ],
)
@pytest.mark.parametrize("format_", ["text", "json"])
def test_what_can(words: list[str], format_: str) -> None:
    result = explain("-C", str(EXAMPLE), *words, "--format", format_)
    assert result.exit_code == 0, result.output
    if format_ == "json":
        json.loads(result.stdout)


def test_a_name_in_two_namespaces_is_ambiguous(tmp_path: Path) -> None:
    for namespace in ("dev", "prod"):
        (tmp_path / f"{namespace}.hcl").write_text(TWO % ("web", namespace))
    for words in (["web"], ["web", "db"], ["web", "--setting", "mode"]):
        result = explain("-C", str(tmp_path), *words)
        assert result.exit_code == 2
        assert "`web` is ambiguous: default/dev/web, default/prod/web" in result.stderr
    assert explain("-C", str(tmp_path), "default/dev/web").exit_code == 0
    assert explain("-C", str(tmp_path), "default/dev/web", "--setting", "mode").exit_code == 0


def test_a_destination_in_two_namespaces_is_ambiguous(tmp_path: Path) -> None:
    for name, namespace in (("web", "dev"), ("shop", "prod")):
        (tmp_path / f"{namespace}.hcl").write_text(TWO % (name, namespace))
    result = explain("-C", str(tmp_path), "db")
    assert result.exit_code == 2
    assert "`db` is ambiguous: default/dev/db, default/prod/db" in result.stderr
    assert "called by" in explain("-C", str(tmp_path), "default/prod/db").stdout


def test_strict_makes_assumptions_errors(tmp_path: Path) -> None:
    (tmp_path / "web.hcl").write_text(WEB % "")
    result = explain("-C", str(tmp_path), "--strict")
    assert result.exit_code == 1
    assert "assumed: trust domain" in result.stderr


def test_what_consul_refuses_is_said(tmp_path: Path) -> None:
    (tmp_path / "web.hcl").write_text(WEB % "")
    (tmp_path / "bad.hcl").write_text('Kind = "service-splitter"\nName = "web"\nSplits = [{ Weight = 1 }]\n')
    result = explain("-C", str(tmp_path), "web")
    assert result.exit_code == 0
    assert "Consul refuses" in result.stderr


def test_values_of_secret_keys_are_not_shown(tmp_path: Path) -> None:
    (tmp_path / "web.hcl").write_text(WEB % 'proxy { config { envoy_x { token = "hunter2" } } }')
    for format_ in ("text", "json"):
        result = explain("-C", str(tmp_path), "web", "--setting", "config.envoy_x", "--format", format_)
        assert "[redacted]" in result.stdout
        assert "hunter2" not in result.output


def test_a_replaced_entry_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        Path(f"{name}.hcl").write_text('Kind = "service-defaults"\nName = "web"\nProtocol = "http"\n')
    Path("web.hcl").write_text(WEB % "")
    assert "counts in its place" in explain("-C", ".", "a.hcl").stdout
    assert "protocol = http" in explain("-C", ".", "b.hcl").stdout


def test_an_entry_that_nothing_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.hcl").write_text('Kind = "mesh"\n')
    assert "nothing in the tree depends on it" in explain("-C", ".", "a.hcl").stdout


def test_pipes_do_without_rich(tmp_path: Path) -> None:
    (tmp_path / "web.hcl").write_text(WEB % "")
    program = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from meshgw.cli import main\n"
        "result = CliRunner().invoke(main, ['explain', '-C', sys.argv[1], 'web'])\n"
        "assert result.exit_code == 0, result.output\n"
        "assert 'rich' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)


def test_settings_complete() -> None:
    found = [item.value for item in complete_settings(click.Context(main), None, "access_logs.t")]
    assert found == ["access_logs.type", "access_logs.text_format"]
