"""The blocks of an ingress-gateway entry (config-entries.md 2.7)."""

from __future__ import annotations

from meshgw.entries.blocks import PassiveHealthCheck
from meshgw.entries.shared import HeaderModifiers
from meshgw.schema.fields import (
    Block,
    block,
    blocks,
    boolean,
    integer,
    mapping,
    obj,
    tenancy,
    text,
    texts,
    unsigned32,
)

KIND = "ingress-gateway"
PROTOCOLS = ("tcp", "http", "http2", "grpc")


@block
class GatewaySDS(Block):
    """Where certificates come from that Consul does not issue."""

    cluster_name: str = text(
        "ClusterName", alias="cluster_name", doc="name of the cluster that serves certificates"
    )
    cert_resource: str = text("CertResource", alias="cert_resource", doc="name of the certificate there")


@block
class IngressTLS(Block):
    """Which certificate and TLS parameters clients are met with."""

    enabled: bool = boolean("Enabled", doc="serve TLS with a certificate that Consul issues")
    sds: GatewaySDS | None = obj("SDS", GatewaySDS, optional=True, doc="a certificate from elsewhere")
    tls_min_version: str = text("TLSMinVersion", alias="tls_min_version", doc="lowest TLS version")
    tls_max_version: str = text("TLSMaxVersion", alias="tls_max_version", doc="highest TLS version")
    cipher_suites: tuple[str, ...] = texts(
        "CipherSuites", alias="cipher_suites", doc="cipher suites up to TLS 1.2"
    )


@block
class IngressServiceTLS(Block):
    """The certificate for the hosts of one service."""

    sds: GatewaySDS | None = obj("SDS", GatewaySDS, optional=True, doc="a certificate from elsewhere")


@block
class IngressService(Block):
    """A service that is reached through a listener."""

    name: str = text("Name", doc="the service, or `*` for all services of the listener's protocol")
    hosts: tuple[str, ...] = texts("Hosts", doc="host names that lead to it; `NAME.ingress.*` when empty")
    namespace: str = tenancy("Namespace", doc="its namespace (Enterprise)")
    partition: str = tenancy("Partition", doc="its partition (Enterprise)")
    tls: IngressServiceTLS | None = obj("TLS", IngressServiceTLS, optional=True)
    request_headers: HeaderModifiers | None = obj(
        "RequestHeaders", HeaderModifiers, optional=True, alias="request_headers"
    )
    response_headers: HeaderModifiers | None = obj(
        "ResponseHeaders", HeaderModifiers, optional=True, alias="response_headers"
    )
    max_connections: int | None = unsigned32("MaxConnections", optional=True, alias="max_connections")
    max_pending_requests: int | None = unsigned32(
        "MaxPendingRequests", optional=True, alias="max_pending_requests"
    )
    max_concurrent_requests: int | None = unsigned32(
        "MaxConcurrentRequests", optional=True, alias="max_concurrent_requests"
    )
    passive_health_check: PassiveHealthCheck | None = obj(
        "PassiveHealthCheck", PassiveHealthCheck, optional=True, alias="passive_health_check"
    )
    meta: dict[str, str] = mapping("Meta", crd=None, layers=frozenset({"server"}))


@block
class IngressListener(Block):
    """A port of the gateway and what is behind it."""

    port: int = integer("Port", doc="unique within the gateway")
    protocol: str = text("Protocol", one_of=PROTOCOLS, any_case=True, doc="`tcp` when empty")
    services: tuple[IngressService, ...] = blocks("Services", IngressService, doc="one for `tcp`")
    tls: IngressTLS | None = obj("TLS", IngressTLS, optional=True, doc="in place of the gateway's `TLS`")


@block
class IngressDefaults(Block):
    """Limits and outlier detection for services that set none themselves."""

    max_connections: int | None = unsigned32("MaxConnections", optional=True)
    max_pending_requests: int | None = unsigned32("MaxPendingRequests", optional=True)
    max_concurrent_requests: int | None = unsigned32("MaxConcurrentRequests", optional=True)
    passive_health_check: PassiveHealthCheck | None = obj(
        "PassiveHealthCheck", PassiveHealthCheck, optional=True, alias="passive_health_check"
    )
