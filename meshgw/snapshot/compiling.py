"""Chains as one proxy asks for them: where they are evaluated and what the caller overrides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshgw.chain.compile import compile_chain
from meshgw.chain.model import ChainError, CompileRequest, DiscoveryChain
from meshgw.mesh.model import Datacenter, Mesh
from meshgw.resolve.proxy import EffectiveUpstream
from meshgw.schema.convert import MismatchError, weak_int, weak_string

_MILLISECOND = 1_000_000


def upstream_chain(mesh: Mesh, home: Datacenter, upstream: EffectiveUpstream) -> DiscoveryChain | ChainError:
    """The chain of an explicit upstream (discovery-chain.md 2.2), from the caller's own entries."""
    protocol, timeout = chain_overrides(upstream.config)
    registered = upstream.upstream
    return compile_chain(
        CompileRequest(
            service=registered.destination_name,
            namespace=registered.destination_namespace or "default",
            partition=registered.destination_partition or "default",
            datacenter=registered.datacenter or home.name,
            trust_domain=home.trust_domain,
            override_mesh_gateway=upstream.mode.value,
            override_protocol=protocol,
            override_connect_timeout=timeout,
            enterprise=mesh.enterprise,
        ),
        home.entries,
    )


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
