"""Who may call a service: matching intentions and what they decide (intentions-and-exports.md 2, 3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

from meshgw.diagnostics.model import Location
from meshgw.entries.service_intentions import ServiceIntentions, Source
from meshgw.entries.shared import WILDCARD
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey
from meshgw.source.document import Path

Verdict: TypeAlias = Literal["allow", "deny", "conditional"]
"""`conditional`: it depends on the request, its token or both."""


class Caller(NamedTuple):
    """Who calls. With a `peer` the partition is the peer's own and plays no part."""

    partition: str
    namespace: str
    name: str
    peer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intention:
    """One (source, destination) pair; `source` has its tenancy filled in, sameness groups expanded."""

    entry: ServiceIntentions
    source: Source
    index: int
    precedence: int
    peer: str = ""
    partition: str = "default"
    namespace: str = "default"

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def at(self) -> Path:
        """The source's path in the normalized entry."""
        return ("Sources", self.index)

    @property
    def location(self) -> Location | None:
        return self.entry.locate(self.at)

    @property
    def verdict(self) -> Verdict:
        """What it decides for a caller that it matches."""
        if self.source.permissions:
            return "conditional"
        if self.source.action == "deny":
            return "deny"
        jwt = self.entry.jwt
        return "conditional" if jwt is not None and jwt.providers else "allow"

    def matches(self, caller: Caller) -> bool:
        return (
            self.peer == caller.peer
            and (self.peer != "" or self.partition == caller.partition)
            and self.namespace in (caller.namespace, WILDCARD)
            and self.name in (caller.name, WILDCARD)
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a call is let in. Without an `intention` it is the default, and `default_from` says whose."""

    verdict: Verdict
    intention: Intention | None
    default_from: str = ""

    @property
    def allowed(self) -> bool | None:
        """`None` when it depends on the request."""
        return {"allow": True, "deny": False, "conditional": None}[self.verdict]


def matching_intentions(entries: EntrySet, destination: ServiceKey) -> tuple[Intention, ...]:
    """The intentions for a destination, in the order in which they decide (2.1, 2.2)."""
    if not entries.has("service-intentions"):
        return ()
    found = [
        intention
        for entry in _entries_for(entries, destination)
        for index, source in enumerate(entry.sources)
        for intention in _expanded(entries, entry, source, index)
    ]
    return tuple(sorted(found, key=_rank))


def decide(
    caller: Caller,
    destination: ServiceKey,
    entries: EntrySet,
    *,
    default_allow: bool,
    default_from: str = "",
) -> Decision:
    """What Consul itself answers for a call: the first match by precedence, else the default (2.4)."""
    found = matching_intentions(entries, destination)
    return decide_among(found, caller, default_allow=default_allow, default_from=default_from)


def decide_among(
    intentions: Iterable[Intention], caller: Caller, *, default_allow: bool, default_from: str = ""
) -> Decision:
    """`decide` for the intentions of one destination, which stand in deciding order."""
    for intention in intentions:
        if intention.matches(caller):
            return Decision(intention.verdict, intention)
    return Decision("allow" if default_allow else "deny", None, default_from)


def let_through(decision: Decision, *, default_allow: bool) -> Decision:
    """A decision with the requests in mind: permissions that only deny leave the rest to the default.

    `decide` answers `conditional` for them, as transparent proxies are to get such upstreams (2.4).
    """
    permissions = decision.intention.source.permissions if decision.intention is not None else ()
    if permissions and not default_allow and all(one.action == "deny" for one in permissions):
        return replace(decision, verdict="deny")
    return decision


def enforced_among(
    intentions: Iterable[Intention], caller: Caller, *, default_allow: bool, default_from: str = ""
) -> Decision:
    """What the destination's proxy does with a connection, which differs from `decide` at times (IQ-1).

    Proxies keep the intentions that differ from the default, and subtract from each the narrower
    sources that come before it; a broader source that comes before it changes nothing. Whether the
    proxy can tell the callers of a peer is not asked here.
    """
    matching = _first_of_each_source(intentions, caller)
    default: Verdict = "allow" if default_allow else "deny"
    kept = [
        intention
        for index, intention in enumerate(matching)
        if (intention.source.permissions or intention.source.action != default)
        and not any(_narrower(earlier, intention) for earlier in matching[:index])
    ]
    if not kept:
        return Decision(default, None, default_from)
    unconditional = next((intention for intention in kept if intention.verdict != "conditional"), kept[0])
    return Decision(unconditional.verdict, unconditional)


def _first_of_each_source(intentions: Iterable[Intention], caller: Caller) -> list[Intention]:
    """The intentions that match a caller; of two with one source the first."""
    found: dict[tuple[str, str], Intention] = {}
    for intention in intentions:
        if intention.matches(caller):
            found.setdefault((intention.namespace, intention.name), intention)
    return list(found.values())


def _narrower(one: Intention, other: Intention) -> bool:
    """Whether a source has fewer wildcards; both match one caller, so nothing else can differ."""
    return _wildcards(one) < _wildcards(other)


def _wildcards(intention: Intention) -> int:
    return (intention.namespace, intention.name).count(WILDCARD)


def wanted_providers(intentions: Iterable[Intention]) -> Iterator[tuple[Intention, str]]:
    """The providers that intentions name, as JA-01 walks them; a provider may occur again."""
    for intention in intentions:
        requirements = [permission.jwt for permission in intention.source.permissions]
        for requirement in (*requirements, intention.entry.jwt):
            for provider in requirement.providers if requirement is not None else ():
                yield intention, provider.name


def _entries_for(entries: EntrySet, destination: ServiceKey) -> Iterator[ServiceIntentions]:
    partition, namespace, name = destination
    places = ((namespace, name), (namespace, WILDCARD), (WILDCARD, WILDCARD))
    for wanted in dict.fromkeys(places):
        found = entries.find("service-intentions", ServiceKey(partition, *wanted))
        if isinstance(found, ServiceIntentions):
            yield found


def _expanded(entries: EntrySet, entry: ServiceIntentions, source: Source, index: int) -> Iterator[Intention]:
    """One intention per source; a sameness group stands for each of its members."""
    if not source.sameness_group:
        yield _intention(entry, source, index, source.partition, source.peer)
        return
    group = entries.sameness_group(entry.partition, source.sameness_group)
    for member in group.members if group is not None else ():
        yield _intention(entry, source, index, member.partition, member.peer)


def _intention(entry: ServiceIntentions, source: Source, index: int, partition: str, peer: str) -> Intention:
    return Intention(
        entry=entry,
        source=source,
        index=index,
        precedence=source.precedence,
        peer=peer,
        partition="" if peer else partition or "default",
        namespace=source.namespace or "default",
    )


def _rank(intention: Intention) -> tuple[int, str, str, str, str, str, str, str, str]:
    """Highest precedence first; ties as Consul breaks them."""
    entry = intention.entry
    return (
        -intention.precedence,
        intention.source.sameness_group,
        intention.peer,
        intention.partition,
        intention.namespace,
        intention.name,
        entry.partition,
        entry.namespace,
        entry.name,
    )
