"""builtin/otel-access-logging (config-entries.md 2.0.5)."""

from __future__ import annotations

from typing import Any

from meshgw.diagnostics.evaluation import each, every
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.extensions.arguments import Extension
from meshgw.entries.extensions.services import (
    TARGET,
    GrpcService,
    ListenerArguments,
    extension_listener_type_unknown,
    extension_proxy_type_unsupported,
    extension_target_missing,
)
from meshgw.schema.fields import (
    Block,
    anything,
    block,
    duration,
    integer,
    obj,
    opaque,
    text,
    texts,
    unsigned32,
)


@block
class BackOff(Block):
    """Pauses between retries."""

    base_interval: str = text("BaseInterval")
    max_interval: str = text("MaxInterval")


@block
class RetryPolicy(Block):
    """What is done when a call fails."""

    num_retries: int = integer("NumRetries")
    retry_back_off: BackOff | None = obj("RetryBackOff", BackOff, optional=True)


@block
class OtelConfig(Block):
    """Envoy's OpenTelemetry access logger."""

    log_name: str = text("LogName")
    grpc_service: GrpcService | None = obj("GrpcService", GrpcService, optional=True)
    buffer_flush_interval: int = duration("BufferFlushInterval")
    buffer_size_bytes: int = unsigned32("BufferSizeBytes")
    filter_state_objects_to_log: tuple[str, ...] = texts("FilterStateObjectsToLog")
    retry_policy: RetryPolicy | None = obj("RetryPolicy", RetryPolicy, optional=True)
    body: Any = anything("Body")
    log_attributes: dict[str, Any] | None = opaque("Attributes")
    resource_attributes: dict[str, Any] | None = opaque("ResourceAttributes")


@block
class OtelArguments(ListenerArguments):
    """Sends access logs to an OpenTelemetry collector."""

    config: OtelConfig = obj("Config", OtelConfig)


@rule("otel-service-missing", on="extension", consul="missing GrpcService")  # EX-42
def otel_service_missing(config: OtelConfig, report: Report) -> None:
    """OpenTelemetry access logs that go nowhere.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name      = "builtin/otel-access-logging"
          Arguments = { Config = { LogName = "web" } }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name      = "builtin/otel-access-logging"
          Arguments = { Config = { GrpcService = { Target = { Service = { Name = "otel-collector" } } } } }
        }]
    """
    if config.grpc_service is None:
        report("the extension has no `GrpcService`", help="name the collector in `GrpcService`")


OTEL_ACCESS_LOGGING = Extension(
    arguments=OtelArguments,
    order=every(
        extension_proxy_type_unsupported,  # EX-40
        extension_listener_type_unknown,  # EX-41
        each("Config", otel_service_missing),  # EX-42
        each("Config.GrpcService", extension_target_missing, each("Target", TARGET)),  # EX-43
    ),
)
