"""A room imports only from rooms above it (CONTRIBUTING.md)."""

import ast
from pathlib import Path

import pytest

import meshgw

PACKAGE = Path(meshgw.__file__).parent
ROOMS = (
    "source", "diagnostics", "schema", "entries", "services", "loading", "mesh", "resolve", "chain",
    "snapshot", "analysis", "envoy", "output", "commands", "cli",
)  # fmt: skip
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)


def imported_rooms(path: Path) -> set[str]:
    """The rooms that a module imports when it is imported, or later inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("meshgw.")}
    return found & set(ROOMS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_only_from_rooms_above(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0]
    below = {other for other in imported_rooms(path) if ROOMS.index(other) > ROOMS.index(room)}
    assert not below, f"{room} imports from {sorted(below)}"
