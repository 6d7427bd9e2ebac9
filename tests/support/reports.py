"""Validating trees in tests, and reading what comes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from meshgw.cli import main

SPLITTER = 'Kind = "service-splitter"\nName = "web"\nSplits = [{ Weight = 90 }]\n'  # Consul refuses it
TWICE = '{\n  "Kind": "service-defaults",\n  "Name": "%s",\n  "Protocol": "tcp",\n  "Protocol": "http"\n}\n'
UPPER = 'Kind = "service-defaults"\nName = "%s"\nProtocol = "http"\n'  # an info
CLEAN = 'Kind = "service-defaults"\nName = "clean"\nProtocol = "http"\n'
BROKEN_CALL = """\
datacenter = "dc1"
node_name = "node-1"
bind_addr = "10.1.0.1"
services { name = "db" id = "db" port = 1 connect { sidecar_service { } } }
services {
  name = "web"
  port = 8080
  connect { sidecar_service { proxy { upstreams { destination_name = "db" local_bind_port = 5000 } } } }
}
"""
DENY = 'Kind = "service-intentions"\nName = "db"\nSources = [{ Name = "web", Action = "deny" }]\n'


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files below a folder; an empty text removes one."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text:
            path.write_text(text, encoding="utf-8")
        else:
            path.unlink()


def validate(*words: str) -> Result:
    """The command, in this process; a fault of meshgw itself is raised."""
    return CliRunner().invoke(main, ["validate", *words], catch_exceptions=False)


def report(*words: str) -> dict[str, Any]:
    """The json report of a run that could do its work."""
    result = validate("--format", "json", *words)
    assert result.exit_code in (0, 1), result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def found(*words: str) -> list[tuple[str, str]]:
    """File and rule of each finding."""
    return [
        (finding.get("location", {}).get("file", ""), finding["rule"])
        for finding in report(*words)["findings"]
    ]
