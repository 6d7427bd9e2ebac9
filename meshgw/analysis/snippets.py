"""Text to write, as a ready snippet in the help of a finding, in the syntax of the file that it is for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from meshgw.diagnostics.model import Location
from meshgw.loading.kubernetes.model import API_VERSION, ENTRY_KINDS
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Key, Mesh
from meshgw.schema.spelling import Spelling, spelling_at
from meshgw.services.model import TERMINATING_GATEWAY

Item: TypeAlias = dict[str, Any]
"""An object of a config entry or service definition, by canonical names (`Consumers`) or the agent's."""


def entry(
    spelling: Spelling, kind: str, name: str, fields: Mapping[str, Any], tenancy: ServiceKey | None = None
) -> str:
    """A whole config entry; `tenancy` names its namespace and partition where they are not `default`."""
    if spelling.syntax == "yaml":
        return _resource(spelling, kind, name, fields, tenancy)
    said = {"Kind": kind, "Name": name, **_tenancy_of(tenancy), **fields}
    if spelling.syntax == "hcl":
        return "\n".join(f"{key} = {spelling.inline(value)}" for key, value in said.items())
    lines = [f"  {json.dumps(key)}: {spelling.inline(value)}" for key, value in said.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


def _resource(
    spelling: Spelling, kind: str, name: str, fields: Mapping[str, Any], tenancy: ServiceKey | None
) -> str:
    """Its partition is the operator's; the namespace of an intention stands in its `destination`."""
    resource = next(found for found, entry in ENTRY_KINDS.items() if entry == kind)
    namespace = _tenancy_of(tenancy).get("Namespace")
    said = {"Namespace": namespace} if namespace else {}
    metadata, spec = {"Name": name, **said}, dict(fields)
    if kind == "service-intentions":
        metadata, spec = {"Name": name}, {"Destination": metadata, **fields}
    head = [f"apiVersion: {API_VERSION}", f"kind: {resource}"]
    return "\n".join([*head, *spelling.lines({"Metadata": metadata, "Spec": spec})])


def _tenancy_of(tenancy: ServiceKey | None) -> dict[str, str]:
    if tenancy is None:
        return {}
    pairs = {"Namespace": tenancy.namespace, "Partition": tenancy.partition}
    return {name: value for name, value in pairs.items() if value != "default"}


def to_add(location: Location | None, name: str, item: Item, *, whose: str = "") -> str:
    """The help to add an element to a list that is written at a place; `whose` goes before its name."""
    spelling = spelling_at(location)
    return f"add to {whose}`{spelling.key(name)}`{at(location)}:\n{spelling.item(item)}"


def spelling_of_entries(entries: EntrySet, partition: str) -> Spelling:
    """How the config entries of a partition are written, of all when it has none: for one that is missing."""
    return entries.once(("spelling", partition), lambda: _spelling_of_entries(entries, partition))


def _spelling_of_entries(entries: EntrySet, partition: str) -> Spelling:
    found = [entry for entry in entries.all() if entry.origin.document is not None]
    own = [entry for entry in found if entry.partition == partition]
    first = next(iter(own or found), None)
    return spelling_at(first.locate()) if first is not None else Spelling()


def exported_service(service: ServiceKey, consumer: str) -> Item:
    """An item of `Services` in exported-services."""
    return _exported(service, {"Partition": consumer})


def exported_to_peer(service: ServiceKey, peer: str) -> Item:
    """An item of `Services` in exported-services for a peer."""
    return _exported(service, {"Peer": peer})


def _exported(service: ServiceKey, consumer: Item) -> Item:
    namespace = {} if service.namespace == "default" else {"Namespace": service.namespace}
    return {"Name": service.name, **namespace, "Consumers": [consumer]}


def entry_exporting(partition: str, item: Item, spelling: Spelling) -> str:
    """A whole exported-services entry with one item."""
    return entry(spelling, "exported-services", partition, {"Services": [item]})


def intention_source(caller: ServiceKey, destination: ServiceKey, action: str = "allow") -> Item:
    """An item of `Sources` in service-intentions about one caller."""
    namespace = {} if caller.namespace == destination.namespace else {"Namespace": caller.namespace}
    partition = {} if caller.partition == destination.partition else {"Partition": caller.partition}
    return {"Name": caller.name, **namespace, **partition, "Action": action}


def peer_source(caller: ServiceKey, peer: str) -> Item:
    """An item of `Sources` in service-intentions that lets a caller of a peer in."""
    namespace = {} if caller.namespace == "default" else {"Namespace": caller.namespace}
    return {"Name": caller.name, **namespace, "Peer": peer, "Action": "allow"}


def entry_of_intentions(destination: ServiceKey, source: Item, spelling: Spelling) -> str:
    """A whole service-intentions entry with one source."""
    return entry(spelling, "service-intentions", destination.name, {"Sources": [source]}, destination)


def service_defaults(service: ServiceKey, protocol: str, spelling: Spelling) -> str:
    """A service-defaults entry that says a protocol."""
    return entry(spelling, "service-defaults", service.name, {"Protocol": protocol}, service)


def gateway_registration(mesh: Mesh, where: Key, flag: str = "") -> str:
    """The start of a mesh gateway's registration, with a meta key that is `1`."""
    meta = {"meta": {flag: "1"}} if flag else {}
    wan = {"tagged_addresses": {"wan": {"address": "…", "port": 8443}}}
    said = {"name": "mesh-gateway", "kind": "mesh-gateway", "port": 8443, **meta, **wan}
    return _registration(mesh, where, said)


def terminating_gateway(mesh: Mesh, where: Key, name: str) -> str:
    """The start of a terminating gateway's registration."""
    return _registration(mesh, where, {"name": name, "kind": TERMINATING_GATEWAY, "port": 8443})


def _registration(mesh: Mesh, where: Key, said: Item) -> str:
    if _registers_in_json(mesh, where):
        return json.dumps({"service": said}, indent=2, ensure_ascii=False)
    spelling = Spelling()
    lines = [f"  {spelling.setting(name, value)}" for name, value in said.items()]
    return "\n".join(["service {", *lines, "}"])


def _registers_in_json(mesh: Mesh, where: Key) -> bool:
    """Whether the services of a partition, of all when it has none, stand in JSON files."""
    found = mesh.instances_of(where) or mesh.instances
    place = found[0].location if found else None
    return place is not None and place.document.syntax == "json"


def at(location: Location | None) -> str:
    """` at FILE:LINE` for a help text, or nothing."""
    if location is None:
        return ""
    return f" at {location.document.name}:{location.position[0]}"
