"""What the builders of any proxy's resources share: its snapshot, and its settings read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

from meshgw.diagnostics.model import Severity
from meshgw.envoy import access_logs, tls
from meshgw.envoy.faults import RenderFault, failed
from meshgw.envoy.network_filters import NO_TRACING
from meshgw.envoy.resources import ResourceOrigin
from meshgw.resolve.gateway_options import GatewayOptions, fetch_timeout_ms, gateway_options
from meshgw.snapshot.model import ProxySnapshot
from meshgw.source.document import Path

S_co = TypeVar("S_co", bound=ProxySnapshot, covariant=True)


@dataclass(eq=False)
class ProxyContext(Generic[S_co]):
    """One proxy while its resources are made. `faults` collects what cannot be made as it is meant."""

    snapshot: S_co
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

    @cached_property
    def outgoing_tls(self) -> dict[str, Any]:
        return tls.outgoing(self.snapshot.mesh_entry)

    def tracing_of(self, text: str) -> Mapping[str, Any]:
        """What connection managers trace; settings that cannot be read are none (XV-26)."""
        if not text:
            return NO_TRACING
        from meshgw.envoy.escape_hatches import TRACING, own_message

        own = own_message(self, "envoy_listener_tracing_json", text, TRACING, required=False)
        return NO_TRACING if own is None else own

    def fail(self, rule: str, message: str, *, note: str | None = None, key: Path = ()) -> None:
        """Something that keeps Consul from generating anything for this proxy."""
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
        """Settings that cannot be read."""
        for key in bad_keys:
            self.warn(
                "setting-unreadable",
                f"`{key}` in {of} has a value of another type",
                note="Consul then fills in no defaults for the settings beside it either",
            )

    @property
    def failed(self) -> bool:
        return failed(self.faults)


@dataclass(eq=False)
class GatewayContext(ProxyContext[S_co]):
    """One gateway while its resources are made."""

    @cached_property
    def options(self) -> GatewayOptions:
        found = gateway_options(self.snapshot.proxy.config)
        self.mention(found.bad_keys, "the gateway's `config`")
        return found

    @property
    def datacenter(self) -> str:
        return self.snapshot.key.datacenter

    def own_origin(self, text: str) -> ResourceOrigin:
        """Why something exists that no single file asks for: the gateway's own registration."""
        return ResourceOrigin(text, self.snapshot.instance.location)
