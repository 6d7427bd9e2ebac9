"""The errors that a user's entries can cause, in words (discovery-chain.md 7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from meshgw.chain.model import ChainError, ErrorCode, Place, Step
from meshgw.chain.protocols import Spoken
from meshgw.entries.base import Entry
from meshgw.source.document import Path

_SHOWN = 6
"""How many steps of a very long way are shown at either end."""


@dataclass(frozen=True, slots=True)
class Trail:
    """The way a compilation took so far, its last step first; put into words only when it fails."""

    words: str
    entry: Entry | None = None
    at: Path = ()
    before: Trail | None = None

    def then(self, words: str, entry: Entry | None = None, at: Path = ()) -> Trail:
        return Trail(words, entry, at, self)

    @property
    def place(self) -> Place | None:
        """The last step that is written somewhere."""
        trail: Trail | None = self
        while trail is not None and trail.entry is None:
            trail = trail.before
        return None if trail is None or trail.entry is None else Place(trail.entry, trail.at)

    @property
    def steps(self) -> tuple[Step, ...]:
        """From the chain's service on; the middle of a very long way is left out."""
        back: list[Step] = []
        trail: Trail | None = self
        while trail is not None:
            back.append(Step(trail.words, None if trail.entry is None else Place(trail.entry, trail.at)))
            trail = trail.before
        back.reverse()
        if len(back) <= 2 * _SHOWN + 1:
            return tuple(back)
        left_out = len(back) - 2 * _SHOWN
        return (*back[:_SHOWN], Step(f"({left_out} more)"), *back[-_SHOWN:])


def _error(
    code: ErrorCode,
    message: str,
    consul: str,
    trail: Trail,
    *,
    place: Place | None = None,
    related: Iterable[tuple[Place | None, str]] = (),
    circle: Sequence[str] = (),
) -> ChainError:
    known = tuple((other, words) for other, words in related if other is not None)
    place = place or trail.place
    return ChainError(
        code=code,
        message=message,
        consul=consul,
        way=trail.steps,
        place=place,
        related=known,
        circle=min(circle, default=""),
    )


def arrows(names: Sequence[str]) -> str:
    """`a -> b -> c`; the middle of a very long list is left out."""
    if len(names) <= 2 * _SHOWN + 1:
        return " -> ".join(names)
    left_out = f"({len(names) - 2 * _SHOWN} more)"
    return " -> ".join((*names[:_SHOWN], left_out, *names[-_SHOWN:]))


def missing_input(what: str) -> ChainError:
    """R1–R6."""
    return ChainError(code="input", message=f"{what} is required", consul=f"{what} is required")


def inconsistent_protocols(
    trail: Trail, *, chain: str, service: str, spoken: Spoken, first_service: str, first: Spoken
) -> ChainError:
    """G1."""
    return _error(
        "inconsistent-protocols",
        f"`{service}` speaks `{spoken.protocol}`, but `{first_service}` in the same chain speaks "
        f"`{first.protocol}`",
        f'discovery chain "{chain}" uses inconsistent protocols; service "{service}" has '
        f'"{spoken.protocol}" which is not "{first.protocol}"',
        trail,
        related=(
            (spoken.place, f"`{service}`: {spoken.words}"),
            (first.place, f"`{first_service}`: {first.words}"),
        ),
    )


def redirect_loop(visited: Sequence[str], again: str, trail: Trail) -> ChainError:
    """G2."""
    loop = arrows((*visited, again))
    return _error(
        "redirect-loop",
        f"resolvers redirect in a circle: {loop}",
        f"detected circular resolver redirect: [{loop}]",
        trail,
        circle=visited[visited.index(again) :],
    )


def subset_missing(service: str, subset: str, resolver: Entry | None, trail: Trail) -> ChainError:
    """G3."""
    place = None if resolver is None else Place(resolver, ("Subsets",))
    return _error(
        "subset-missing",
        f"`{service}` has no subset `{subset}`",
        f'service "{service}" does not have a subset named "{subset}"',
        trail,
        related=((place, f"the resolver of `{service}` does not define it"),),
    )


def external(
    trail: Trail, *, code: ErrorCode, service: str, what: str, cause: Place, sni: Place
) -> ChainError:
    """G4, G5, G6; `what` is `redirects`, `subsets` or `failover`."""
    return _error(
        code,
        f"`{service}` has an external SNI, so its resolver cannot define {what}",
        f'service "{service}" has an external SNI set; cannot define {what} for external services',
        trail,
        place=cause,
        related=((sni, "the external SNI is set here"),),
    )


def sameness_group_missing(service: str, group: str, place: Place | None, trail: Trail) -> ChainError:
    """G7."""
    return _error(
        "sameness-group-missing",
        f"there is no sameness group `{group}` in the partition",
        f'sameness group missing for service "{service}"',
        trail,
        place=place,
    )


def splitter_loop(
    path: Sequence[str], closing: Place | None, others: Iterable[Place], trail: Trail
) -> ChainError:
    """G8."""
    loop = arrows(path)
    return _error(
        "splitter-loop",
        f"splitters lead in a circle: {loop}",
        f"detected circular reference: [{loop}]",
        trail,
        place=closing,
        related=((place, "this split is a part of the circle") for place in others),
        circle=path[path.index(path[-1]) :],
    )


def protocol_without_routing(
    trail: Trail, *, chain: str, protocol: str, place: Place | None, service: str, spoken: Spoken | None
) -> ChainError:
    """G9."""
    related = () if spoken is None else ((spoken.place, f"`{service}`: {spoken.words}"),)
    return _error(
        "protocol-without-routing",
        f"the chain of `{chain}` speaks `{protocol}`, which can be neither routed nor divided",
        f'discovery chain "{chain}" uses a protocol "{protocol}" that does not permit advanced routing '
        "or splitting behavior",
        trail,
        place=place,
        related=related,
    )


def too_many_splits(limit: int, place: Place | None, trail: Trail) -> ChainError:
    """No limit of Consul's: it would run out of memory instead."""
    return _error(
        "too-many-splits", f"nested splitters multiply to more than {limit} splits", "", trail, place=place
    )
