"""How a tree is to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from meshgw.profile import Edition, EntryPath


class Step(Protocol):
    """Takes notice of progress: a stage, how many things it has to do, and how many are done."""

    def __call__(self, stage: str, total: int, done: int = 0) -> None: ...


def silent(stage: str, total: int, done: int = 0) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """What the command line, or a Python caller, says of a tree; `None` where it says nothing.

    `datacenter`, `partition` and `namespace` are for files that do not say, above the tenancy by path.
    `project` is the content of a project file, in place of one that would be looked for, and
    `project_file` the path of one. `stdin` is what standard input gave when a path is `-`.
    """

    edition: Edition | None = None
    consul_version: str | None = None
    entry_path: EntryPath | None = None
    datacenter: str | None = None
    partition: str | None = None
    namespace: str | None = None
    project: Mapping[str, Any] | None = None
    project_file: str | None = None
    stdin: bytes = b""
    stdin_name: str = "<stdin>"
