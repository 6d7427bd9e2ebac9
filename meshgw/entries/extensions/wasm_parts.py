"""The arguments of builtin/wasm (config-entries.md 2.0.6)."""

from __future__ import annotations

from typing import Any

from meshgw.entries.extensions.otel_access_logging import RetryPolicy
from meshgw.entries.extensions.services import ListenerArguments, ServiceName
from meshgw.schema.fields import Block, block, mapping, obj, opaque, text, texts


@block
class LocalCode(Block):
    """A file beside the proxy."""

    filename: str = text("Filename")


@block
class HttpUri(Block):
    """Where the code is loaded from."""

    service: ServiceName = obj("Service", ServiceName)
    uri: str = text("URI")
    timeout: str = text("Timeout")


@block
class RemoteCode(Block):
    """A file that Envoy loads from a service of the mesh."""

    http_uri: HttpUri = obj("HttpURI", HttpUri)
    sha256: str = text("SHA256")
    retry_policy: RetryPolicy = obj("RetryPolicy", RetryPolicy)


@block
class Code(Block):
    """The compiled plugin."""

    local: LocalCode = obj("Local", LocalCode)
    remote: RemoteCode = obj("Remote", RemoteCode)


@block
class Environment(Block):
    """Environment variables of the virtual machine."""

    host_env_keys: tuple[str, ...] = texts("HostEnvKeys")
    key_values: dict[str, str] = mapping("KeyValues")


@block
class VmConfig(Block):
    """The virtual machine that runs the plugin."""

    vm_id: str = text("VmID")
    runtime: str = text("Runtime")
    code: Code = obj("Code", Code)
    configuration: str = text("Configuration")
    environment_variables: Environment = obj("EnvironmentVariables", Environment)


@block
class Capabilities(Block):
    """What the plugin may call."""

    allowed_capabilities: dict[str, Any] | None = opaque("AllowedCapabilities")


@block
class PluginConfig(Block):
    """The plugin."""

    name: str = text("Name")
    root_id: str = text("RootID")
    vm_config: VmConfig = obj("VmConfig", VmConfig)
    configuration: str = text("Configuration")
    capability_restriction_configuration: Capabilities = obj(
        "CapabilityRestrictionConfiguration", Capabilities
    )


@block
class WasmArguments(ListenerArguments):
    """A WebAssembly filter."""

    protocol: str = text("Protocol")
    plugin_config: PluginConfig = obj("PluginConfig", PluginConfig)
