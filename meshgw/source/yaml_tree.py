"""YAML events → what was written, with positions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from meshgw.source.document import Span
from meshgw.source.text import MAX_DEPTH
from meshgw.source.tree import Array, Item, Key, Node, Object, Scalar, Unreadable
from meshgw.source.yaml_scalar import BadScalar, json_key, resolve, shown_tag

MAX_VALUES: Final = 100_000
"""Values in one document, each alias counted as all it stands for."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_COLLECTION_TAGS: Final = (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_MERGE: Final = "<<"


@dataclass(slots=True)
class _Anchor:
    """A node with a name, the number of values in it, and how deep they are nested."""

    node: Node
    size: int
    height: int


@dataclass(slots=True)
class _Open:
    node: Object | Array
    name: str | None
    size: int
    height: int = 0
    key: Key | None = None
    merges: bool = False
    merged: list[Object] = field(default_factory=list)


class YamlReader:
    """Reads part of a stream, from offset `base` on; `top` is what was read of the current document."""

    def __init__(self, text: str, base: int) -> None:
        self.text = text
        self.base = base
        self.top: Node | None = None
        self.scalars: list[Span] = []
        self._anchors: dict[str, _Anchor] = {}
        self._open: list[_Open] = []
        self._size = 0

    def documents(self) -> Iterator[Node]:
        events = yaml.parse(self.text, Loader=_LOADER)
        while True:
            try:
                event = next(events, None)
            except yaml.MarkedYAMLError as error:
                raise _unreadable(error, self.text, self.base) from error
            if event is None:
                return
            if isinstance(event, yaml.DocumentStartEvent):
                self.top, self._anchors, self._size = None, {}, 0
            elif isinstance(event, yaml.DocumentEndEvent):
                if self.top is not None:
                    yield self.top
            else:
                self._take(event)

    def _take(self, event: yaml.Event) -> None:
        assert event.start_mark
        assert event.end_mark
        start, end = self.base + event.start_mark.index, self.base + event.end_mark.index
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, start, end)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event, start)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._finish(start, end)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event.anchor or "", start, end)

    def _scalar(self, event: yaml.ScalarEvent, start: int, end: int) -> None:
        self.scalars.append(Span(start, end))
        plain = event.style in (None, "")
        tag = None if any(event.implicit) else event.tag
        if plain and not tag and event.value == _MERGE and self._expects_key():
            here = self._open[-1]
            here.key, here.merges = Key(_MERGE, Span(start, end)), True
            return
        try:
            value = resolve(event.value, tag, plain=plain)
        except BadScalar as error:
            raise Unreadable(str(error), start, end) from error
        raw = self.text[start - self.base : end - self.base]
        node = Scalar(value, Span(start, end), raw, "plain" if plain else "quoted")
        if event.anchor:
            self._anchors[event.anchor] = _Anchor(node, 1, 0)
        self._attach(node, 1, 0)

    def _expects_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].node, Object) and not self._open[-1].key

    def _begin(self, event: yaml.CollectionStartEvent, start: int) -> None:
        if event.tag not in _COLLECTION_TAGS:
            raise Unreadable(f"tag `{shown_tag(event.tag)}` has no meaning in a Kubernetes resource", start)
        if self._expects_key():
            raise Unreadable("a key must be text, not a list or an object", start)
        if len(self._open) >= MAX_DEPTH:
            raise Unreadable(f"nested more than {MAX_DEPTH} levels deep", start)
        node = Object(start) if isinstance(event, yaml.MappingStartEvent) else Array(start)
        if event.anchor:
            # Unknown until it is complete: an alias inside would contain itself.
            self._anchors.pop(event.anchor, None)
        if not self._open:
            self.top = node
        self._open.append(_Open(node, event.anchor, self._size))

    def _finish(self, start: int, end: int) -> None:
        done = self._open.pop()
        node = done.node
        # A block ends where its last value does; its end event stands at the next token.
        node.end = end if end > start else _last_end(node)
        if isinstance(node, Object) and done.merged:
            node.items = [*_merged(node, done.merged), *node.items]
        height = done.height + 1
        if done.name:
            self._anchors[done.name] = _Anchor(node, self._size - done.size + 1, height)
        self._attach(node, 1, height)

    def _alias(self, name: str, start: int, end: int) -> None:
        anchor = self._anchors.get(name)
        if not anchor:
            within = any(here.name == name for here in self._open)
            reason = "stands inside its own anchor" if within else "has no anchor before it"
            raise Unreadable(f"alias `*{name}` {reason}", start, end)
        node = anchor.node
        copy: Node
        if isinstance(node, Scalar):
            copy = dataclasses.replace(node, span=Span(start, end))
        else:
            copy = dataclasses.replace(node, start=start, end=end)
        self._attach(copy, anchor.size, anchor.height)

    def _attach(self, node: Node, added: int, height: int) -> None:
        """Put a complete node, which adds so many values, where it belongs."""
        self._size += added
        if self._open and self._open[-1].merges:
            # What is merged stands beside the others, not inside.
            height -= 1
        if self._size > MAX_VALUES:
            raise Unreadable(
                f"more than {MAX_VALUES} values, aliases expanded", node.span.start, node.span.end
            )
        if len(self._open) + height > MAX_DEPTH:
            raise Unreadable(f"nested more than {MAX_DEPTH} levels deep", node.span.start, node.span.end)
        if not self._open:
            self.top = node
            return
        here = self._open[-1]
        here.height = max(here.height, height)
        if isinstance(here.node, Array):
            here.node.elements.append(node)
        elif not here.key:
            here.key = _key(node)
        elif here.merges:
            here.merged.extend(_sources(node))
            here.key, here.merges = None, False
        else:
            here.node.items.append(Item([here.key], node))
            here.key = None


