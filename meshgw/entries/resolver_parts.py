"""The blocks of service-resolver (config-entries.md 2.5)."""

from __future__ import annotations

from meshgw.schema.fields import (
    Block,
    Layer,
    block,
    blocks,
    boolean,
    duration,
    obj,
    text,
    texts,
    unsigned,
    unsigned32,
)

KIND = "service-resolver"

_CLIENT_ONLY: frozenset[Layer] = frozenset({"client"})  # the server has no `sameness_group` (1.11)


@block
class Subset(Block):
    """A part of a service's instances."""

    filter: str = text("Filter", doc="expression over the instances; all of them when empty")
    only_passing: bool = boolean("OnlyPassing", alias="only_passing", doc="leave out those with warnings")


@block
class Redirect(Block):
    """Another service that is meant in place of this one."""

    service: str = text("Service", doc="the service; the entry's own name when empty")
    service_subset: str = text("ServiceSubset", alias="service_subset", doc="a subset of that service")
    namespace: str = text("Namespace", doc="the service's namespace (Enterprise)")
    partition: str = text("Partition", doc="the service's partition (Enterprise)")
    datacenter: str = text("Datacenter", doc="the datacenter; the caller's own when empty")
    peer: str = text("Peer", doc="the peer that the service is imported from")
    sameness_group: str = text(
        "SamenessGroup", alias="sameness_group", alias_layers=_CLIENT_ONLY, doc="a group (Enterprise)"
    )


@block
class FailoverTarget(Block):
    """One place to go when the instances before it are down."""

    service: str = text("Service", doc="the service; the entry's own name when empty")
    service_subset: str = text("ServiceSubset", alias="service_subset", doc="a subset of that service")
    partition: str = text("Partition", doc="the service's partition (Enterprise)")
    namespace: str = text("Namespace", doc="the service's namespace (Enterprise)")
    datacenter: str = text("Datacenter", doc="the datacenter; the caller's own when empty")
    peer: str = text("Peer", doc="the peer that the service is imported from")


@block
class FailoverPolicy(Block):
    """In which order failover targets are tried."""

    mode: str = text(
        "Mode", one_of=("", "sequential", "order-by-locality"), doc="the order of the targets (Enterprise)"
    )
    regions: tuple[str, ...] = texts("Regions", doc="the order of regions")


@block
class Failover(Block):
    """Where requests go when a subset has no healthy instance."""

    service: str = text("Service", doc="the service; the entry's own name when empty")
    service_subset: str = text("ServiceSubset", alias="service_subset", doc="a subset of that service")
    namespace: str = text("Namespace", doc="the service's namespace (Enterprise)")
    datacenters: tuple[str, ...] = texts("Datacenters", doc="datacenters, in the order in which to try them")
    targets: tuple[FailoverTarget, ...] = blocks("Targets", FailoverTarget, doc="in the order of trying")
    policy: FailoverPolicy | None = obj("Policy", FailoverPolicy, optional=True)
    sameness_group: str = text(
        "SamenessGroup", alias="sameness_group", alias_layers=_CLIENT_ONLY, doc="a group (Enterprise)"
    )


@block
class PrioritizeByLocality(Block):
    """Whether near instances are preferred."""

    mode: str = text("Mode", one_of=("", "none", "failover"), doc="`none` or `failover` (Enterprise)")


@block
class RingHashConfig(Block):
    """Sizes of the ring of the policy `ring_hash`."""

    minimum_ring_size: int = unsigned("MinimumRingSize", alias="minimum_ring_size")
    maximum_ring_size: int = unsigned("MaximumRingSize", alias="maximum_ring_size")


@block
class LeastRequestConfig(Block):
    """How the policy `least_request` compares instances."""

    choice_count: int = unsigned32("ChoiceCount", alias="choice_count", doc="instances drawn for comparison")


@block
class CookieConfig(Block):
    """The cookie that a hash policy makes."""

    session: bool = boolean("Session", doc="a cookie that ends with the browser's session")
    ttl: int = duration("TTL", doc="the cookie's life")
    path: str = text("Path", doc="the cookie's path")


@block
class HashPolicy(Block):
    """What part of a request decides which instance it reaches."""

    field: str = text("Field", one_of=("", "header", "cookie", "query_parameter"), doc="what is hashed")
    field_value: str = text(
        "FieldValue", alias="field_value", doc="the name of the header, cookie, parameter"
    )
    cookie_config: CookieConfig | None = obj(
        "CookieConfig", CookieConfig, optional=True, alias="cookie_config"
    )
    source_ip: bool = boolean("SourceIP", alias="source_ip", doc="hash the caller's address")
    terminal: bool = boolean("Terminal", doc="hash nothing after this one, if it gave a hash")


@block
class LoadBalancer(Block):
    """How requests are spread over instances."""

    policy: str = text(
        "Policy",
        one_of=("", "random", "round_robin", "least_request", "ring_hash", "maglev"),
        doc="the policy; the proxy's own default when empty",
    )
    ring_hash_config: RingHashConfig | None = obj(
        "RingHashConfig", RingHashConfig, optional=True, alias="ring_hash_config"
    )
    least_request_config: LeastRequestConfig | None = obj(
        "LeastRequestConfig", LeastRequestConfig, optional=True, alias="least_request_config"
    )
    hash_policies: tuple[HashPolicy, ...] = blocks("HashPolicies", HashPolicy, alias="hash_policies")
