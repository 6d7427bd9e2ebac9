"""Making and rewriting targets during a compilation (discovery-chain.md 3.6, 3.7)."""

from __future__ import annotations

from dataclasses import dataclass

from meshgw.chain import names
from meshgw.chain.model import CompileRequest, Target
from meshgw.chain.modes import TargetMode
from meshgw.entries.sameness_group import Member
from meshgw.mesh.keys import Locality, ServiceKey

_NO_MODE = TargetMode()


@dataclass(slots=True)
class TargetDraft:
    """A target while its settings are collected; one object for each id."""

    id: str
    key: ServiceKey
    subset: str
    datacenter: str
    peer: str
    sni: str
    name: str
    locality: Locality | None = None
    mesh_gateway: TargetMode = _NO_MODE
    filter: str = ""
    only_passing: bool = False
    dialed_directly: bool = False
    connect_timeout: int = 0
    external: bool = False
    prioritize_by_locality: str | None = None

    def finished(self) -> Target:
        return Target(
            id=self.id,
            service=self.key.name,
            subset=self.subset,
            namespace=self.key.namespace,
            partition=self.key.partition,
            datacenter=self.datacenter,
            peer=self.peer,
            locality=self.locality,
            mesh_gateway=self.mesh_gateway,
            filter=self.filter,
            only_passing=self.only_passing,
            dialed_directly=self.dialed_directly,
            connect_timeout=self.connect_timeout,
            external=self.external,
            sni=self.sni,
            name=self.name,
            prioritize_by_locality=self.prioritize_by_locality,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a redirect or a failover asks for; empty fields keep what the current target has.

    The peer is the exception: it is always replaced, so a change without a peer leaves the peer.
    """

    service: str = ""
    subset: str = ""
    namespace: str = ""
    partition: str = ""
    datacenter: str = ""
    peer: str = ""


class Targets:
    """All targets that a compilation has made, by id."""

    __slots__ = ("_peers", "_request", "made")

    def __init__(self, request: CompileRequest, peers: dict[str, Locality]) -> None:
        self._request = request
        self._peers = peers
        self.made: dict[str, TargetDraft] = {}

    def target(
        self,
        service: str,
        *,
        subset: str = "",
        namespace: str = "",
        partition: str = "",
        datacenter: str = "",
        peer: str = "",
    ) -> TargetDraft:
        """The target with these parts; a second request for an id returns the first object."""
        request = self._request
        if peer:
            # The partition is the local one; without a namespace it is the peer's `default`.
            key, datacenter = ServiceKey(request.partition, namespace or "default", service), ""
        else:
            key = ServiceKey(partition or request.partition, namespace or request.namespace, service)
            datacenter = datacenter or request.datacenter
        identity = names.target_id(key, subset, datacenter, peer)
        found = self.made.get(identity)
        if found is None:
            sni = "" if peer else names.service_sni(key, subset, datacenter, request.trust_domain)
            locality = self._peers.get(peer) if peer else None
            found = TargetDraft(identity, key, subset, datacenter, peer, sni, sni, locality)
            self.made[identity] = found
        return found

    def of(self, key: ServiceKey, subset: str = "") -> TargetDraft:
        """The target of a service in the evaluation datacenter."""
        return self.target(key.name, subset=subset, namespace=key.namespace, partition=key.partition)

    def rewritten(self, target: TargetDraft, change: Change) -> TargetDraft:
        """The target after a redirect or failover (3.7.1)."""
        service, subset = target.key.name, target.subset
        if change.service and change.service != service:
            service, subset = change.service, ""
        namespace = change.namespace if change.namespace or change.peer else target.key.namespace
        return self.target(
            service,
            subset=change.subset or subset,
            namespace=namespace,
            partition=change.partition or target.key.partition,
            datacenter=change.datacenter or target.datacenter,
            peer=change.peer,
        )


def for_member(base: Change, member: Member) -> Change:
    """The change that leads to one member of a sameness group (3.7.3)."""
    return Change(
        service=base.service,
        subset=base.subset,
        namespace=base.namespace,
        partition=member.partition or base.partition,
        datacenter=base.datacenter,
        peer=member.peer,
    )
