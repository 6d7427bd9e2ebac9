"""Callers in Envoy's RBAC: by certificate, or as the mesh gateway forwards it (envoy-sidecar.md 8.2, 8.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from meshgw.snapshot.model import PeerBundle

_ANY_SEGMENT = "[^/]+"


class RbacSource(NamedTuple):
    """Who is meant: `*` in name or namespace is anybody."""

    name: str
    namespace: str
    partition: str
    peer: str

    @property
    def wildcards(self) -> int:
        """How wide it is: a wildcard namespace counts twice."""
        return 2 if self.namespace == "*" else 1 if self.name == "*" else 0

    def narrower_than(self, other: RbacSource) -> bool:
        """Whether everybody it means is also meant by a wider one (RB-06)."""
        return (
            self.wildcards < other.wildcards
            and (self.partition, self.peer) == (other.partition, other.peer)
            and other.namespace in (self.namespace, "*")
            and other.name in (self.name, "*")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """Trust domains of callers: the own one, and those of peers with their partition.

    `forwarded` says that requests of peers come through the own mesh gateway, which names the caller
    in a header (RB-20).
    """

    trust_domain: str
    partition: str
    peers: Mapping[str, PeerBundle] = field(default_factory=dict)
    forwarded: bool = False

    @classmethod
    def of(cls, trust_domain: str, partition: str, bundles: Iterable[PeerBundle]) -> Self:
        """Those whose callers a proxy with some bundles can tell."""
        peers = {bundle.peer: bundle for bundle in bundles}
        return cls(trust_domain=trust_domain, partition=partition, peers=peers)


def principal(source: RbacSource, excluded: Iterable[RbacSource], identities: Identities) -> dict[str, Any]:
    """The callers of a source, without those of narrower sources (RB-16)."""
    if source.peer and identities.forwarded:
        who = without(_forwarded(source, identities), [_forwarded(one, identities) for one in excluded])
        return all_ids([_own_gateway(identities), who])
    who = _identity(source, identities)
    return without(who, [_identity(one, identities) for one in excluded])


def without(who: dict[str, Any], others: list[dict[str, Any]]) -> dict[str, Any]:
    """A principal that is none of some others."""
    return all_ids([who, *({"notId": other} for other in others)]) if others else who


def all_ids(ids: list[dict[str, Any]]) -> dict[str, Any]:
    return {"andIds": {"ids": ids}}


def _identity(source: RbacSource, identities: Identities) -> dict[str, Any]:
    """A caller by the SPIFFE id of its certificate."""
    return _authenticated(f"^{_spiffe_pattern(source, identities)}$")


def _own_gateway(identities: Identities) -> dict[str, Any]:
    part = _partition_part(identities.partition)
    pattern = f"spiffe://{identities.trust_domain}{part}/gateway/mesh/dc/{_ANY_SEGMENT}"
    return _authenticated(f"^{pattern}$")


def _authenticated(regex: str) -> dict[str, Any]:
    return {"authenticated": {"principalName": {"safeRegex": {"regex": regex}}}}


def _forwarded(source: RbacSource, identities: Identities) -> dict[str, Any]:
    """A caller by the first certificate that the gateway forwards."""
    regex = f"^[^,]+;URI={_spiffe_pattern(source, identities)}(?:,.*)?$"
    return {"header": {"name": "x-forwarded-client-cert", "stringMatch": {"safeRegex": {"regex": regex}}}}


def _spiffe_pattern(source: RbacSource, identities: Identities) -> str:
    """The SPIFFE ids of a source, of any datacenter. Consul escapes nothing in it (RB-15)."""
    trust_domain, partition = identities.trust_domain, source.partition
    if source.peer:
        bundle = identities.peers[source.peer]
        trust_domain, partition = bundle.trust_domain, bundle.exported_partition
    namespace = _ANY_SEGMENT if source.namespace == "*" else source.namespace
    name = _ANY_SEGMENT if source.name == "*" else source.name
    place = f"{_partition_part(partition)}/ns/{namespace}/dc/{_ANY_SEGMENT}"
    return f"spiffe://{trust_domain}{place}/svc/{name}"


def _partition_part(partition: str) -> str:
    return "" if partition in ("", "default") else f"/ap/{partition.lower()}"
