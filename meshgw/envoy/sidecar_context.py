"""What the builders of one sidecar's resources share: its snapshot, and its settings read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from meshgw.envoy.context import ProxyContext
from meshgw.envoy.resources import ResourceOrigin
from meshgw.envoy.sidecar_options import SidecarOptions, UpstreamOptions, sidecar_options, upstream_options
from meshgw.services.model import Service
from meshgw.snapshot.model import ChainUpstream, SidecarSnapshot, Upstream


@dataclass(eq=False)
class SidecarContext(ProxyContext[SidecarSnapshot]):
    """One sidecar while its resources are made."""

    _upstream_options: dict[str, UpstreamOptions] = field(default_factory=dict)

    @cached_property
    def options(self) -> SidecarOptions:
        found = sidecar_options(self.snapshot.proxy.config)
        self.mention(found.bad_keys, "the proxy's `config`")
        return found

    @cached_property
    def tracing(self) -> Mapping[str, Any]:
        return self.tracing_of(self.options.envoy_listener_tracing_json)

    def settings(self, upstream: Upstream) -> UpstreamOptions:
        """The free-form settings of an upstream."""
        found = self._upstream_options.get(upstream.envoy_id)
        if found is None:
            settings = getattr(upstream, "settings", None)
            found = upstream_options(settings.config if settings is not None else {})
            self.mention(found.bad_keys, f"the `config` of upstream {upstream.envoy_id}")
            self._upstream_options[upstream.envoy_id] = found
        return found

    def origin(self, upstream: Upstream) -> ResourceOrigin:
        """Why the resources of an upstream exist: its registration, or what made it one."""
        service = self.snapshot.instance.service
        settings = getattr(upstream, "settings", None)
        location = service.locate()
        word = "upstream"
        if settings is not None and settings.index is not None:
            location = service.locate(("Proxy", "Upstreams", settings.index))
        elif isinstance(upstream, ChainUpstream) and upstream.decision is not None:
            return _inferred(upstream, service)
        elif not getattr(upstream, "explicit", False):
            word = "inferred upstream"
        return ResourceOrigin(f"{word} {upstream.envoy_id} of {service.id}", location)

    @cached_property
    def own_origin(self) -> ResourceOrigin:
        """The sidecar's own registration."""
        service = self.snapshot.instance.service
        return ResourceOrigin(f"sidecar {service.id}", service.locate())


def _inferred(upstream: ChainUpstream, service: Service) -> ResourceOrigin:
    """An upstream of transparent mode comes from the intention that allows it, or from the default."""
    assert upstream.decision is not None
    intention = upstream.decision.intention
    if intention is None:
        text = f"inferred upstream {upstream.envoy_id} of {service.id}, allowed by default"
        return ResourceOrigin(text, service.locate())
    text = f"inferred upstream {upstream.envoy_id} of {service.id}, allowed by an intention"
    return ResourceOrigin(text, intention.location)
