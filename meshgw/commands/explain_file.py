"""`meshgw explain FILE -C TREE`: what a file of the tree affects."""

from __future__ import annotations

import json
from pathlib import Path

from meshgw.commands.console import UsageError
from meshgw.loading.model import Loaded
from meshgw.output.explain_effects import effect_objects, effects_text
from meshgw.output.text import Paint
from meshgw.snapshot.calls import Calls


def explain_file(file: str, loaded: Loaded, calls: Calls, paint: Paint, *, as_json: bool) -> str:
    """The chains, settings and calls that the entries and services of a file decide."""
    from meshgw.analysis.effects import effects_of
    from meshgw.loading.find import shown_path

    name = shown_path(Path(file))
    effects = effects_of(name, loaded, calls)
    if not effects:
        if not any(document.name == name for document in loaded.documents):
            raise UsageError(f"`{name}` is no file of the tree")
        raise UsageError(f"`{name}` declares no config entry and no service that counts")
    if as_json:
        document = {
            "assumed": list(calls.mesh.assumptions),
            "file": name,
            "effects": effect_objects(effects),
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return effects_text(effects, paint)
