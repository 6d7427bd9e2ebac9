"""Catalog registrations: `PUT /v1/catalog/register` (service-registration.md 1.8)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import field
from typing import Any

from meshgw.diagnostics.evaluation import Step, first
from meshgw.diagnostics.model import Location, Part
from meshgw.diagnostics.rules import Report, rule
from meshgw.schema.fields import Block, anything, block, boolean, mapping, obj, tenancy, text
from meshgw.schema.origin import NOWHERE, Origin
from meshgw.services.model import Check, Locality, Service
from meshgw.source.document import Path

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", re.ASCII)


@block
class Registration(Block):
    """A node of the catalog and, mostly, a service on it. Checks are stored as they are."""

    datacenter: str = text("Datacenter", doc="the own one when empty")
    id: str = text("ID", doc="the node's UUID")
    node: str = text("Node", doc="the node's name")
    address: str = text("Address", doc="the node's address")
    tagged_addresses: dict[str, str] = mapping("TaggedAddresses", doc="`lan` and `wan` of the node")
    node_meta: dict[str, str] = mapping("NodeMeta")
    service: Service | None = obj("Service", Service, optional=True)
    check: Any = anything("Check")
    checks: Any = anything("Checks")
    locality: Locality | None = obj("Locality", Locality, optional=True)
    skip_node_update: bool = boolean("SkipNodeUpdate", doc="leave the node as it is")
    peer_name: str = text("PeerName", doc="refused in registrations")
    partition: str = tenancy("Partition", doc="Enterprise")
    namespace: str = tenancy("Namespace", doc="Enterprise")
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:
        """Where a canonical path of the registration is written."""
        return self.origin.locate(at, part)

    def at_source(self, source: Path, part: Part = "value") -> Location | None:
        """The location of a path as the user wrote it."""
        return self.origin.at_source(source, part)


@rule("registration-without-node", on="registration", consul="Must provide node", stage="S")  # RG-11
def registration_without_node(registration: Registration, report: Report) -> None:
    """A catalog registration that names no node.

    Refused (catalog):

        { "Node": "", "Address": "10.0.0.5", "Service": { "Service": "web" } }

    Accepted (catalog):

        { "Node": "node-1", "Address": "10.0.0.5", "Service": { "Service": "web" } }
    """
    if not registration.node:
        report("the registration has no `Node`", at=("Node",))


@rule(
    "registration-without-address",
    on="registration",
    consul="Must provide address if SkipNodeUpdate is not set",
    stage="S",
)  # RG-12
def registration_without_address(registration: Registration, report: Report) -> None:
    """A catalog registration without the node's address.

    Refused (catalog):

        { "Node": "node-1", "Service": { "Service": "web" } }

    Accepted (catalog):

        { "Node": "node-1", "SkipNodeUpdate": true, "Service": { "Service": "web" } }
    """
    if not registration.address and not registration.skip_node_update:
        report(
            "the registration has no `Address`",
            at=("Address",),
            help="set it, or `SkipNodeUpdate` for a node that exists",
        )


@rule(
    "registration-without-service-name",
    on="registration",
    consul="Must provide service name (Service.Service) when service ID is provided",
    stage="S",
)  # RG-13
def registration_without_service_name(registration: Registration, report: Report) -> None:
    """A catalog registration whose service has an id and no name.

    The name of a service is `Service.Service` here.

    Refused (catalog):

        { "Node": "node-1", "Address": "10.0.0.5", "Service": { "ID": "web-1" } }

    Accepted (catalog):

        { "Node": "node-1", "Address": "10.0.0.5", "Service": { "ID": "web-1", "Service": "web" } }
    """
    service = registration.service
    if service is not None and service.id and not service.name:
        report("the service has an `ID` and no `Service`", at=("Service", "ID"), part="all")


@rule(
    "registration-with-peer",
    on="registration",
    consul="cannot register requests with PeerName in them",
    stage="S",
)  # RG-14
def registration_with_peer(registration: Registration, report: Report) -> None:
    """A catalog registration that claims to come from a peer.

    Refused (catalog):

        { "Node": "node-1", "Address": "10.0.0.5", "PeerName": "east", "Service": { "Service": "web" } }

    Accepted (catalog):

        { "Node": "node-1", "Address": "10.0.0.5", "Service": { "Service": "web" } }
    """
    if registration.peer_name:
        report("the registration has a `PeerName`", at=("PeerName",), part="all")
    elif registration.service is not None and registration.service.peer_name:
        report("the service has a `PeerName`", at=("Service", "PeerName"), part="all")


@rule("registration-node-id-invalid", on="registration", consul="Bad node ID", stage="S")  # RG-15
def registration_node_id_invalid(registration: Registration, report: Report) -> None:
    """A node id that is no UUID.

    Refused (catalog):

        { "ID": "node-1", "Node": "node-1", "Address": "10.0.0.5", "Service": { "Service": "web" } }

    Accepted (catalog):

        { "Node": "node-1", "Address": "10.0.0.5", "Service": { "Service": "web" } }
    """
    if registration.id and not _UUID.fullmatch(registration.id):
        report(f"`{registration.id}` is no UUID", at=("ID",))


REGISTRATION: Step = first(
    registration_with_peer,  # RG-14
    registration_without_node,  # RG-11
    registration_without_address,  # RG-12
    registration_node_id_invalid,  # RG-15
    registration_without_service_name,  # RG-13
)


def checks_of(service: Service, written: Iterable[Any]) -> tuple[Check, ...]:
    """The checks of a registration that decide the health of a service: its own, and those of the node.

    `written` are checks as they stand in bodies; the catalog keeps them as they are.
    """
    found = []
    for raw in written:
        check = {key.lower(): value for key, value in raw.items()} if isinstance(raw, dict) else {}
        if check and check.get("serviceid") in (None, "", service.id):
            found.append(
                Check(
                    id=_text(check.get("checkid")),
                    name=_text(check.get("name")),
                    notes=_text(check.get("notes")),
                    status=_text(check.get("status")),
                )
            )
    return tuple(found)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
