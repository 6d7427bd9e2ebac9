"""`meshgw schema`: the JSON Schema of a kind of input, or of the report."""

from __future__ import annotations

from meshgw.commands.console import OK, Console, UsageError


def schema(name: str, console: Console) -> int:
    """Print a schema (draft 2020-12)."""
    from meshgw.schemas import printed, schema_for

    try:
        console.write(printed(schema_for(name)))
    except KeyError:
        raise UsageError(f"there is no schema for `{name}`; {_hint(name)}") from None
    return OK


def names() -> tuple[str, ...]:
    """Everything that has a schema."""
    from meshgw.entries import KINDS
    from meshgw.loading.kubernetes import ENTRY_KINDS
    from meshgw.schemas import OTHERS

    return (*KINDS, *ENTRY_KINDS, *OTHERS)


def _hint(name: str) -> str:
    from meshgw.schema.suggest import nearest

    close = nearest(name, names())
    return f"did you mean `{close}`?" if close else f"there is one for {', '.join(names())}"
