"""What the builders of one sidecar's resources share: its snapshot, and its settings read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from meshgw.diagnostics.model import Severity
from meshgw.envoy import access_logs, tls
from meshgw.envoy.faults import RenderFault, failed
from meshgw.envoy.network_filters import NO_TRACING
from meshgw.envoy.resources import ResourceOrigin
from meshgw.envoy.sidecar_options import SidecarOptions, UpstreamOptions, sidecar_options, upstream_options
from meshgw.resolve.gateway_options import fetch_timeout_ms
from meshgw.services.model import Service
from meshgw.snapshot.model import ChainUpstream, SidecarSnapshot, Upstream
from meshgw.source.document import Path


@dataclass(eq=False)
class SidecarContext:
    """One sidecar while its resources are made. `faults` collects what cannot be made as it is meant."""

    snapshot: SidecarSnapshot
    faults: list[RenderFault] = field(default_factory=list)
    _upstream_options: dict[str, UpstreamOptions] = field(default_factory=dict)

    @cached_property
    def options(self) -> SidecarOptions:
        found = sidecar_options(self.snapshot.proxy.config)
        self._mention(found.bad_keys, "the proxy's `config`")
        return found

    def _mention(self, bad_keys: tuple[str, ...], of: str) -> None:
        for key in bad_keys:
            self.warn(
                "setting-unreadable",
                f"`{key}` in {of} has a value of another type",
                note="Consul then fills in no defaults for the settings beside it either",
            )

    @cached_property
    def fetch_timeout_ms(self) -> int | None:
        return fetch_timeout_ms(self.snapshot.proxy.config)

    @cached_property
    def listener_logs(self) -> Mapping[str, Any]:
        fault = access_logs.sink_fault(self.snapshot.proxy.access_logs)
        if fault is not None:
            self.warn("access-logs-unusable", fault, note="Consul then turns access logs off")
        return access_logs.listener_logs(self.snapshot.proxy.access_logs)

    @cached_property
    def filter_logs(self) -> Mapping[str, Any]:
        return access_logs.filter_logs(self.snapshot.proxy.access_logs)

    @cached_property
    def outgoing_tls(self) -> dict[str, Any]:
        return tls.outgoing(self.snapshot.mesh_entry)

    @cached_property
    def tracing(self) -> Mapping[str, Any]:
        """What connection managers trace; settings that cannot be read are none (XV-26)."""
        text = self.options.envoy_listener_tracing_json
        if not text:
            return NO_TRACING
        from meshgw.envoy.escape_hatches import TRACING, own_message

        own = own_message(self, "envoy_listener_tracing_json", text, TRACING, required=False)
        return NO_TRACING if own is None else own

    def fail(self, rule: str, message: str, *, note: str | None = None, key: Path = ()) -> None:
        """Something that keeps Consul from generating anything for this proxy (11)."""
        self.faults.append(RenderFault(rule=rule, message=message, note=note, key=key))

    def warn(self, rule: str, message: str, *, note: str | None = None, key: Path = ()) -> None:
        """Something that Consul leaves out or does otherwise than the user says."""
        self.faults.append(
            RenderFault(rule=rule, message=message, note=note, key=key, severity=Severity.WARNING)
        )

    def assume(self, rule: str, message: str) -> None:
        """Something that the tree does not say."""
        self.faults.append(RenderFault(rule=rule, message=message, severity=Severity.INFO))

    @property
    def failed(self) -> bool:
        return failed(self.faults)

    def settings(self, upstream: Upstream) -> UpstreamOptions:
        """The free-form settings of an upstream."""
        found = self._upstream_options.get(upstream.envoy_id)
        if found is None:
            settings = getattr(upstream, "settings", None)
            found = upstream_options(settings.config if settings is not None else {})
            self._mention(found.bad_keys, f"the `config` of upstream {upstream.envoy_id}")
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
