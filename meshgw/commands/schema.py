"""`meshgw schema`: the JSON Schema of a kind of input."""

from __future__ import annotations

import json

from meshgw.commands.console import OK, Console, UsageError
from meshgw.entries import KINDS


def schema(name: str, console: Console) -> int:
    """Print a schema (draft 2020-12)."""
    console.write(json.dumps(_schema(name), indent=2, ensure_ascii=False) + "\n")
    return OK


def _schema(name: str) -> object:
    if name == "project":
        from meshgw.loading.project_schema import PROJECT_SCHEMA

        return PROJECT_SCHEMA
    from meshgw.schemas import schema_for

    try:
        return schema_for(name)
    except KeyError:
        from meshgw.schema.suggest import nearest

        close = nearest(name, (*KINDS, "service", "agent", "project", "report"))
        hint = f"did you mean `{close}`?" if close else f"kinds: {', '.join(KINDS)}"
        raise UsageError(f"there is no schema for `{name}`; {hint}") from None
