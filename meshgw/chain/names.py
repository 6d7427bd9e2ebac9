"""Ids of targets, names of nodes and SNIs (discovery-chain.md 1)."""

from __future__ import annotations

from meshgw.mesh.keys import ServiceKey


def target_id(key: ServiceKey, subset: str, datacenter: str, peer: str) -> str:
    """`[<subset>.]<service>.<namespace>.<partition>.<datacenter>`; at a peer `….external.<peer>`.

    A peer's target names no subset, and the partition is the local one.
    """
    if peer:
        return f"{key.name}.{key.namespace}.{key.partition}.external.{peer}"
    head = f"{subset}." if subset else ""
    return f"{head}{key.name}.{key.namespace}.{key.partition}.{datacenter}"


def node_name(key: ServiceKey) -> str:
    """The name of a router or splitter node; a resolver node is named by its target's id."""
    return f"{key.name}.{key.namespace}.{key.partition}"


def service_sni(key: ServiceKey, subset: str, datacenter: str, trust_domain: str) -> str:
    """The SNI of a service in a cluster of this trust domain; a `default` partition is left out."""
    head = f"{subset}." if subset else ""
    if key.partition == "default":
        return f"{head}{key.name}.{key.namespace}.{datacenter}.internal.{trust_domain}"
    return f"{head}{key.name}.{key.namespace}.{key.partition}.{datacenter}.internal-v1.{trust_domain}"


def printed(key: ServiceKey, *, enterprise: bool) -> str:
    """A service as messages name it: with its tenancy in Enterprise only."""
    return f"{key.partition}/{key.namespace}/{key.name}" if enterprise else key.name
