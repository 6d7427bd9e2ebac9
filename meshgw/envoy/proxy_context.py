"""What the builders of every kind of proxy share: its snapshot, its settings, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from meshgw.diagnostics.model import Severity
from meshgw.envoy import access_logs
from meshgw.envoy.faults import RenderFault, failed
from meshgw.envoy.network_filters import NO_TRACING
from meshgw.resolve.gateway_options import fetch_timeout_ms
from meshgw.snapshot.model import ProxySnapshot
from meshgw.source.document import Path


@dataclass(eq=False)
class ProxyContext:
    """One proxy while its resources are made. `faults` collects what cannot be made as it is meant."""

    snapshot: ProxySnapshot
    faults: list[RenderFault] = field(default_factory=list)

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

    def tracing_of(self, text: str) -> Mapping[str, Any]:
        """What connection managers trace; settings that cannot be read are none (XV-26)."""
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

    def mention(self, bad_keys: tuple[str, ...], of: str) -> None:
        """Say which settings could not be read."""
        for key in bad_keys:
            self.warn(
                "setting-unreadable",
                f"`{key}` in {of} has a value of another type",
                note="Consul then fills in no defaults for the settings beside it either",
            )

    @property
    def failed(self) -> bool:
        return failed(self.faults)
