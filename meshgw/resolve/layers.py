"""An effective value together with every place that was asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from meshgw.diagnostics.model import Location

T = TypeVar("T")

SWITCHED_OFF = "`enable_central_service_config` of the agent is false"
"""Why config entries count nowhere in the settings of an agent's proxies."""


@dataclass(frozen=True, slots=True)
class Layer(Generic[T]):
    """One place where a value may be written.

    `value` is what stands there, `None` for nothing; `location` is where, or where it could be added
    (the object that lacks it); `None` without a source. `counts` says whether this place could
    decide the value: something effective stands there and no rule shuts it out. `why` says in a few
    words why it does not count; it is empty when it does.
    """

    name: str
    value: T | None
    location: Location | None
    counts: bool
    why: str = ""


class Resolved(Generic[T]):
    """A value and its layers, the strongest first.

    The value is that of the winner, unless it is `joined`: then every layer that counts has a part
    in it (extensions one after another, maps key by key). Layers that are weaker than the winner are
    looked at when somebody wants to see them.
    """

    __slots__ = ("_asked", "_others", "joined", "value")

    def __init__(
        self,
        value: T,
        layers: tuple[Layer[T], ...] = (),
        joined: bool = False,
        others: Callable[[], Iterable[Layer[T]]] | Iterator[Layer[T]] | None = None,
    ) -> None:
        self.value = value
        self.joined = joined
        self._asked = layers
        self._others = others

    @property
    def layers(self) -> tuple[Layer[T], ...]:
        """Every place that was asked."""
        others, self._others = self._others, None
        if others is not None:
            self._asked += tuple(others() if callable(others) else others)
        return self._asked

    @property
    def winner(self) -> Layer[T] | None:
        """The strongest layer that counts; `None` when the value is a built-in default."""
        return next((layer for layer in self.layers if layer.counts), None)

    @property
    def winners(self) -> tuple[Layer[T], ...]:
        """The layers that the value is made of."""
        if self.joined:
            return tuple(layer for layer in self.layers if layer.counts)
        return () if self.winner is None else (self.winner,)


def strongest(layers: Iterable[Layer[T]], default: T) -> Resolved[T]:
    """The value of the strongest layer that counts, else the default; layers strongest first."""
    asked: list[Layer[T]] = []
    others = iter(layers)
    for layer in others:
        asked.append(layer)
        if layer.counts:
            value = default if layer.value is None else layer.value
            return Resolved(value, tuple(asked), others=others)
    return Resolved(default, tuple(asked))


def written(
    name: str, value: T, location: Location | None, *, unset: str = "not set", shut_out: str = ""
) -> Layer[T]:
    """A layer whose empty value counts as nothing; `shut_out` says why even a set one does not count."""
    if not value:
        return Layer(name, None, location, counts=False, why=unset)
    return Layer(name, value, location, counts=not shut_out, why=shut_out)
