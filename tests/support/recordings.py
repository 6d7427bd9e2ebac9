"""Where the recordings of a real Consul are, and cases made of them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[2]

FOLDER = Path(os.environ.get("MESHGW_CONFORMANCE", _ROOT.parent / "shared" / "conformance"))
"""The folder that MESHGW_CONFORMANCE names."""


def recorded_lines(name: str) -> list[Any]:
    """One case for each line of a recording, or one that is skipped and says why."""
    path = FOLDER / name
    if not path.is_file():
        reason = f"no recordings at {path} (MESHGW_CONFORMANCE names the folder)"
        return [pytest.param(None, id=name, marks=pytest.mark.skip(reason=reason))]
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [pytest.param(case, id=case["id"]) for case in cases]
