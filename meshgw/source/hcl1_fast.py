"""The value of clean HCL 1, without positions.

Most files hold attributes, blocks, lists, heredocs and comments in their usual forms, and those are
all that is read here; at anything else this reader gives up and the careful one takes over.

One match takes one attribute with the space around it. That is what makes it fast: a match for each
token was measured at half the speed. Hence the long function and the numbers for groups.
"""

from __future__ import annotations

import re
from typing import Any, Final

from meshgw.source.hcl1_text import find_heredoc, unindent
from meshgw.source.text import MAX_DEPTH

_GAP: Final = r"[ \t\r\n]*+(?:(?:(?:\#|//)[^\n]*+|/\*(?s:.*?)\*/)[ \t\r\n]*+)*+"
_TEXT: Final = r'[^"\\\n$]*+(?:(?:\\[abfnrtv\\"]|\$(?!\{))[^"\\\n$]*+)*+'
_SCALAR: Final = rf"""
    "({_TEXT})"                                  # a string
  | (-?(?:[1-9][0-9]{{0,17}}+|0)(?![\w.]))       # an integer
  | (-?[0-9]{{1,17}}+\.[0-9]{{1,300}}+(?![\w.])  # a float
    |(?:true|false)(?![\w.-]))                   # or a boolean
"""
_COMMA: Final = r"[ \t\r\n]*+,?+"

_MEMBER: Final = re.compile(
    rf"""{_GAP}
    (?: (?: ((?!(?:true|false)(?![\w.-]))[A-Za-z_][A-Za-z0-9_.-]*+) | "([^"\\\n$]*+)" ) [ \t]*+
        (?: = [ \t]*+ (?: (?:{_SCALAR}) {_COMMA} | (<<-?[A-Za-z0-9_]++\r?\n) | (\[) | (\{{) )
          | (\{{) )
      | (\}}) {_COMMA}
      | (\Z)
    )""",
    re.VERBOSE,
)
_STRING, _INTEGER, _OTHER, _HEREDOC, _LIST, _OBJECT, _BLOCK, _CLOSE = range(3, 11)

_ELEMENT: Final = re.compile(
    rf"""{_GAP} (?: (?:{_SCALAR}) {_GAP} (?:,|(?=\])) | (\[) | (\{{) | (\]) )""",
    re.VERBOSE,
)
_E_STRING, _E_INTEGER, _E_OTHER, _E_LIST, _E_OBJECT = range(1, 6)
_AFTER_MEMBER: Final = re.compile(_COMMA)
_AFTER_ELEMENT: Final = re.compile(rf"{_GAP}(?:,|(?=\]))")
_OPENING: Final = re.compile(r"<<(-?)(\w+)(\r?)\n")

_ESCAPE: Final = re.compile(r"\\(.)")
_ESCAPES: Final = dict(zip('abfnrtv\\"', '\a\b\f\n\r\t\v\\"', strict=True))


def read_fast(text: str) -> dict[str, Any] | None:  # noqa: PLR0915  one loop, see above
    """The value, or nothing if this text needs the careful reader."""
    if "\0" in text:
        return None
    member, element = _MEMBER.match, _ELEMENT.match
    at = 0
    here: Any = {}
    top: dict[str, Any] = here
    stack: list[Any] = []
    while True:
        # In an object: members up to one that holds a list.
        found = member(text, at)
        if not found:
            return None
        kind = found.lastindex or 0
        at = found.end()
        if kind < _CLOSE:
            key = found[1] or found[2]
            if kind >= _OBJECT:
                inside: Any = {}
                blocks = here.setdefault(key, [])
                if type(blocks) is not list or len(stack) >= MAX_DEPTH:
                    return None
                blocks.append(inside)
                stack.append(here)
                here = inside
                continue
            if key in here:
                return None
            if kind == _STRING:
                value = found[_STRING]
                here[key] = _ESCAPE.sub(_unescape, value) if "\\" in value else value
                continue
            if kind == _INTEGER:
                here[key] = int(found[_INTEGER])
                continue
            if kind == _OTHER:
                here[key] = _other(found[_OTHER])
                continue
            if kind == _HEREDOC:
                heredoc = find_heredoc(text, _OPENING.match(text, found.start(_HEREDOC)))  # type: ignore[arg-type]
                if not heredoc:
                    return None
                here[key] = unindent(heredoc) if heredoc.indented else heredoc.body
                at = _AFTER_MEMBER.match(text, heredoc.end).end()  # type: ignore[union-attr]
                continue
            if len(stack) >= MAX_DEPTH:
                return None
            stack.append(here)
            here[key] = here = []
        elif not stack:
            return top if kind > _CLOSE else None
        elif kind > _CLOSE:
            return None
        else:
            here = stack.pop()
            if type(here) is dict:
                continue
            found = _AFTER_ELEMENT.match(text, found.end(_CLOSE))
            if not found:
                return None
            at = found.end()

        while True:
            # In a list: elements up to one that is an object, or to the end of the outermost list.
            found = element(text, at)
            if not found:
                return None
            kind = found.lastindex or 0
            at = found.end()
            if kind == _E_STRING:
                value = found[_E_STRING]
                here.append(_ESCAPE.sub(_unescape, value) if "\\" in value else value)
            elif kind == _E_INTEGER:
                here.append(int(found[_E_INTEGER]))
            elif kind == _E_OTHER:
                here.append(_other(found[_E_OTHER]))
            elif kind <= _E_OBJECT:
                if len(stack) >= MAX_DEPTH:
                    return None
                inside = [] if kind == _E_LIST else {}
                here.append(inside)
                stack.append(here)
                here = inside
                if kind == _E_OBJECT:
                    break
            else:
                here = stack.pop()
                if type(here) is dict:
                    at = _AFTER_MEMBER.match(text, at).end()  # type: ignore[union-attr]
                    break
                found = _AFTER_ELEMENT.match(text, at)
                if not found:
                    return None
                at = found.end()


def _unescape(match: re.Match[str]) -> str:
    return _ESCAPES[match[1]]


def _other(raw: str) -> bool | float:
    return raw == "true" if raw[0] in "tf" else float(raw)
