"""What checks say at first: a status in a file stands until the check has run (envoy-sidecar.md EP-05)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from meshgw.diagnostics.model import Location
from meshgw.mesh.model import Instance, Mesh, Status
from meshgw.services.check import Check
from meshgw.source.document import Path


@dataclass(frozen=True, slots=True)
class FirstStatus:
    """A check's status by which an instance is not used; `location` is where it is written."""

    instance: Instance
    status: Status
    location: Location | None


def keeping_out(mesh: Mesh, instance: Instance, *, only_passing: bool = False) -> Iterator[FirstStatus]:
    """The statuses for which nothing is sent to an instance until its checks say otherwise.

    `only_passing` is that of the subset it is called through. The check of a sidecar that copies its
    application is told where that one's is written.
    """
    for index, (check, status) in enumerate(zip(instance.service.checks, instance.statuses, strict=False)):
        if status == "critical" or (only_passing and status != "passing"):
            location = _alias_location(mesh, instance, check.alias_service, status)
            yield FirstStatus(instance, status, location or _location(instance, index))


def _alias_location(mesh: Mesh, instance: Instance, alias: str, status: Status) -> Location | None:
    """Where the application of a sidecar says a status."""
    beside = mesh.on_node(instance.datacenter, instance.node.name) if alias else ()
    for other in beside:
        if (other.service.id, other.namespace, other.partition) == (
            alias,
            instance.namespace,
            instance.partition,
        ):
            found = (index for index, said in enumerate(other.statuses) if said == status)
            return next((_location(other, index) for index in found), None)
    return None


def _location(instance: Instance, index: int) -> Location | None:
    at = ("Checks", index, "Status")
    place = instance.service.locate(at)
    if place is None or not instance.from_catalog or instance.service.wrote(at):
        return place
    return _in_registration(place, instance.service.checks[index]) or place


def _in_registration(service: Location, check: Check) -> Location | None:
    """A check that stands beside the service in the body of a catalog registration."""
    parts = [str(part).lower() for part in service.path]
    base = service.path[: parts.index("service")] if "service" in parts else service.path
    body: Any = service.document.value
    for part in base:
        body = body[part]
    for path, raw in _written_checks(body):
        said = {key.lower(): (key, value) for key, value in raw.items()}
        named = [said.get(key, ("", ""))[1] for key in ("checkid", "name")]
        if "status" in said and named == [check.id, check.name]:
            return Location(service.document, (*base, *path, said["status"][0]))
    return None


def _written_checks(body: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    for key, value in body.items() if isinstance(body, dict) else ():
        if key.lower() == "check" and isinstance(value, dict):
            yield (key,), value
        elif key.lower() == "checks" and isinstance(value, list):
            yield from (((key, at), one) for at, one in enumerate(value) if isinstance(one, dict))
