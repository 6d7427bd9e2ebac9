"""The mesh gateway mode of a target, with every place that may set it (discovery-chain.md 2.5, 3.5).

This is the target side. The caller's own resolution of the same setting (`resolve/`) arrives as the
override of the compile request.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from meshgw.entries.base import Entry
from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.resolve.layers import Layer, Resolved, strongest, written
from meshgw.source.document import Path

_AT: Path = ("MeshGateway", "Mode")


@dataclass(frozen=True, slots=True)
class TargetMode:
    """The inputs of the resolution; a mode is `none`, `local`, `remote`, anything else, or empty."""

    external: bool = False
    override: str = ""
    service_defaults: ServiceDefaults | None = field(default=None, compare=False, repr=False)
    proxy_defaults: ProxyDefaults | None = field(default=None, compare=False, repr=False)

    @property
    def mode(self) -> str:
        """The effective mode, without looking up any location."""
        if self.external:
            return ""
        return self.override or self.own

    @property
    def own(self) -> str:
        """What the target side says, whatever the caller overrides."""
        return _mode_of(self.service_defaults) or _mode_of(self.proxy_defaults)

    @property
    def resolved(self) -> Resolved[str]:
        """The mode with its layers; each says what stands there, where, and why it does not count."""
        outer = "the external SNI of the service switches gateways off" if self.external else ""
        target_side = outer or ("the caller's mode overrides the target's" if self.override else "")
        shadowed = target_side or (
            "the service's own service-defaults wins" if _mode_of(self.service_defaults) else ""
        )
        layers: tuple[Layer[str], ...] = (
            written("caller", self.override, None, unset="the caller sets no mode", shut_out=outer),
            _layer("service-defaults of the target service", self.service_defaults, target_side),
            _layer("proxy-defaults of the target's partition", self.proxy_defaults, shadowed),
        )
        return strongest(layers, "")


def _mode_of(entry: ServiceDefaults | ProxyDefaults | None) -> str:
    return "" if entry is None else entry.mesh_gateway.mode


def _layer(name: str, entry: Entry | None, shut_out: str) -> Layer[str]:
    if entry is None:
        return written(name, "", None, unset="there is no such entry")
    assert isinstance(entry, ServiceDefaults | ProxyDefaults)
    return written(name, _mode_of(entry), entry.locate(_AT), shut_out=shut_out)
