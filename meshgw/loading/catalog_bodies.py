"""Bodies of the catalog's API: registrations and transactions, and the nodes that they name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from meshgw.diagnostics.model import Diagnostic
from meshgw.loading.classify import Role
from meshgw.loading.model import Agent
from meshgw.profile import Profile
from meshgw.services.catalog import Registration
from meshgw.services.judge import judge_registration
from meshgw.services.transaction import judge_transaction
from meshgw.source.document import Document

NodeKey: TypeAlias = tuple[str, str, str]
"""Datacenter, partition and name; the catalog compares names of nodes ignoring case."""


@dataclass(frozen=True, slots=True)
class CatalogBody:
    """What a body registers, in order, with services as the catalog stores them; and what was found.

    `agent` is that of the file: its datacenter and partition are those of a body that names none.
    """

    registrations: tuple[Registration, ...]
    diagnostics: tuple[Diagnostic, ...]
    agent: Agent

    @property
    def accepted(self) -> bool:
        """Whether the catalog stores it: a transaction whole or not at all."""
        return not any(found.refused for found in self.diagnostics)


def judge_catalog_body(
    document: Document, role: Role, agent: Agent, profile: Profile, *, namespace: str = ""
) -> CatalogBody:
    """Judge the body of a registration or of a transaction; `namespace` is that of the request."""
    if role == "transaction":
        judged = judge_transaction(document, profile, partition=agent.partition, namespace=namespace)
        return CatalogBody(judged.registrations, judged.diagnostics, agent)
    body = judge_registration(document, profile, partition=agent.partition, namespace=namespace)
    if body.registration is None:
        return CatalogBody((), body.diagnostics, agent)
    registration = replace(body.registration, service=next(iter(body.services), None))
    return CatalogBody((registration,), body.diagnostics, agent)


def node_key(registration: Registration, agent: Agent) -> NodeKey:
    """The node that a registration is about."""
    datacenter = (registration.datacenter or agent.datacenter).lower()
    partition = (registration.partition or agent.partition).lower()
    return datacenter, partition, registration.node.lower()


def catalog_nodes(bodies: Iterable[CatalogBody], agents: Iterable[Agent]) -> dict[NodeKey, Agent]:
    """The nodes of all bodies, as the last of them leaves each; those of known agents stay the agents'.

    A registration replaces what an earlier one said of its node, unless it says `SkipNodeUpdate`. What
    the catalog refuses changes nothing, but its services stand on a node all the same.
    """
    known = {(agent.datacenter, agent.partition, agent.name.lower()): agent for agent in agents if agent.name}
    nodes: dict[NodeKey, Agent] = {}
    bodies = sorted(bodies, key=lambda body: not body.accepted)  # those that count first, in their order
    for body in bodies:
        for registration in body.registrations:
            key = node_key(registration, body.agent)
            if key in known:
                nodes[key] = known[key]
            elif key not in nodes or (body.accepted and not registration.skip_node_update):
                nodes[key] = _node(registration, key)
    return nodes


def _node(registration: Registration, key: NodeKey) -> Agent:
    datacenter, partition, _ = key
    return Agent(
        name=registration.node,
        datacenter=datacenter,
        partition=partition,
        address=registration.address,
        tagged_addresses=registration.tagged_addresses,
        meta=registration.node_meta,
        location=registration.locate(("Node",)),
    )
