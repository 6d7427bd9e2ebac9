"""What a bootstrap is made of: the proxy, its agent, and the options of `consul connect envoy`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from meshgw.entries.blocks import AccessLogs
from meshgw.envoy.faults import RenderFault


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapOptions:
    """The options of `consul connect envoy` that change a bootstrap, by their names there.

    Empty means not given. `token_placeholder` stands where Consul writes the ACL token.
    """

    admin_bind: str = ""
    admin_access_log_path: str = ""
    grpc_addr: str = ""
    grpc_ca_file: str = ""
    grpc_ca_path: str = ""
    ca_file: str = ""
    ca_path: str = ""
    sidecar_for: str = ""
    gateway: str = ""
    service: str = ""
    node_name: str = ""
    namespace: str = ""
    partition: str = ""
    datacenter: str = ""
    address: str = ""
    no_central_config: bool = False
    omit_deprecated_tags: bool = False
    prometheus_backend_port: str = ""
    prometheus_scrape_path: str = "/metrics"
    prometheus_ca_file: str = ""
    prometheus_ca_path: str = ""
    prometheus_cert_file: str = ""
    prometheus_key_file: str = ""
    envoy_ready_bind_address: str = ""
    envoy_ready_bind_port: int = 0
    token_placeholder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """What the agent would tell: its xDS ports (0 or less: off; `None`: not known), and its loopback."""

    grpc_port: int | None = None
    grpc_tls_port: int | None = None
    dual_stack: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapInput:
    """One proxy as `consul connect envoy -proxy-id` finds it.

    `service` is the name it is registered under, `destination` the service it stands before (empty for a
    gateway). `config` is its opaque config after the central merge; `access_logs` those of proxy-defaults in
    the default partition. `ca_pem` is what `read_agent_ca` gives. `environment` is what `$NAME` in statsd
    URLs may use. Names that are empty here are taken from the options.
    """

    kind: str
    proxy_id: str
    service: str
    destination: str = ""
    namespace: str = ""
    partition: str = ""
    datacenter: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    access_logs: AccessLogs = field(default_factory=AccessLogs)
    agent: Agent = field(default_factory=Agent)
    ca_pem: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    options: BootstrapOptions = field(default_factory=BootstrapOptions)

    @property
    def cluster(self) -> str:
        """`node.cluster` (envoy-bootstrap.md 3)."""
        if self.destination:
            return self.destination
        if self.options.sidecar_for:
            return self.options.sidecar_for
        return self.options.service or self.service if self.options.gateway else self.proxy_id

    @property
    def source_service(self) -> str:
        return self.destination or self.service

    @property
    def tenancy(self) -> tuple[str, str, str]:
        """Namespace, partition and datacenter, each empty when nothing names it."""
        options = self.options
        return (
            self.namespace or options.namespace,
            self.partition or options.partition,
            self.datacenter or options.datacenter,
        )


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """A bootstrap, `None` when Consul would not print one, and its faults (errors exactly then)."""

    document: dict[str, Any] | None
    faults: tuple[RenderFault, ...] = ()
