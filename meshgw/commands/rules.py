"""`meshgw rules`: the list of all rules, and the page of one."""

from __future__ import annotations

from meshgw.commands.console import OK, Console, UsageError
from meshgw.diagnostics.rules import Rule


def rules(name: str | None, console: Console) -> int:
    """List the rules, or show a page."""
    from meshgw.rulebook import rulebook

    book = rulebook()
    if name is None:
        console.write(_list(book))
        return OK
    if name not in book:
        from meshgw.schema.suggest import nearest

        close = nearest(name, book)
        raise UsageError(f"no rule is called `{name}`" + (f"; did you mean `{close}`?" if close else ""))
    console.write(_page(book[name]))
    return OK


def _list(book: dict[str, Rule]) -> str:
    width = max(map(len, book))
    return "".join(f"{rule.name:<{width}}  {rule.severity.word:<7}  {rule.title}\n" for rule in book.values())


def _page(rule: Rule) -> str:
    about = [f"{rule.severity.word}, about {rule.on or 'the tree'}"]
    if rule.consul is not None:
        about.append(f'Consul refuses it: "{rule.consul.replace("%", "…")}"')
    if rule.edition is not None:
        about.append(f"{rule.edition.capitalize()} only")
    if rule.inferred:
        about.append(f"inferred from documentation; `rules: {{ {rule.name}: off }}` relaxes it")
    header = "\n".join(f"  {line}" for line in about)
    return f"{rule.name}\n\n{header}\n\n{rule.page}\n"
