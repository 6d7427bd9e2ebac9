"""Which registrations count: of two with one id on one node the later one (product.md 1, Identity)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from meshgw.loading.model import LoadedService


@dataclass(frozen=True, slots=True)
class Registrations:
    """`current` are the ids (of Python) of those that count, `replaced` pairs of an earlier and a later one.

    One that Consul refuses counts only beside none that it takes, and that replaces nothing.
    """

    current: frozenset[int]
    replaced: tuple[tuple[LoadedService, LoadedService], ...]


def settle(services: Iterable[LoadedService]) -> Registrations:
    """Go through registrations in their order."""
    current: dict[tuple[Hashable, ...], LoadedService] = {}
    replaced = []
    for item in services:
        key = identity(item)
        earlier = current.get(key)
        if earlier is not None and earlier.refused == item.refused:
            replaced.append((earlier, item))
        if earlier is None or not item.refused or earlier.refused:
            current[key] = item
    return Registrations(frozenset(map(id, current.values())), tuple(replaced))


def identity(item: LoadedService) -> tuple[Hashable, ...]:
    """Datacenter, partition, namespace, node and id; a node without a name is its agent's alone."""
    agent, service = item.agent, item.service
    node: Hashable = agent.name.lower() or id(agent)
    return (
        agent.datacenter,
        service.partition or "default",
        service.namespace or "default",
        node,
        service.id,
    )
