"""Chains as one proxy asks for them: where they are evaluated and what the caller overrides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshgw.chain.compile import compile_chain
from meshgw.chain.model import ChainError, CompileRequest, DiscoveryChain
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Mesh
from meshgw.resolve.proxy import EffectiveUpstream
from meshgw.schema.convert import MismatchError, weak_int, weak_string

_MILLISECOND = 1_000_000


def upstream_chain(mesh: Mesh, home: Datacenter, upstream: EffectiveUpstream) -> DiscoveryChain | ChainError:
    """The chain of an explicit upstream (discovery-chain.md 2.2), from the caller's own entries."""
    registered = upstream.upstream
    key = ServiceKey(
        registered.destination_partition or "default",
        registered.destination_namespace or "default",
        registered.destination_name,
    )
    datacenter = registered.datacenter or home.name
    return service_chain(mesh, home, key, datacenter, config=upstream.config, mode=upstream.mode.value)


def service_chain(
    mesh: Mesh,
    home: Datacenter,
    service: ServiceKey,
    datacenter: str,
    *,
    config: Mapping[str, Any],
    mode: str,
) -> DiscoveryChain | ChainError:
    """A service's chain as a caller with these settings and this mode asks for it."""
    protocol, timeout = chain_overrides(config)
    request = CompileRequest(
        service=service.name,
        namespace=service.namespace,
        partition=service.partition,
        datacenter=datacenter,
        trust_domain=home.trust_domain,
        override_mesh_gateway=mode,
        override_protocol=protocol,
        override_connect_timeout=timeout,
        enterprise=mesh.enterprise,
    )
    return mesh.once(("chain", home.name, request), lambda: compile_chain(request, home.entries))


def plain_chain(mesh: Mesh, home: Datacenter, service: ServiceKey) -> DiscoveryChain | ChainError:
    """A service's chain in its own datacenter and tenancy, without overrides of a caller (MG-I27)."""
    return service_chain(mesh, home, service, home.name, config={}, mode="")


def chain_overrides(config: Mapping[str, Any]) -> tuple[str, int]:
    """Protocol and connect timeout (nanoseconds) that upstream settings override; none on bad values."""
    try:
        protocol = weak_string(insensitive(config, "protocol"))
        timeout = weak_int(insensitive(config, "connect_timeout_ms"))
    except MismatchError:
        return "", 0  # one value that cannot be read, and Consul overrides nothing (PK-21)
    return protocol, max(timeout, 0) * _MILLISECOND


def insensitive(config: Mapping[str, Any], key: str) -> Any:
    """The value of a key, spelled exactly or in any other case."""
    if key in config:
        return config[key]
    return next((value for name, value in sorted(config.items()) if name.lower() == key), None)
