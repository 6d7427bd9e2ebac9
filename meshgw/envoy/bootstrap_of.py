"""From the effective definition of a proxy to what its bootstrap is made of."""

from __future__ import annotations

from collections.abc import Mapping

from meshgw.entries.blocks import AccessLogs
from meshgw.envoy.bootstrap_input import Agent, BootstrapInput, BootstrapOptions
from meshgw.mesh.model import Mesh
from meshgw.resolve.proxy import EffectiveProxy


def bootstrap_input(
    proxy: EffectiveProxy,
    mesh: Mesh,
    *,
    options: BootstrapOptions | None = None,
    agent: Agent | None = None,
    ca_pem: str = "",
    environment: Mapping[str, str] | None = None,
) -> BootstrapInput:
    """What `bootstrap` needs of a proxy of a mesh.

    Access logs of the admin endpoint are those of the default partition's proxy-defaults, whatever the
    proxy's own are.
    """
    instance = proxy.instance
    defaults = mesh.datacenters[instance.datacenter].entries.proxy_defaults("default")
    return BootstrapInput(
        kind=instance.service.kind,
        proxy_id=instance.service.id,
        service=instance.service.name,
        destination=instance.service.proxy.destination_service_name,
        namespace=instance.namespace if mesh.enterprise else "",
        partition=instance.partition if mesh.enterprise else "",
        datacenter=instance.datacenter,
        config=proxy.config,
        access_logs=(defaults.access_logs if defaults else None) or AccessLogs(),
        agent=agent or Agent(),
        ca_pem=ca_pem,
        environment=environment or {},
        options=options or BootstrapOptions(),
    )
