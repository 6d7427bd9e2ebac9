"""What a file affects: as text and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from meshgw.analysis.effects import ChainEffect, EntryEffects, InstanceEffects
from meshgw.output.explain_callers import caller_objects, caller_words
from meshgw.output.explain_setting import effective_text, setting_objects, subject_of
from meshgw.output.text import Paint
from meshgw.output.visible import visible
from meshgw.snapshot.calls import Call

_MANY = 50
"""More lines than this of one kind are counted instead of shown."""


def effects_text(effects: Sequence[EntryEffects | InstanceEffects], paint: Paint) -> str:
    """One block an entry or service: what it decides, each on a line."""
    return "\n".join("\n".join(_block(found, paint)) + "\n" for found in effects)


def _block(found: EntryEffects | InstanceEffects, paint: Paint) -> Iterator[str]:
    if isinstance(found, InstanceEffects):
        instance = found.instance
        where = f"partition {instance.partition} of {instance.datacenter}"
        yield paint(visible(f"{instance.service.id} in {where}"), "strong")
        yield from _section("calls", map(_call_words, found.calls))
        yield from _section("called by", map(_call_words, found.received))
        yield from _section("carries", map(_call_words, found.carried))
        if not (found.calls or found.received or found.carried):
            yield "  no call of the tree begins, ends or passes here"
        return
    entry = found.entry
    where = f"partition {entry.partition}, namespace {entry.namespace}"
    yield paint(visible(f"{entry.kind} {entry.name} ({where})"), "strong")
    if found.replaced:
        yield "  another entry of this kind and name counts in its place"
        return
    yield from _section("discovery chains", map(_chain_words, found.chains))
    yield from _section(
        "settings",
        (f"{subject_of(value)}: {value.name} = {effective_text(value)}" for value in found.settings),
    )
    yield from _section("exported for", map(_call_words, found.exported))
    yield from _section(
        "decides", (f"{_call_words(call)}: {call.decision.verdict}" for call in found.decided)
    )
    yield from _section(
        "configures", (f"{one.service.id} in partition {one.partition}" for one in found.gateways)
    )
    if found.nothing:
        yield "  nothing in the tree depends on it"


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    every = [visible(line) for line in lines]
    if not every:
        return
    yield f"  {title}"
    for line in every[:_MANY]:
        yield f"    {line}"
    if len(every) > _MANY:
        yield f"    … and {len(every) - _MANY} more"


def _call_words(call: Call) -> str:
    service = call.service
    target = call.target.target
    at = f" at peer {call.peered.peer}" if call.peered is not None else ""
    if target.datacenter not in ("", call.caller.datacenter):
        at = f" in {target.datacenter}"
    subset = f", subset {target.subset}" if target.subset else ""
    return f"{caller_words(call)} → {service.partition}/{service.namespace}/{service.name}{at}{subset}"


def _chain_words(effect: ChainEffect) -> str:
    service = effect.service
    name = f"{service.partition}/{service.namespace}/{service.name} in {effect.datacenter}"
    callers = dict.fromkeys(caller.destination for caller in effect.callers)
    return f"{name}, used by {', '.join(callers)}" if callers else f"{name}, used by no sidecar of the tree"


def effect_objects(effects: Sequence[EntryEffects | InstanceEffects]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        _instance_object(found) if isinstance(found, InstanceEffects) else _entry_object(found)
        for found in effects
    ]


def _instance_object(found: InstanceEffects) -> dict[str, Any]:
    instance = found.instance
    return {
        "service": instance.service.id,
        "namespace": instance.namespace,
        "partition": instance.partition,
        "datacenter": instance.datacenter,
        "calls": [_call_words(call) for call in found.calls],
        "called_by": caller_objects(found.received),
        "carries": [_call_words(call) for call in found.carried],
    }


def _entry_object(found: EntryEffects) -> dict[str, Any]:
    entry = found.entry
    return {
        "kind": entry.kind,
        "name": entry.name,
        "namespace": entry.namespace,
        "partition": entry.partition,
        "replaced": found.replaced,
        "chains": [
            {
                "service": effect.service.name,
                "namespace": effect.service.namespace,
                "partition": effect.service.partition,
                "datacenter": effect.datacenter,
                "callers": [caller.service.id for caller in effect.callers],
            }
            for effect in found.chains
        ],
        "settings": setting_objects(found.settings),
        "exported": caller_objects(found.exported),
        "decided": caller_objects(found.decided),
        "gateways": [instance.service.id for instance in found.gateways],
    }
