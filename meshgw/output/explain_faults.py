"""Upstreams that get nothing because Consul cannot compile their chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from meshgw.output.json import location_object
from meshgw.output.text import Paint
from meshgw.output.visible import visible
from meshgw.snapshot.model import SidecarSnapshot, SnapshotFault


def faults_text(faults: Sequence[tuple[SidecarSnapshot, SnapshotFault]], paint: Paint) -> str:
    """One block a broken upstream: why there is no chain, the way to the fault, and the places."""
    return "\n".join("\n".join(_fault_lines(snapshot, fault, paint)) + "\n" for snapshot, fault in faults)


def _fault_lines(snapshot: SidecarSnapshot, fault: SnapshotFault, paint: Paint) -> Iterator[str]:
    instance = snapshot.instance
    yield paint(visible(f"{instance.destination} → {fault.subject}"), "strong")
    where = f"partition {instance.partition} of {instance.datacenter}"
    yield visible(f"  caller  {instance.service.id} in {where}")
    yield f"  {paint('✗', 'error')} {visible(fault.message)}"
    chain = fault.chain
    if chain is not None:
        if chain.way:
            yield visible(f"    chain: {chain.path}")
        places = [(chain.place, "this is what leads to the fault")] if chain.place is not None else []
        for place, words in (*places, *chain.related):
            if place.location is not None:
                yield f"    {visible(str(place.location))}: {visible(words)}"
        if chain.consul:
            yield visible(f"    Consul: {chain.consul}")
    yield f"  {paint('does not work', 'error')}"


def fault_objects(faults: Sequence[tuple[SidecarSnapshot, SnapshotFault]]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [_fault_object(snapshot, fault) for snapshot, fault in faults]


def _fault_object(snapshot: SidecarSnapshot, fault: SnapshotFault) -> dict[str, Any]:
    instance, chain = snapshot.instance, fault.chain
    place = chain.place.location if chain is not None and chain.place is not None else None
    return {
        "caller": {
            "service": instance.destination,
            "proxy": instance.service.id,
            "namespace": instance.namespace,
            "partition": instance.partition,
            "datacenter": instance.datacenter,
        },
        "upstream": fault.subject,
        "message": fault.message,
        "consul": (chain.consul or None) if chain is not None else None,
        "way": [step.words for step in chain.way] if chain is not None else [],
        "location": location_object(place) if place is not None else None,
    }
