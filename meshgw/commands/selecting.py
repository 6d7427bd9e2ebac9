"""What the names on the command line mean: callers, upstreams, services, proxies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from meshgw.commands.console import UsageError
from meshgw.mesh.model import Instance
from meshgw.snapshot.calls import Call, Calls
from meshgw.snapshot.model import SidecarSnapshot, SnapshotFault


def select_calls(calls: Calls, names: tuple[str, ...]) -> list[Call]:
    """The calls that the user means. Raises `UsageError` with the nearest names for unknown ones."""
    if not names:
        return list(calls.all)
    callers = select_callers(calls, names[0])
    if not callers:
        raise UsageError(unknown("service with a sidecar", names[0], _caller_names(calls)))
    found = [call for snapshot in callers for call in calls.of(snapshot)]
    if len(names) == 1:
        return found
    chosen = [call for call in found if _means(call, names[1])]
    if not chosen:
        ids = [upstream.envoy_id for snapshot in callers for upstream in snapshot.upstreams]
        known = [*ids, *(name.rpartition("/")[2] for name in ids if "/" in name)]
        raise UsageError(unknown(f"upstream of {names[0]}", names[1], known))
    return chosen


def select_callers(calls: Calls, name: str) -> list[SidecarSnapshot]:
    """The sidecars that a name means, none for an unknown one."""
    found = [snapshot for snapshot in calls.snapshots if _is(snapshot.instance, name)]
    _one_tenancy(name, (snapshot.instance for snapshot in found))
    return found


def select_service(calls: Calls, name: str) -> tuple[list[SidecarSnapshot], list[Call]]:
    """The sidecars of a service, and the calls that reach it; it may be known as a destination only."""
    callers = select_callers(calls, name)
    if callers:
        own = {(found.instance.partition, found.instance.namespace) for found in callers}
        names = {found.instance.destination for found in callers}
        received = [
            call
            for call in calls.all
            if call.service.name in names and (call.service.partition, call.service.namespace) in own
        ]
        return callers, received
    received = [call for call in calls.all if name in _spellings(call)]
    tenancies = {(call.service.partition, call.service.namespace) for call in received}
    if len(tenancies) > 1:
        raise UsageError(_ambiguous(name, tenancies))
    if not received:
        known = {*_caller_names(calls), *(call.service.name for call in calls.all)}
        raise UsageError(unknown("service with a sidecar", name, sorted(known)))
    return [], received


def select_broken(calls: Calls, names: tuple[str, ...]) -> list[tuple[SidecarSnapshot, SnapshotFault]]:
    """The upstreams without a chain among what the names mean; none for unknown names."""
    callers = select_callers(calls, names[0]) if names else list(calls.snapshots)
    return [
        (snapshot, fault)
        for snapshot in callers
        for fault in snapshot.faults
        if len(names) < 2 or means_upstream(fault.subject, names[1])
    ]


def means_upstream(upstream: str, name: str) -> bool:
    """Whether a name is an upstream's in Envoy, or its service name with or without tenancy."""
    plain = upstream.removeprefix("prepared_query:").partition("?")[0]
    parts = plain.split("/")
    full = "/".join(("default",) * (3 - len(parts)) + tuple(parts))
    return name in {upstream, plain, parts[-1], full, "/".join(full.split("/")[1:])}


def select_proxies(calls: Calls, name: str) -> list[Instance]:
    """The proxies that a name means: sidecars by their service, gateways by their own name."""
    found = [proxy for proxy in calls.mesh.proxies if _is(proxy, name)]
    _one_tenancy(name, found)
    if not found:
        known = {proxy.destination or proxy.service.name for proxy in calls.mesh.proxies}
        raise UsageError(unknown("service with a proxy", name, sorted(known)))
    return found


def _spellings(call: Call) -> set[str]:
    service = call.service
    return {service.name, f"{service.partition}/{service.namespace}/{service.name}"}


def _one_tenancy(name: str, instances: Iterable[Instance]) -> None:
    """Raise `UsageError` when a name stands for services of several tenancies."""
    tenancies = {(found.partition, found.namespace) for found in instances}
    if len(tenancies) > 1:
        raise UsageError(_ambiguous(name, tenancies))


def _ambiguous(name: str, tenancies: Iterable[tuple[str, str]]) -> str:
    listed = ", ".join(sorted(f"{partition}/{namespace}/{name}" for partition, namespace in tenancies))
    return f"`{name}` is ambiguous: {listed}"


def _is(instance: Instance, name: str) -> bool:
    """Whether a proxy is meant by a service name, service id, proxy id or PARTITION/NAMESPACE/NAME."""
    service = instance.service
    parent = service.parent.id if service.parent is not None else service.proxy.destination_service_id
    plain = {instance.destination, service.id, parent, service.name} - {""}
    return name in plain or name in {
        f"{instance.partition}/{instance.namespace}/{word}" for word in plain if word
    }


def _means(call: Call, name: str) -> bool:
    key = call.upstream.key
    return name in {
        call.upstream.envoy_id,
        key.name,
        f"{key.partition}/{key.namespace}/{key.name}",
        f"{key.namespace}/{key.name}",
    }


def _caller_names(calls: Calls) -> list[str]:
    return sorted({snapshot.instance.destination for snapshot in calls.snapshots})


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """A message about an unknown name, with the nearest one or all there are."""
    from meshgw.schema.suggest import nearest

    close = nearest(name, known)
    listed = f"did you mean `{close}`?" if close else f"there are: {', '.join(known[:20]) or 'none'}"
    return f"no {what} is called `{name}`; {listed}"
