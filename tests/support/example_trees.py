"""The trees of `examples/` with some files changed, and what is found in them."""

from __future__ import annotations

import shutil
from pathlib import Path

from meshgw.analysis.validate import validate_tree
from meshgw.diagnostics.model import Diagnostic
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions

EXAMPLES = Path(__file__).parents[2] / "examples"
Files = dict[str, str]


def judged(tree: Path, example: str, files: Files) -> list[Diagnostic]:
    """The findings for an example with files laid over it; an empty text takes the file away."""
    shutil.copytree(EXAMPLES / example, tree, dirs_exist_ok=True)
    for name, text in files.items():
        if text:
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text)
        else:
            (tree / name).unlink()
    return list(validate_tree(load_tree((str(tree),), LoadOptions())).diagnostics)


def web(upstream: str, proxy: str = "", namespace: str = "dev") -> str:
    return f"""service {{
      name = "web"
      namespace = "{namespace}"
      port = 8080
      connect {{ sidecar_service {{ port = 20000 proxy {{ {proxy} upstreams = [{upstream}] }} }} }}
    }}"""


def told(tree: Path, example: str, files: Files) -> list[tuple[str, str, list[str]]]:
    """Of each finding its rule, where it stands (`FILE:LINE`) and where its related places do."""
    found = judged(tree, example, files)
    return [(one.rule, *_places(tree, one)) for one in found]


def _places(tree: Path, found: Diagnostic) -> tuple[str, list[str]]:
    own, *related = (
        f"{Path(place.document.name).resolve().relative_to(tree.resolve())}:{place.position[0]}"
        for place in (found.location, *(one.location for one in found.related))
        if place is not None
    )
    return own, related
