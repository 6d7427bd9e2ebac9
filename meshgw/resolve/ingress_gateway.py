"""What an ingress gateway's entry sets after its levels are merged (envoy-other-gateways.md 3.4, 3.6)."""

from __future__ import annotations

from meshgw.entries.blocks import PassiveHealthCheck
from meshgw.entries.ingress_gateway import IngressGateway
from meshgw.entries.ingress_parts import (
    GatewaySDS,
    IngressDefaults,
    IngressListener,
    IngressService,
    IngressTLS,
)
from meshgw.entries.ingress_sds import sds_of

_NOTHING = IngressDefaults()
_LIMITS = ("max_connections", "max_pending_requests", "max_concurrent_requests")


def listener_tls(entry: IngressGateway, listener: IngressListener) -> IngressTLS:
    """The settings of a listener: its own value by value before the gateway's (3.4)."""
    gateway, own = entry.tls, listener.tls or IngressTLS()
    outer, inner = sds_of(gateway), sds_of(own)
    sds = GatewaySDS(
        cluster_name=inner.cluster_name or outer.cluster_name,
        cert_resource=inner.cert_resource or outer.cert_resource,
    )
    return IngressTLS(
        enabled=gateway.enabled or own.enabled,
        sds=sds if sds.cluster_name or sds.cert_resource else None,
        tls_min_version=own.tls_min_version or gateway.tls_min_version,
        tls_max_version=own.tls_max_version or gateway.tls_max_version,
        cipher_suites=own.cipher_suites or gateway.cipher_suites,
    )


def service_limits(entry: IngressGateway, block: IngressService) -> dict[str, int]:
    """The limits that are set: a service's own, else the defaults; 0 is not set (IE-32)."""
    defaults = entry.defaults or _NOTHING
    found = {name: getattr(block, name) or getattr(defaults, name) for name in _LIMITS}
    return {name: value for name, value in found.items() if value}


def service_health_check(entry: IngressGateway, block: IngressService, *, on_server: bool) -> dict[str, int]:
    """The fields of outlier detection that are set: a service's own before the defaults (IE-34).

    A server takes an absent `MaxEjectionPercent` of a block that is there for 0 (GO-13).
    """
    found: dict[str, int] = {}
    for check in ((entry.defaults or _NOTHING).passive_health_check, block.passive_health_check):
        if check is not None:
            found |= _set_fields(check, on_server=on_server)
    return found


def _set_fields(check: PassiveHealthCheck, *, on_server: bool) -> dict[str, int]:
    ejection = check.max_ejection_percent
    values = {
        "interval": check.interval or None,
        "max_failures": check.max_failures or None,
        "enforcing_consecutive_5xx": check.enforcing_consecutive_5xx or None,
        "max_ejection_percent": 0 if ejection is None and on_server else ejection,
        "base_ejection_time": check.base_ejection_time,
    }
    return {name: value for name, value in values.items() if value is not None}
