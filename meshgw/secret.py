"""Texts that must never be printed: private keys, ACL tokens."""

from __future__ import annotations

from typing import Final

REDACTED: Final = "[redacted]"


class Secret:
    """A text that prints as `[redacted]`; false when it is empty.

    `reveal` is the only way to the text. Equal to another secret of the same text, never to a `str`.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The text itself, for what checks or uses it."""
        return self.__text

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.__text == other.__text

    def __hash__(self) -> int:
        return hash((Secret, self.__text))

    def __repr__(self) -> str:
        return f"Secret({REDACTED!r})"

    def __str__(self) -> str:
        return REDACTED

    def __format__(self, spec: str) -> str:
        return format(REDACTED, spec)


NO_SECRET: Final = Secret("")
