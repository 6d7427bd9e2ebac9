"""What admission checks of each kind of resource, before Consul sees the entry (K8-07 … K8-28).

Where an entry's own rules say the same, or are stricter, they are not repeated here: rate limits,
access logs, subsets and failovers, TLS versions, mesh settings, sameness groups, JWT providers.
"""

from __future__ import annotations

from meshgw.diagnostics.evaluation import Step, each, every
from meshgw.loading.kubernetes import admission_gateways as gateways
from meshgw.loading.kubernetes import admission_others as others
from meshgw.loading.kubernetes import admission_routing as routing
from meshgw.loading.kubernetes import admission_services as services

_PROXIES = (
    services.kubernetes_proxy_mode,  # K8-09
    services.kubernetes_outbound_listener_port,  # K8-09
    each("MeshGateway", services.kubernetes_mesh_gateway_mode),  # K8-10
    each(
        "Expose.Paths",
        every(services.kubernetes_expose_path, services.kubernetes_expose_protocol),
        all_items=True,
    ),  # K8-11
    each("EnvoyExtensions", services.kubernetes_extension_without_arguments, all_items=True),  # K8-15
)
_UPSTREAM_MODE = each("MeshGateway", services.kubernetes_mesh_gateway_mode)  # K8-10
_TENANCY = others.kubernetes_tenancy_disabled  # K8-18

ADMISSION: dict[str, Step] = {
    "ServiceDefaults": every(
        services.kubernetes_protocol,  # K8-12
        *_PROXIES,
        services.kubernetes_negative_limit,  # K8-13
        each("UpstreamConfig.Defaults", every(_UPSTREAM_MODE, services.kubernetes_upstream_defaults_named)),
        each(
            "UpstreamConfig.Overrides",
            every(_UPSTREAM_MODE, services.kubernetes_upstream_peer_and_tenancy),
            all_items=True,
        ),  # K8-14
        _TENANCY,
    ),
    "ProxyDefaults": every(*_PROXIES, services.kubernetes_locality_mode, services.kubernetes_failover_mode),
    "ServiceRouter": _TENANCY,
    "ServiceSplitter": every(
        each("Splits", routing.kubernetes_split_weight_range, all_items=True),  # K8-19
        routing.kubernetes_split_weights,  # K8-19
        _TENANCY,
    ),
    "ServiceResolver": every(
        services.kubernetes_locality_mode,  # K8-17
        each("Failover", routing.kubernetes_failover_policy_mode, all_items=True),  # K8-17
        _TENANCY,
    ),
    "ServiceIntentions": every(
        each(
            "Sources",
            each("Permissions", each("HTTP", routing.kubernetes_method_lower_case), all_items=True),
            all_items=True,
        ),  # K8-27
        _TENANCY,
    ),
    "IngressGateway": every(
        each(
            "Listeners",
            every(
                gateways.kubernetes_listener_protocol,
                gateways.kubernetes_wildcard_listener,
                each("Services", gateways.kubernetes_limit_zero, all_items=True),
            ),
            all_items=True,
        ),
        each("Defaults", gateways.kubernetes_limit_zero),
        _TENANCY,
    ),  # K8-21
    "TerminatingGateway": every(
        each("Services", gateways.kubernetes_key_pair_incomplete, all_items=True),  # K8-22
        _TENANCY,
    ),
    "Mesh": every(),
    "ExportedServices": every(
        others.kubernetes_exports_nothing,
        each(
            "Services",
            each(
                "Consumers",
                every(others.kubernetes_consumer_empty, others.kubernetes_consumer_every_group),
                all_items=True,
            ),
            all_items=True,
        ),
        _TENANCY,
    ),  # K8-07
    "SamenessGroup": _TENANCY,
    "JWTProvider": each("JSONWebKeySet.Remote.JWKSCluster", others.kubernetes_jwks_discovery_type),  # K8-25
    "ControlPlaneRequestLimit": every(
        others.kubernetes_request_limit_mode, others.kubernetes_request_rate
    ),  # K8-26
}
"""By kind of resource; everything is reported together."""
