"""The filter expressions of service-resolver subsets: reading them (config-entries.md 1.15).

    Service.Meta.version == v1 and (not "canary" in Service.Tags or Node.Meta["my-key"] matches `^a`)

An expression is kept as its steps in postfix order, so that reading and evaluating take one loop and
no recursion however deep the parentheses are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Operator: TypeAlias = Literal[
    "==", "!=", "in", "not in", "is empty", "is not empty", "matches", "not matches"
]
Connective: TypeAlias = Literal["and", "or", "not"]


@dataclass(frozen=True, slots=True)
class Match:
    """One condition. `contains` is read as `in`; `value` is empty for `is empty`."""

    selector: tuple[str, ...]
    operator: Operator
    value: str = ""
    quoted: Literal["", '"', "`"] = ""

    @property
    def field(self) -> str:
        """The selector as Consul prints it: parts joined with dots."""
        return ".".join(self.selector)


@dataclass(frozen=True, slots=True)
class Expression:
    """Matches push a truth value; `and` and `or` replace the two above by one, `not` turns the top."""

    steps: tuple[Match | Connective, ...]

    @property
    def matches(self) -> tuple[Match, ...]:
        return tuple(step for step in self.steps if isinstance(step, Match))


@dataclass(frozen=True, slots=True)
class FilterFault:
    """Why a text is no filter: a message, and the offset of the character where it stops being one."""

    message: str
    offset: int


_IDENT: Final = r"[A-Za-z][A-Za-z0-9_]*+"
_STRING: Final = r'"[^"]*+"|`[^`]*+`'
_SPACE: Final = re.compile(r"[ \t\r\n]*+")
_SELECTOR: Final = re.compile(
    rf"{_IDENT}(?:\.{_IDENT}|\[[ \t\r\n]*+(?:{_STRING})[ \t\r\n]*+\])*+",
)
_PART: Final = re.compile(rf"(?P<name>{_IDENT})|\[[ \t\r\n]*+(?P<key>{_STRING})[ \t\r\n]*+\]")
_VALUE: Final = re.compile(rf"(?P<string>{_STRING})|(?P<number>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?)")
_AFTER_NUMBER: Final = re.compile(r"[ \t\r\n)]|\Z")
_EQUALITY: Final = re.compile(r"[ \t\r\n]*+(==|!=)[ \t\r\n]*+")
_WORD_OPERATOR: Final = re.compile(r"[ \t\r\n]++(not[ \t\r\n]++)?+(contains|matches)[ \t\r\n]++")
_EMPTINESS: Final = re.compile(r"[ \t\r\n]++is[ \t\r\n]++(not[ \t\r\n]++)?+empty")
_MEMBERSHIP: Final = re.compile(r"[ \t\r\n]++(not[ \t\r\n]++)?+in[ \t\r\n]++")
_WORD_OPERATORS: Final[dict[tuple[str, bool], Operator]] = {
    ("contains", False): "in",
    ("contains", True): "not in",
    ("matches", False): "matches",
    ("matches", True): "not matches",
}
_NOT: Final = re.compile(r"not[ \t\r\n]++")
_CONNECTIVE: Final = re.compile(r"[ \t\r\n]++(and|or)[ \t\r\n]++")
_ESCAPE: Final = re.compile(
    r"\\(?:([abfnrtv\\\"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))"
)
_PLAIN: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"',
}  # fmt: skip


@dataclass(slots=True)
class _Level:
    """What waits for its right side between two parentheses."""

    nots: int = 0  # before the operand that comes next
    conjunction: bool = False
    disjunction: bool = False


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = 0
    steps: list[Match | Connective] = field(default_factory=list)
    levels: list[_Level] = field(default_factory=lambda: [_Level()])

    def skip_space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        assert found is not None
        self.at = found.end()

    def read(self) -> Expression | FilterFault:
        self.skip_space()
        while True:
            fault = self._operand()
            if fault is not None:
                return fault
            if not self._after_operand():
                break
        if self.at < len(self.text) or len(self.levels) > 1:
            return FilterFault(self._unfinished(), self.at)
        return Expression(tuple(self.steps))

    def _operand(self) -> FilterFault | None:
        """Everything up to and including the next match: `not`, `(`, and the match itself."""
        nots: list[int] = []  # where the `not` directly before this place stand
        while True:
            negation = _NOT.match(self.text, self.at)
            if negation is not None:
                nots.append(self.at)
                self.at = negation.end()
            elif self.text.startswith("(", self.at):
                self.levels[-1].nots = len(nots)
                self.levels.append(_Level())
                self.at += 1
                self.skip_space()
                nots = []
            else:
                break
        start = self.at
        found = _read_match(self.text, start)
        while found is None and nots:  # `not` may itself be the selector or the value: `not == 3`
            found = _read_match(self.text, nots.pop())
        if found is None:
            return FilterFault(_expected(self.text, start), start)
        match, self.at = found
        self.steps.append(match)
        if len(nots) % 2:
            self.steps.append("not")
        return None

    def _after_operand(self) -> bool:
        """Close parentheses, then take `and` or `or`; whether another operand follows."""
        while True:
            level = self.levels[-1]
            if level.conjunction:
                self.steps.append("and")
                level.conjunction = False
            word = _CONNECTIVE.match(self.text, self.at)
            if word is not None:
                self.at = word.end()
                if word[1] == "and":
                    level.conjunction = True
                    return True
            if level.disjunction:
                self.steps.append("or")
                level.disjunction = False
            if word is not None:
                level.disjunction = True
                return True
            self.skip_space()
            if len(self.levels) == 1 or not self.text.startswith(")", self.at):
                return False
            self.at += 1
            self.levels.pop()
            if self.levels[-1].nots % 2:
                self.steps.append("not")
            self.levels[-1].nots = 0

    def _unfinished(self) -> str:
        if self.at >= len(self.text):
            return "a `)` is missing"
        if self.text[self.at] not in '()"` \t\r\n' and self.text[self.at - 1] not in ')"` \t\r\n':
            return f"`{_word_around(self.text, self.at)}` is no value; write it between quotes"
        if self.text[self.at] == ")":
            return "there is a `)` too many"
        return "expected `and`, `or` or the end" if len(self.levels) == 1 else "expected `and`, `or` or `)`"


def parse_filter(text: str) -> Expression | FilterFault:
    """Read a filter expression, in time linear in its length.

    Alternatives are tried in the order of the grammar; the only place where that shows is `not`, which
    is a field or a value where what follows it is no condition (`not == 3`).
    """
    return _Reader(text).read()


def _read_match(text: str, at: int) -> tuple[Match, int] | None:
    """The match that begins at an offset and where it ends, alternatives in the grammar's order."""
    selector = _SELECTOR.match(text, at)
    if selector is not None:
        found = _read_comparison(text, _parts(selector[0]), selector.end())
        if found is not None:
            return found
    value = _read_value(text, at)
    if value is None:
        return None
    word = _MEMBERSHIP.match(text, value[2])
    target = _SELECTOR.match(text, word.end()) if word else None
    if word is None or target is None:
        return None
    operator: Operator = "not in" if word[1] else "in"
    return Match(_parts(target[0]), operator, value[0], value[1]), target.end()


