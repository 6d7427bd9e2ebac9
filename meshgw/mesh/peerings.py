"""Peerings of a tree, seen from each of their ends (product.md 1, intentions-and-exports.md 5).

An end elsewhere is known by what the project file says of it; the rest is assumed, and said.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from meshgw.loading.project import Peering
from meshgw.mesh.model import Datacenter, Key, PeeringEnd, PeeringFault


class _Seen(NamedTuple):
    """What one end knows of itself and the other."""

    key: Key
    name: str
    remote: Key
    remote_name: str
    accepted: bool


def resolve_peerings(
    peerings: tuple[Peering, ...],
    datacenters: Mapping[str, Datacenter],
    home: str,
    assumptions: dict[str, None],
) -> tuple[tuple[PeeringEnd, ...], tuple[PeeringFault, ...]]:
    """Every end that lies in the tree, and the peerings that Consul would refuse or that have no end here."""
    ends: list[PeeringEnd] = []
    faults: list[PeeringFault] = []
    for peering in peerings:
        if peering.name:
            ends.extend(_one_end(peering, datacenters, home, assumptions, faults))
        else:
            ends.extend(_both_ends(peering, datacenters, assumptions, faults))
    return tuple(ends), tuple(faults)


def end_key(text: str) -> Key:
    """`DATACENTER` or `DATACENTER/PARTITION`."""
    datacenter, _, partition = text.partition("/")
    return Key(datacenter, partition or "default")


def _both_ends(
    peering: Peering,
    datacenters: Mapping[str, Datacenter],
    assumptions: dict[str, None],
    faults: list[PeeringFault],
) -> Iterator[PeeringEnd]:
    (one, name), (other, other_name) = ((end_key(key), name) for key, name in peering.ends.items())
    here = [key for key in (one, other) if key.datacenter in datacenters]
    if not here:
        said = f"neither {one.datacenter} nor {other.datacenter} is in the tree"
        faults.append(PeeringFault(said, peering.location))
        return
    if len(here) == 2 and _one_cluster(datacenters[one.datacenter], datacenters[other.datacenter]):
        said = f"{one} and {other} belong to one cluster"
        faults.append(PeeringFault(said, peering.location, within_cluster=True))
        return
    accepting = end_key(peering.accepted_by) if peering.accepted_by else one
    for seen in (
        _Seen(one, name, other, other_name, one.datacenter == accepting.datacenter),
        _Seen(other, other_name, one, name, other.datacenter == accepting.datacenter),
    ):
        if seen.key in here:
            in_tree = seen.remote.datacenter in datacenters
            yield (
                _end_here(peering, seen, datacenters)
                if in_tree
                else _end_elsewhere(peering, seen, datacenters, assumptions)
            )


def _one_cluster(one: Datacenter, other: Datacenter) -> bool:
    return one.primary == other.primary


def _end_here(peering: Peering, seen: _Seen, datacenters: Mapping[str, Datacenter]) -> PeeringEnd:
    return PeeringEnd(
        **seen._asdict(),
        trust_domain=datacenters[seen.remote.datacenter].trust_domain,
        root=seen.remote.datacenter,
        addresses=() if seen.accepted else peering.addresses,
        location=peering.location,
    )


def _one_end(
    peering: Peering,
    datacenters: Mapping[str, Datacenter],
    home: str,
    assumptions: dict[str, None],
    faults: list[PeeringFault],
) -> Iterator[PeeringEnd]:
    key = Key(peering.datacenter or home, peering.partition)
    if key.datacenter not in datacenters:
        faults.append(PeeringFault(f"{key.datacenter} is not in the tree", peering.location))
        return
    remote = Key(peering.remote_datacenter or peering.name, peering.remote_partition or "default")
    remote_name = peering.remote_name or key.datacenter
    if not peering.remote_name:
        said = f"peer `{peering.name}` calls {key} `{remote_name}`"
        assumptions[f"{said} (set `remote_name` in the project file)"] = None
    if not peering.remote_datacenter:
        said = f"the datacenter of peer `{peering.name}` is called {remote.datacenter}"
        assumptions[f"{said} (set `remote_datacenter` in the project file)"] = None
    accepted = peering.accepted_by == key.datacenter or not (peering.accepted_by or peering.addresses)
    seen = _Seen(key, peering.name, remote, remote_name, accepted)
    yield _end_elsewhere(peering, seen, datacenters, assumptions)


def _end_elsewhere(
    peering: Peering, seen: _Seen, datacenters: Mapping[str, Datacenter], assumptions: dict[str, None]
) -> PeeringEnd:
    name = seen.name
    trust_domain = peering.trust_domain
    if not trust_domain:
        trust_domain = assumed_trust_domain(name)
        said = f"trust domain {trust_domain} of peer `{name}`"
        assumptions[f"{said} (set `trust_domain` of the peering in the project file)"] = None
    return PeeringEnd(
        **seen._asdict(),
        trust_domain=trust_domain,
        root=name if name not in datacenters else f"peer {name}",  # a datacenter's name means its own roots
        in_tree=False,
        exports=peering.exports,
        addresses=peering.addresses,
        location=peering.location,
    )


def assumed_trust_domain(peer: str) -> str:
    """What stands for the trust domain of a peer that nobody gives: always the same, and nobody else's."""
    return f"{uuid.uuid5(uuid.NAMESPACE_DNS, peer)}.consul"
