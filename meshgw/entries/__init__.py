"""Config entries: one file per kind with its fields, normalization and rules, in Consul's order."""

from __future__ import annotations

import importlib

from meshgw.entries.base import Entry, declared_kind

_MODULES = {
    "api-gateway": "api_gateway",
    "bound-api-gateway": "bound_api_gateway",
    "control-plane-request-limit": "control_plane_request_limit",
    "exported-services": "exported_services",
    "file-system-certificate": "file_system_certificate",
    "http-route": "http_route",
    "ingress-gateway": "ingress_gateway",
    "inline-certificate": "inline_certificate",
    "jwt-provider": "jwt_provider",
    "mesh": "mesh",
    "proxy-defaults": "proxy_defaults",
    "sameness-group": "sameness_group",
    "service-defaults": "service_defaults",
    "service-intentions": "service_intentions",
    "service-resolver": "service_resolver",
    "service-router": "service_router",
    "service-splitter": "service_splitter",
    "tcp-route": "tcp_route",
    "terminating-gateway": "terminating_gateway",
}

KINDS = tuple(_MODULES)
"""Every kind of config entry that some layer of Consul knows."""


def entry_class(kind: str) -> type[Entry]:
    """The class that declares a kind; its module is imported on first use. Raises `KeyError`."""
    found = declared_kind(kind)
    if found is None:
        importlib.import_module(f"meshgw.entries.{_MODULES[kind]}")
        found = declared_kind(kind)
        assert found is not None, kind
    return found
