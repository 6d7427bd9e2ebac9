"""Transactions: `PUT /v1/txn` (service-registration.md 1.8).

A list of operations on keys, nodes, services and checks. Verbs and fields follow the public API
documentation of the endpoint; the catalog judges what `set` and `cas` write, everything else is read
over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeGuard

from meshgw.diagnostics.evaluation import Step, first
from meshgw.diagnostics.model import Diagnostic, Location, Part
from meshgw.diagnostics.rules import Report, rule
from meshgw.diagnostics.running import evaluate
from meshgw.profile import Profile
from meshgw.schema.decode import Decoded, Dialect, TypeFault, decode, traced
from meshgw.schema.fields import Block, anything, block, mapping, obj, tenancy, text
from meshgw.schema.origin import NOWHERE, Origin
from meshgw.services.catalog import (
    Registration,
    checks_of,
    registration_node_id_invalid,
    registration_with_peer,
    registration_without_node,
    registration_without_service_name,
)
from meshgw.services.decoding_rules import body_wrong_type, report_body_faults
from meshgw.services.judge import catalog_service, judge_in_catalog
from meshgw.services.model import Locality, Service
from meshgw.source.document import Document, Path

_WRITES: Final = ("set", "cas")
VERBS: Final = {
    "Node": ("set", "cas", "get", "delete", "delete-cas"),
    "Service": ("set", "cas", "get", "delete", "delete-cas"),
    "Check": ("set", "cas", "get", "delete", "delete-cas"),
}
OPERATIONS: Final = frozenset({"kv", "node", "service", "check", "intention"})


@block
class CatalogNode(Block):
    """A node as the catalog stores it."""

    id: str = text("ID", doc="the node's UUID")
    node: str = text("Node", doc="the node's name")
    address: str = text("Address")
    datacenter: str = text("Datacenter")
    tagged_addresses: dict[str, str] = mapping("TaggedAddresses")
    meta: dict[str, str] = mapping("Meta")
    locality: Locality | None = obj("Locality", Locality, optional=True)
    peer_name: str = text("PeerName")
    partition: str = tenancy("Partition")
    create_index: Any = anything("CreateIndex")
    modify_index: Any = anything("ModifyIndex")


@block
class NodeOperation(Block):
    """An operation on a node."""

    verb: str = text("Verb", one_of=VERBS["Node"])
    node: CatalogNode = obj("Node", CatalogNode)


@block
class ServiceOperation(Block):
    """An operation on a service of a node."""

    verb: str = text("Verb", one_of=VERBS["Service"])
    node: str = text("Node", doc="the node's name")
    service: Service = obj("Service", Service)


@block
class CheckOperation(Block):
    """An operation on a check; checks are stored as they are."""

    verb: str = text("Verb", one_of=VERBS["Check"])
    check: Any = anything("Check")


@block
class Operation(Block):
    """One operation, of one of the kinds."""

    kv: Any = anything("KV")
    node: NodeOperation | None = obj("Node", NodeOperation, optional=True)
    service: ServiceOperation | None = obj("Service", ServiceOperation, optional=True)
    check: CheckOperation | None = obj("Check", CheckOperation, optional=True)
    intention: Any = anything("Intention")
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:
        """Where a canonical path of the operation is written."""
        return self.origin.locate(at, part)

    def at_source(self, source: Path, part: Part = "value") -> Location | None:
        """The location of a path as the user wrote it."""
        return self.origin.at_source(source, part)


@dataclass(frozen=True, slots=True)
class TransactionJudgement:
    """What a transaction registers, in order, and what was found. It is stored whole or not at all."""

    registrations: tuple[Registration, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def accepted(self) -> bool:
        return not any(found.refused for found in self.diagnostics)


def is_transaction(value: Any) -> bool:
    """Whether a JSON value is a transaction: a list of operations, at least one of them with a verb."""
    return (
        isinstance(value, list)
        and all(isinstance(item, dict) and OPERATIONS & {key.lower() for key in item} for item in value)
        and any("verb" in {key.lower() for key in inner} for item in value for inner in _objects(item))
    )


def _objects(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (inner for inner in value.values() if isinstance(inner, dict))


@rule("operation-verb-unknown", on="transaction")
def operation_verb_unknown(found: tuple[str, str], report: Report) -> None:
    """An operation of a transaction with a verb that its kind does not have.

    Newer versions of Consul refuse it; older ones fail while they apply it.

    Found (catalog):

        [
          {
            "Service": { "Verb": "register", "Node": "node-1", "Service": { "Service": "web", "Port": 8080 } }
          }
        ]

    Accepted (catalog):

        [
          {
            "Service": { "Verb": "set", "Node": "node-1", "Service": { "Service": "web", "Port": 8080 } }
          }
        ]
    """
    kind, verb = found
    if verb not in VERBS[kind]:
        known = ", ".join(f"`{name}`" for name in VERBS[kind])
        report(f"`{verb}` is no verb of operations on a {kind.lower()}", at=("Verb",), help=f"write {known}")


SERVICE_OPERATION: Step = first(registration_with_peer, registration_without_service_name)  # RG-14, RG-13
NODE_OPERATION: Step = first(registration_without_node, registration_node_id_invalid)  # RG-11, RG-15


def judge_transaction(
    document: Document, profile: Profile, *, partition: str = "", namespace: str = ""
) -> TransactionJudgement:
    """Judge a body of `PUT /v1/txn`: all errors of all operations, as Consul lists them.

    `partition` and `namespace` are those of the request, for what names none.
    """
    profile = replace(profile, entry_path="catalog")
    operations: list[Operation] = []
    found: list[Diagnostic] = []
    for index, raw in enumerate(document.value):
        operation, faults = _decoded(raw, index, document, profile, own=not found)
        found += faults
        if operation is not None:
            operations.append(operation)
    if found:
        return TransactionJudgement((), tuple(found))
    made: list[Registration] = []
    for operation, raw in zip(operations, document.value, strict=True):
        registrations, findings = _judged(operation, raw, profile, partition, namespace)
        made += registrations
        found += findings
    checks = [one.check for one in operations]
    written = [check.check for check in checks if _is_written(check)]
    return TransactionJudgement(tuple(_with_checks(one, written) for one in made), tuple(found))


def _is_written(operation: CheckOperation | None) -> TypeGuard[CheckOperation]:
    return operation is not None and operation.verb in _WRITES


def _with_checks(registration: Registration, written: list[Any]) -> Registration:
    """A registration with the checks that the same transaction writes for its service or node."""
    if registration.service is None:
        return registration
    here = [check for check in written if _node_of(check) == registration.node.lower()]
    service = replace(registration.service, checks=checks_of(registration.service, here))
    return replace(registration, service=service)


def _node_of(check: Any) -> str:
    return str(_written(check, ("Node",))).lower()


def _decoded(
    raw: Any, index: int, document: Document, profile: Profile, *, own: bool
) -> tuple[Operation | None, list[Diagnostic]]:
    dialect = Dialect("catalog", profile.edition, profile.consul_version)
    origin = Origin(document, (index,), lambda: traced(Operation, raw, dialect))
    report = Report(raw, origin, profile, title=f"operation {index}")
    report.own = own
    if not isinstance(raw, dict):
        fault = TypeFault(
            (), (), f"[{index}]", "an operation", "no object", "json: cannot unmarshal", "object"
        )
        report.run(body_wrong_type, fault)
        return None, report.diagnostics
    decoded: Decoded[Operation] = decode(Operation, raw, dialect)
    # cas compares the index of what it replaces: the one field of a stored service that may be given
    decoded.unknown = [key for key in decoded.unknown if not (key.block is Service and _is_index(key.path))]
    if report_body_faults(decoded, report, dialect) or decoded.value is None:
        return None, report.diagnostics
    return replace(decoded.value, origin=origin), []


def _is_index(path: Path) -> bool:
    return str(path[-1]).lower() in ("createindex", "modifyindex")


def _judged(
    operation: Operation, raw: dict[str, Any], profile: Profile, partition: str, namespace: str
) -> tuple[list[Registration], list[Diagnostic]]:
    report = Report(operation, operation, profile, title="transaction")
    for kind, part in (("Node", operation.node), ("Service", operation.service), ("Check", operation.check)):
        if part is not None:
            report.base = (kind,)
            report.run(operation_verb_unknown, (kind, part.verb))
    made: list[Registration] = []
    if operation.node is not None and operation.node.verb in _WRITES:
        node = operation.node.node
        report.base = ("Node",)
        evaluate(NODE_OPERATION, node, _at(report, "Node"))
        made.append(_of_node(node, partition))
    report.base = ("Service",)
    if operation.service is None or operation.service.verb not in _WRITES:
        return made, report.diagnostics
    written = operation.service.service
    written = replace(written, namespace=written.namespace or namespace)
    registration = Registration(
        node=operation.service.node,
        service=written,
        skip_node_update=True,
        partition=written.partition or partition,
        origin=operation.origin,
    )
    refused = evaluate(first(registration_without_node, SERVICE_OPERATION), registration, report)
    within = ("Service", "Service")
    service = catalog_service(written, _written(raw, within), registration, profile, within=within)
    findings = judge_in_catalog(service, profile, own=not refused)
    kept = replace(service, connect=replace(service.connect, sidecar_service=None))
    made.append(replace(registration, service=kept))
    return made, [*report.diagnostics, *findings]


def _at(report: Report, name: str) -> Report:
    """The report one level deeper."""
    report.base = (*report.base, name)
    return report


def _of_node(node: CatalogNode, partition: str) -> Registration:
    return Registration(
        datacenter=node.datacenter,
        id=node.id,
        node=node.node,
        address=node.address,
        tagged_addresses=node.tagged_addresses,
        node_meta=node.meta,
        partition=node.partition or partition,
    )


def _written(raw: Any, path: tuple[str, ...]) -> Any:
    """What was written at a path, keys in any case."""
    for name in path:
        if not isinstance(raw, dict):
            return None
        raw = next((value for key, value in raw.items() if key.lower() == name.lower()), None)
    return raw
