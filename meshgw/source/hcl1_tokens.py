"""Tokens of HCL 1.

Like Consul's own scanner this one goes on after a fault, and the fault that counts is the last one
before reading stops: `a = <B>` is shown at `>`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from meshgw.source.document import Comment, Span, SyntaxFault
from meshgw.source.hcl1_text import Heredoc, find_heredoc, unescape, unindent
from meshgw.source.tree import Unreadable

Kind: TypeAlias = Literal["word", "string", "literal", "punctuation", "illegal", "end"]

_BLANK: Final = re.compile(r"[ \t\r\n]*+")
_COMMENT: Final = re.compile(r"(?:#|//)[^\n]*+|/\*.*?\*/", re.DOTALL)
_NUMBER: Final = re.compile(
    r"-?(?:0[xX][0-9a-fA-F]*+|[0-9]++(?:\.[0-9]*+)?(?:[eE][+-]?[0-9]*+)?)|\.[0-9]++(?:[eE][+-]?[0-9]*+)?"
)
_WORD: Final = re.compile(r"[\w.-]++")
_STRING_STOP: Final = re.compile(r'["\\\n{}$]')
_ESCAPE: Final = re.compile(r'\\(?:[abfnrtv\\"]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})')
_ESCAPE_PART: Final = re.compile(r"\\(?:[0-7]{1,3}|x[0-9a-fA-F]{0,2}|u[0-9a-fA-F]{0,4}|U[0-9a-fA-F]{0,8})")
_HEREDOC: Final = re.compile(r"<<(-?)(\w*)(\r?)\n")
_PUNCTUATION: Final = "{}[]=,.+-"
_INT64: Final = 2**63


@dataclass(slots=True)
class Token:
    kind: Kind
    start: int
    end: int
    text: str
    value: Any = None
    heredoc: bool = False

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    def __str__(self) -> str:
        if self.kind == "end":
            return "the end of the file"
        line = self.text.split("\n", 1)[0]
        return f"`{line[:40]}`"


class Scanner:
    def __init__(self, text: str) -> None:
        nul = text.find("\0")
        self.text = text if nul < 0 else text[:nul]
        self.at = 0
        self._first: SyntaxFault | None = None
        self._last: SyntaxFault | None = None
        self.late: SyntaxFault | None = None
        """The first literal that scans but has no value; it counts when nothing else is wrong."""
        self.comments: list[Comment] = []
        self._nul = nul

    @property
    def fault(self) -> SyntaxFault | None:
        """The last fault, which also tells of the first: that one is often what led to it."""
        first, last = self._first, self._last
        if not first or not last or first is last:
            return last
        line = self.text.count("\n", 0, first.span.start) + 1
        return SyntaxFault(f"{last.message}; before it, on line {line}: {first.message}", last.span)

    def next(self) -> Token:
        self._skip()
        text, start = self.text, self.at
        if start >= len(text):
            return self._end()
        char = text[start]
        if char == '"':
            return self._string(start)
        if char.isalpha() or char == "_":
            return self._word(start)
        number = _NUMBER.match(text, start)
        if number:
            self.at = number.end()
            return Token("literal", start, self.at, number[0], self._number(number[0], start))
        if char == "<":
            return self._heredoc(start)
        self.at = start + 1
        if char in _PUNCTUATION:
            return Token("punctuation", start, self.at, char)
        self._fail(self._illegal(char), start)
        return Token("illegal", start, self.at, char)

    def _fail(self, message: str, start: int, end: int | None = None) -> None:
        self._last = SyntaxFault(message, Span(start, start + 1 if end is None else end))
        self._first = self._first or self._last

    def _fail_late(self, message: str, start: int, end: int) -> None:
        self.late = self.late or SyntaxFault(message, Span(start, end))

    def _skip(self) -> None:
        """Pass over white space and comments."""
        while True:
            self.at = _BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]
            char = self.text[self.at : self.at + 1]
            if not char or char not in "#/":
                return
            match = _COMMENT.match(self.text, self.at)
            if match:
                self.comments.append(_comment(match))
                self.at = match.end()
            elif self.text.startswith("/*", self.at):
                self._fail("the comment that begins with `/*` is never closed", len(self.text))
                self.at = len(self.text)
            else:
                self._fail("a single `/`; a comment begins with `//`, `/*` or `#`", self.at)
                self.at += 1

    def _end(self) -> Token:
        end = len(self.text)
        if self._nul >= 0:
            self._fail("a NUL character", end)
        return Token("end", end, end, "")

    def _word(self, start: int) -> Token:
        end = _WORD.match(self.text, start).end()  # type: ignore[union-attr]
        word = self.text[start:end]
        if not word.isascii():
            # `\w` has numerals such as ² that HCL's letters and digits leave out.
            bad = (i for i, c in enumerate(word) if not (c.isalpha() or c.isdecimal() or c in "_-."))
            word = word[: next(bad, len(word))]
        self.at = start + len(word)
        if word in ("true", "false"):
            return Token("literal", start, self.at, word, word == "true")
        return Token("word", start, self.at, word)

    def _number(self, raw: str, start: int) -> int | float:
        digits = raw.removeprefix("-")
        end = start + len(raw)
        if digits[:2] in ("0x", "0X"):
            if len(digits) == 2:
                self._fail(f"`{raw}` has no hexadecimal digits", start, end)
                return 0
            return self._integer(digits, 16, raw, start)
        if digits.isdigit():
            octal = digits[0] == "0" and len(digits) > 1
            if octal and not _OCTAL.fullmatch(digits):
                self._fail(f"`{raw}` begins with 0 and so is octal, where 8 and 9 are no digits", start, end)
                return 0
            return self._integer(digits, 8 if octal else 10, raw, start)
        try:
            number = float(raw)
        except ValueError:
            number = 0.0
            self._fail_late(f"`{raw}` has an exponent without digits", start, end)
        if number in (float("inf"), float("-inf")):
            self._fail_late(f"{raw[:40]} is beyond the range of a 64-bit float", start, end)
        return number

    def _integer(self, digits: str, base: int, raw: str, start: int) -> int:
        significant = digits[2:].lstrip("0") if base == 16 else digits.lstrip("0")
        if len(significant) <= 22:
            number = int(significant or "0", base) * (-1 if raw[0] == "-" else 1)
            if -_INT64 <= number < _INT64:
                return number
        self._fail_late(f"{raw[:40]} is beyond the range of a 64-bit integer", start, start + len(raw))
        return 0

    def _string(self, start: int) -> Token:
        """A string in double quotes; inside `${…}` quotes and newlines are text."""
        text, at, braces, escaped, first = self.text, start + 1, 0, False, 0
        while True:
            stop = _STRING_STOP.search(text, at)
            if not stop or (stop[0] == "\n" and not braces):
                return self._unclosed(start, stop.start() if stop else len(text), first)
            at, char = stop.end(), stop[0]
            if char == "\\":
                escaped = True
                at = self._escape(stop.start())
            elif braces:
                braces += (char == "{") - (char == "}")
            elif char == '"':
                break
            elif char == "$" and text.startswith("{", at):
                braces, first, at = 1, at, at + 1
        self.at = at
        value = text[start + 1 : at - 1]
        if escaped:
            try:
                value = unescape(value, start + 1)
            except Unreadable as error:
                self.late = self.late or error.fault
        return Token("string", start, at, text[start:at], value)

    def _unclosed(self, start: int, end: int, interpolation: int) -> Token:
        self.at = end
        if end >= len(self.text) and interpolation and "\n" in self.text[start:end]:
            line = self.text.count("\n", 0, start) + 1
            self._fail(f"the `${{` in the string on line {line} is never closed", end)
        else:
            self._fail("the string is not closed before the end of the line", end)
        return Token("string", start, end, self.text[start:end], "")

    def _escape(self, start: int) -> int:
        """The end of the escape sequence at `start`."""
        match = _ESCAPE.match(self.text, start)
        if match:
            return match.end()
        part = _ESCAPE_PART.match(self.text, start)
        end = part.end() if part else start + 1
        shown = self.text[start : end + 1].rstrip()
        self._fail(f"`{shown}` is not an escape sequence; a backslash itself is written `\\\\`", end)
        return end

    def _heredoc(self, start: int) -> Token:
        match = _HEREDOC.match(self.text, start)
        if not match or not match[2]:
            return self._bad_anchor(start)
        found = find_heredoc(self.text, match)
        if not found:
            line = self.text.count("\n", 0, start) + 1
            self.at = len(self.text)
            self._fail(
                f"heredoc `{match[2]}` of line {line} never ends; a line must hold `{match[2]}` alone",
                self.at,
            )
            return Token("literal", start, self.at, match[0], "", heredoc=True)
        self.at = found.end
        return Token("literal", start, found.end, match[0], heredoc_value(found), heredoc=True)

    def _bad_anchor(self, start: int) -> Token:
        """Say what is wrong with a heredoc's first line, and go on behind the faulty character."""
        anchor = _ANCHOR.match(self.text, start)
        if not anchor:
            self._fail("expected a second `<`: a heredoc begins with `<<`", start + 1)
            end = min(start + 2, len(self.text))
        else:
            end = anchor.end()
            if anchor[2]:
                self._fail("a heredoc's anchor is one bare word at the end of its line", end)
            else:
                self._fail("`<<` without the word that ends the heredoc", end)
            end = min(end + 1, len(self.text))
        self.at = end
        return Token("literal", start, end, self.text[start:end], "", heredoc=True)

    def _illegal(self, char: str) -> str:
        if char == ":":
            return "`:` does not assign in HCL, write `=`"
        if char == "'":
            return "`'` does not quote in HCL, write `\"`"
        if char == ";":
            return "`;` does not separate in HCL, a newline or a comma does"
        if char == "\ufeff":
            return "a byte-order mark; Consul reads HCL only without one"
        return f"unexpected {f'`{char}`' if char.isprintable() else f'character U+{ord(char):04X}'}"


_OCTAL: Final = re.compile("[0-7]+")
_ANCHOR: Final = re.compile(r"<<(-?)(\w*)")


def heredoc_value(found: Heredoc) -> str:
    return unindent(found) if found.indented else found.body


def _comment(match: re.Match[str]) -> Comment:
    raw = match[0]
    body = raw[2:-2] if raw.startswith("/*") else raw.lstrip("#") if raw[0] == "#" else raw[2:]
    return Comment(body.strip(), Span(*match.span()))