def _read_comparison(text: str, selector: tuple[str, ...], at: int) -> tuple[Match, int] | None:
    sign = _EQUALITY.match(text, at)
    value = _read_value(text, sign.end()) if sign else None
    if sign is not None and value is not None:
        operator: Operator = "==" if sign[1] == "==" else "!="
        return Match(selector, operator, value[0], value[1]), value[2]
    word = _WORD_OPERATOR.match(text, at)
    value = _read_value(text, word.end()) if word else None
    if word is not None and value is not None:
        operator = _WORD_OPERATORS[word[2], bool(word[1])]
        return Match(selector, operator, value[0], value[1]), value[2]
    empty = _EMPTINESS.match(text, at)
    if empty is not None:
        return Match(selector, "is not empty" if empty[1] else "is empty"), empty.end()
    return None


def _read_value(text: str, at: int) -> tuple[str, Literal["", '"', "`"], int] | None:
    """A value, the quotes it is written in, and where it ends."""
    selector = _SELECTOR.match(text, at)
    if selector is not None:
        return ".".join(_parts(selector[0])), "", selector.end()
    found = _VALUE.match(text, at)
    if found is None:
        return None
    if found["string"] is not None:
        raw = found["string"]
        return (_unescape(raw[1:-1]), '"', found.end()) if raw[0] == '"' else (raw[1:-1], "`", found.end())
    return (found[0], "", found.end()) if _AFTER_NUMBER.match(text, found.end()) else None


def _parts(selector: str) -> tuple[str, ...]:
    return tuple(part["name"] or part["key"][1:-1] for part in _PART.finditer(selector))


def _unescape(text: str) -> str:
    """Escape sequences are expanded between double quotes (Consul's API page on filtering).

    A text with one that Go does not know is left as it is.
    """
    if "\\" not in text or "\\" in _ESCAPE.sub("", text):
        return text

    def plain(found: re.Match[str]) -> str:
        if found[1]:
            return _PLAIN[found[1]]
        code = int(found[2] or found[4] or found[5], 16) if not found[3] else int(found[3], 8)
        return chr(code) if code < 0x110000 else found[0]

    return _ESCAPE.sub(plain, text)


def _expected(text: str, at: int) -> str:
    if at >= len(text):
        return "it ends where a condition should follow"
    selector = _SELECTOR.match(text, at)
    if selector is None:
        return "expected a field such as `Service.Meta.version`, a quoted value or `(`"
    after = selector.end()
    if text[after : after + 1] == "-":
        return "a `-` is only allowed between quotes"
    sign = _EQUALITY.match(text, after) or _WORD_OPERATOR.match(text, after)
    if sign is None:
        return f"`{_shortened(selector[0])}` is not followed by an operator"
    value = re.compile(r"[^ \t\r\n()]*").match(text, sign.end())
    return (
        f"`{_shortened(value[0])}` is no value; write it between quotes"
        if value and value[0]
        else ("a value is missing")
    )


def _word_around(text: str, at: int) -> str:
    """What stands around an offset without a space, 60 characters at most."""
    start = max(text.rfind(mark, 0, at) for mark in " \t\r\n=(") + 1
    end = re.compile(r"[^ \t\r\n()]*+").match(text, at)
    return _shortened(text[max(start, at - 30) : end.end() if end else at])


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "…"
