"""Places as reports show them.

Paths as CI services want them: relative to the checkout, with `/`, as URIs where asked for. Of many
related places a report for people shows a handful.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from urllib.parse import quote

from meshgw.diagnostics.model import Diagnostic, Related
from meshgw.output.style import Style


def checkout_path(name: str, style: Style) -> str:
    """A shown file name relative to the checkout, if there is one that holds it."""
    if not style.checkout:
        return name
    path = Path(os.path.relpath(Path(name).absolute(), style.checkout)).as_posix()
    return name if path.startswith("../") else path


def relative_uri(name: str, style: Style) -> str:
    """The same as a relative reference of RFC 3986; a first part with a colon is no scheme."""
    return quote(checkout_path(name, style), safe="/~!$&'()*+,;=@")


_MANY: Final = 6


def shown_related(found: Diagnostic) -> tuple[tuple[Related, ...], int]:
    """The related places that people are shown, and how many more there are."""
    if len(found.related) <= _MANY:
        return found.related, 0
    shown = found.related[: _MANY - 1]
    return shown, len(found.related) - len(shown)
