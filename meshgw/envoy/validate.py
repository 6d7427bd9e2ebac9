"""Asking a real Envoy whether it would load a configuration (`render --validate`)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_SECONDS: Final = 60
_LONGEST: Final = 2000  # characters of what Envoy says
_PREFIX = re.compile(r"^\[[^\]]*\](?:\[[^\]]*\])* *(?:\[[^\]]*\] )?")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Envoy says: whether it loads, and why not (without its time stamps and places of source)."""

    accepted: bool
    reason: str = ""


def find_envoy(binary: str = "") -> str | None:
    """The Envoy to ask: the one named, else the one of this Python's environment, else the first on PATH."""
    if binary:
        return shutil.which(binary)
    beside = shutil.which(str(Path(sys.executable).parent / "envoy"))
    return beside or shutil.which("envoy")


def validate(binary: str, config: Mapping[str, Any], *, folder: Path | None = None) -> Verdict:
    """Run `envoy --mode validate` on a configuration.

    `folder` is where Envoy starts, and relative certificates are looked up; default: here. Files that are
    not there are a reason to refuse, as they would be later.
    """
    with tempfile.TemporaryDirectory(prefix="meshgw-") as place:
        path = Path(place) / "envoy.json"
        path.write_text(json.dumps(config))
        command = [binary, "--mode", "validate", "--disable-hot-restart", "-l", "error", "-c", str(path)]
        try:
            run = subprocess.run(  # noqa: S603  # no shell, and nothing of the tree is an argument
                command,
                capture_output=True,
                text=True,
                errors="replace",
                stdin=subprocess.DEVNULL,
                cwd=folder,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Verdict(accepted=False, reason=f"no answer within {_SECONDS} seconds")
        except OSError as fault:
            return Verdict(accepted=False, reason=f"`{binary}` cannot be started: {fault.strerror}")
        if run.returncode == 0:
            return Verdict(accepted=True)
        return Verdict(accepted=False, reason=_reason(run.stderr or run.stdout, str(path)))


def _reason(said: str, path: str) -> str:
    lines = [_PREFIX.sub("", line).strip() for line in said.splitlines()]
    kept = [line.replace(f"error initializing configuration '{path}': ", "") for line in lines if line]
    # The last part is the configuration itself.
    return "\n".join(kept).split("): {", 1)[0][:_LONGEST] or "no reason given"
