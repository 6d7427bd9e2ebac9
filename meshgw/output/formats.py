"""The formats of `validate`: one table for the option, its help and its errors."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:  # the command line reads this table for its help
    from meshgw.output.style import Render


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, what it is for, and the module whose `render` writes it."""

    name: str
    about: str
    reader: Literal["person", "program"]

    @property
    def render(self) -> Render:
        """What writes a report in this format."""
        return cast("Render", import_module(f"meshgw.output.{self.name}").render)


FORMATS = {
    found.name: found
    for found in (
        Format("text", "for people, with source lines", "person"),
        Format("concise", "one line for each finding", "person"),
        Format("json", "for programs; `meshgw schema report`", "program"),
        Format("sarif", "SARIF 2.1.0, for code scanning", "program"),
        Format("junit", "JUnit XML, for test reports", "program"),
        Format("github", "annotations of a GitHub workflow", "program"),
        Format("gitlab", "a GitLab code quality report", "program"),
    )
}

AUTO = "auto"
ABOUT_AUTO = "github in a GitHub workflow, else text"
