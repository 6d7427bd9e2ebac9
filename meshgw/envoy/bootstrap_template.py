"""The part of Go's text/template that templates of a bootstrap use (envoy-bootstrap.md 12).

Fields, `if` / `else if` / `else`, `range` over a list, `not and or eq ne len`, variables of `range`, text in
quotes, trimming and comments. Anything else is an error that names it. The semantics are those of
https://pkg.go.dev/text/template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

_DEEPEST: Final = 30  # blocks or parentheses in one another
_LONGEST: Final = 16_000_000  # characters of a result

_ACTION = re.compile(r"""\{\{(-\s)?((?:"(?:\\.|[^"\\\n])*"|`[^`]*`|[^}"`]|\}(?!\}))*?)(\s-)?\}\}""")
_COMMENT = re.compile(r"\{\{(-\s)?(/\*(?:[^*]|\*(?!/))*\*/)(\s-)?\}\}")
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:\\.|[^"\\\n])*"|`[^`]*`)|(?P<number>-?[0-9]+)|(?P<field>(?:\.[A-Za-z_]\w*)+|\.)"""
    r"""|(?P<variable>\$\w*(?:\.[A-Za-z_]\w*)*)|(?P<word>[A-Za-z_]\w*)|(?P<sign>:=|[(),]))"""
)

Value: TypeAlias = str | bool | int | list[str]


class TemplateError(ValueError):
    """What a template does that is not possible; the reason names the construct."""


@dataclass(slots=True)
class _Block:
    """A list of parts: texts, outputs, and blocks of their own."""

    parts: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class _If:
    condition: Any
    then: _Block = field(default_factory=_Block)
    otherwise: _Block = field(default_factory=_Block)


@dataclass(slots=True)
class _Range:
    names: list[str]
    over: Any
    then: _Block = field(default_factory=_Block)
    otherwise: _Block = field(default_factory=_Block)


@dataclass(frozen=True, slots=True)
class _Field:
    name: str  # empty: the dot itself


@dataclass(frozen=True, slots=True)
class _Root:
    name: str


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str


@dataclass(frozen=True, slots=True)
class _Call:
    function: str
    arguments: tuple[Any, ...]


def execute(template: str, values: Mapping[str, Value]) -> str:
    """The text that a template makes of the values; raises `TemplateError`."""
    parts: list[str] = []
    length = 0
    for part in _run(_parsed(template), values, None, {}):
        parts.append(part)
        length += len(part)
        if length > _LONGEST:
            raise TemplateError(f"the result has more than {_LONGEST} characters")
    return "".join(parts)


# --- reading ---


def _parsed(template: str) -> _Block:
    root = _Block()
    open_blocks: list[tuple[_If | _Range | None, _Block]] = [(None, root)]
    chained: list[int] = []  # how many `if`s one `end` closes
    for part in _pieces(template):
        if isinstance(part, str):
            open_blocks[-1][1].parts.append(part)
        else:
            _take(part[0], open_blocks, chained)
    if len(open_blocks) > 1:
        raise TemplateError("an `if` or `range` has no `end`")
    return root


def _pieces(template: str) -> Iterator[str | tuple[str]]:
    """Texts, and the inside of actions as tuples; trimmed, without comments."""
    end, trim = 0, False
    while (start := template.find("{{", end)) >= 0:
        action = _COMMENT.match(template, start) or _ACTION.match(template, start)
        if action is None:
            raise TemplateError("an action is not closed with `}}`")
        text = template[end:start]
        text = text.lstrip(" \t\r\n") if trim else text
        yield text.rstrip(" \t\r\n") if action[1] else text
        if action.re is _ACTION:
            yield (action[2].strip(),)
        end, trim = action.end(), bool(action[3])
    yield template[end:].lstrip(" \t\r\n") if trim else template[end:]


def _take(action: str, open_blocks: list[tuple[_If | _Range | None, _Block]], chained: list[int]) -> None:
    tokens = _tokens(action)
    word = tokens[0] if tokens else ""
    owner, block = open_blocks[-1]
    if word in ("if", "range"):
        if len(open_blocks) > _DEEPEST:
            raise TemplateError(f"more than {_DEEPEST} blocks in one another")
        opened = _If(_expression(tokens[1:])) if word == "if" else _range(tokens[1:])
        block.parts.append(opened)
        open_blocks.append((opened, opened.then))
        chained.append(1)
    elif word == "else" and owner is not None and block is owner.then:
        open_blocks[-1] = (owner, owner.otherwise)
        if tokens[1:2] == ["if"]:
            if len(open_blocks) > _DEEPEST:
                raise TemplateError(f"more than {_DEEPEST} blocks in one another")
            opened = _If(_expression(tokens[2:]))
            owner.otherwise.parts.append(opened)
            open_blocks.append((opened, opened.then))
            chained[-1] += 1
        elif tokens[1:]:
            raise TemplateError(f"`{{{{{action}}}}}` is not supported")
    elif tokens == ["end"] and owner is not None:
        for _ in range(chained.pop()):
            open_blocks.pop()
    elif word in ("else", "end"):
        raise TemplateError(f"`{word}` stands outside of a block")
    elif word in ("with", "define", "template", "block", "break", "continue"):
        raise TemplateError(f"`{word}` is not supported")
    else:
        block.parts.append(_expression(tokens))


def _tokens(action: str) -> list[str]:
    tokens, position = [], 0
    while position < len(action):
        found = _TOKEN.match(action, position)
        if found is None:
            raise TemplateError(f"`{action[position:].strip()[:40]}` is not supported")
        tokens.append(found[0].strip())
        position = found.end()
    return tokens


def _range(tokens: list[str]) -> _Range:
    if ":=" not in tokens:
        return _Range([], _expression(tokens))
    at = tokens.index(":=")
    names = [word for word in tokens[:at] if word != ","]
    if not 1 <= len(names) <= 2 or not all(name.startswith("$") for name in names):
        raise TemplateError(f"`range {' '.join(tokens)}` is not supported")
    return _Range(names, _expression(tokens[at + 1 :]))


def _expression(tokens: list[str]) -> Any:
    found, rest = _call(tokens, 0)
    if rest:
        raise TemplateError(f"`{' '.join(tokens)}` is not supported")
    return found


def _call(tokens: list[str], depth: int) -> tuple[Any, list[str]]:
    """A function with its arguments, or one operand."""
    if depth > _DEEPEST:
        raise TemplateError(f"more than {_DEEPEST} parentheses in one another")
    if not tokens:
        raise TemplateError("an action is empty")
    if tokens[0] not in _FUNCTIONS:
        return _operand(tokens, depth)
    function, rest, arguments = tokens[0], tokens[1:], []
    while rest and rest[0] != ")":
        argument, rest = _operand(rest, depth)
        arguments.append(argument)
    return _Call(function, tuple(arguments)), rest


def _operand(tokens: list[str], depth: int) -> tuple[Any, list[str]]:
    word, rest = tokens[0], tokens[1:]
    if word == "(":
        found, rest = _call(rest, depth + 1)
        if rest[:1] != [")"]:
            raise TemplateError("a parenthesis is not closed")
        return found, rest[1:]
    if word.startswith("."):
        return _Field(word[1:].removeprefix("GRPC.")), rest
    if word.startswith("$."):
        return _Root(word[2:].removeprefix("GRPC.")), rest
    if word.startswith("$"):
        return _Variable(word), rest
    if word.startswith("`"):
        return word[1:-1], rest
    if word.startswith('"'):
        try:
            return json.loads(word), rest
        except ValueError:
            raise TemplateError(f"the text {word[:40]} is not supported") from None
    if word in ("true", "false"):
        return word == "true", rest
    if word.lstrip("-").isdecimal() and len(word) < 20:
        return int(word), rest
    raise TemplateError(f"`{word[:40]}` is not supported")


# --- running ---


def _run(
    block: _Block, values: Mapping[str, Value], dot: Value | None, variables: Mapping[str, Value]
) -> Iterator[str]:
    for part in block.parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, _If):
            chosen = part.then if _truth(_value(part.condition, values, dot, variables)) else part.otherwise
            yield from _run(chosen, values, dot, variables)
        elif isinstance(part, _Range):
            yield from _each(part, values, dot, variables)
        else:
            yield _printed(_value(part, values, dot, variables))


def _each(
    loop: _Range, values: Mapping[str, Value], dot: Value | None, variables: Mapping[str, Value]
) -> Iterator[str]:
    items = _value(loop.over, values, dot, variables)
    if not isinstance(items, list):
        raise TemplateError("`range` needs a list")
    for index, item in enumerate(items):
        given: list[Value] = [item] if len(loop.names) == 1 else [index, item]
        yield from _run(loop.then, values, item, {**variables, **dict(zip(loop.names, given, strict=False))})
    if not items:
        yield from _run(loop.otherwise, values, dot, variables)


def _value(
    expression: Any, values: Mapping[str, Value], dot: Value | None, variables: Mapping[str, Value]
) -> Value:
    match expression:
        case _Field(""):
            if dot is None:
                raise TemplateError("`.` alone is only supported inside `range`")
            return dot
        case _Field(name):
            if dot is not None:
                raise TemplateError(f"inside `range` write `$.{name}` for `.{name}`")
            return _named(name, values)
        case _Root(name):
            return _named(name, values)
        case _Variable(name):
            if name not in variables:
                raise TemplateError(f"there is no variable `{name}`")
            return variables[name]
        case _Call(function, arguments):
            return _applied(function, [_value(part, values, dot, variables) for part in arguments])
        case _:
            literal: Value = expression
            return literal


def _named(name: str, values: Mapping[str, Value]) -> Value:
    if name not in values:
        raise TemplateError(f"there is no `.{name}`")
    return values[name]


_FUNCTIONS: Final = {"not": (1, 1), "and": (1, 99), "or": (1, 99), "eq": (2, 99), "ne": (2, 2), "len": (1, 1)}


def _applied(function: str, arguments: list[Value]) -> Value:
    low, high = _FUNCTIONS[function]
    if not low <= len(arguments) <= high:
        raise TemplateError(f"`{function}` has {len(arguments)} arguments")
    first = arguments[0]
    match function:
        case "not":
            return not _truth(first)
        case "and":
            return next((value for value in arguments if not _truth(value)), arguments[-1])
        case "or":
            return next((value for value in arguments if _truth(value)), arguments[-1])
        case "len":
            if isinstance(first, bool | int):
                raise TemplateError("`len` needs a text or a list")
            return len(first.encode()) if isinstance(first, str) else len(first)
    if any(type(value) is not type(first) or isinstance(value, list) for value in arguments):
        raise TemplateError(f"`{function}` compares values of different types")
    equal = first in arguments[1:]
    return equal if function == "eq" else not equal


def _truth(value: Value) -> bool:
    return bool(value)


def _printed(value: Value) -> str:
    if isinstance(value, list):
        raise TemplateError("a list cannot be printed; use `range`")
    return str(value).lower() if isinstance(value, bool) else str(value)