def _key(node: Node) -> Key:
    if not isinstance(node, Scalar):
        raise Unreadable("a key must be text, not a list or an object", node.span.start, node.span.end)
    try:
        return Key(json_key(node.value), node.span)
    except BadScalar as error:
        raise Unreadable(str(error), node.span.start, node.span.end) from error


def _sources(node: Node) -> list[Object]:
    """The objects that `<<` merges: one, or a list of them."""
    objects = [node] if isinstance(node, Object) else node.elements if isinstance(node, Array) else []
    found = [source for source in objects if isinstance(source, Object)]
    if not found or len(found) != len(objects):
        raise Unreadable("`<<` merges objects only", node.span.start, node.span.end)
    return found


def _merged(node: Object, sources: list[Object]) -> list[Item]:
    """What `node` has from its sources: written keys win over merged ones, earlier sources over later."""
    written = {item.keys[0].text for item in node.items}
    out: dict[str, Item] = {}
    for source in sources:
        latest = {item.keys[0].text: item for item in source.items}
        out.update((key, item) for key, item in latest.items() if key not in written and key not in out)
    return list(out.values())


def _last_end(node: Object | Array) -> int:
    last = node.elements[-1:] if isinstance(node, Array) else [item.value for item in node.items[-1:]]
    return last[0].span.end if last and last[0] else node.start


_WORDING: Final = {
    "found character that cannot start any token": "this character cannot begin a value; quote the text",
    "found a tab character that violates indentation": "a tab cannot indent in YAML, only spaces can",
    "did not find expected key": "expected a key; is the indentation right?",
    "did not find expected '-' indicator": "expected `-`; is the indentation right?",
    "did not find expected node content": "expected a value",
    "could not find expected ':'": "expected `:` after a key",
    "mapping values are not allowed in this context": "a second `: ` in one line; quote the text",
    "did not find expected ',' or ']'": "expected a comma or `]`",
    "did not find expected ',' or '}'": "expected a comma or `}`",
    "found unexpected end of stream": "quoted text that is never closed",
    "found unexpected document indicator": "quoted text that is never closed",
    "did not find expected <document start>": "text after the end of the document, without `---` before it",
}


def _unreadable(error: yaml.MarkedYAMLError, text: str, base: int) -> Unreadable:
    problem = (error.problem or "not YAML").strip()
    message = _WORDING.get(problem, problem)
    mark, context = error.problem_mark or error.context_mark, error.context_mark
    at = min(mark.index, len(text)) if mark else 0
    if text[at : at + 1] == "\t":
        message = _WORDING["found a tab character that violates indentation"]
    if mark and context and context.line < mark.line:
        count = mark.line - context.line
        message += f" (in what begins {count} line{'' if count == 1 else 's'} above)"
    return Unreadable(message, base + at, base + min(at + 1, len(text)))
