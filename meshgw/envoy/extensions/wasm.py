"""builtin/wasm: a WebAssembly plugin (EE-30, EE-31)."""

from __future__ import annotations

from typing import Any

from meshgw.entries.extensions.arguments import CONNECT_PROXY
from meshgw.entries.extensions.otel_access_logging import RetryPolicy
from meshgw.entries.extensions.wasm_parts import PluginConfig, RemoteCode, VmConfig, WasmArguments
from meshgw.envoy.extensions.chains import change_chains, insert_http, insert_network
from meshgw.envoy.extensions.otel_access_logging import retry_policy
from meshgw.envoy.extensions.services import seconds
from meshgw.envoy.extensions.subject import ExtendedProxy, ResourceBook, direction_of
from meshgw.envoy.protojson import duration, filter_of, typed
from meshgw.schema.durations import parse_duration

_TYPES = {
    "http": "envoy.extensions.filters.http.wasm.v3.Wasm",
    "tcp": "envoy.extensions.filters.network.wasm.v3.Wasm",
}
_STRING = "google.protobuf.StringValue"
_SECOND = 1_000_000_000


def apply_wasm(proxy: ExtendedProxy, arguments: WasmArguments, book: ResourceBook, *, required: bool) -> None:
    """Put the plugin into every filter chain of a direction, where the protocol is the proxy's own."""
    if (arguments.proxy_type or CONNECT_PROXY) != proxy.kind or arguments.protocol != proxy.protocol:
        return
    http = arguments.protocol == "http"
    name = "envoy.filters.http.wasm" if http else "envoy.filters.network.wasm"
    config = _config(proxy, arguments.plugin_config, required=required)
    plugin = filter_of(name, _TYPES[arguments.protocol], config=config)
    insert = insert_http if http else insert_network
    book.change(
        "listeners",
        lambda listener: (
            change_chains(listener, lambda chain: insert(chain, plugin))
            if direction_of(listener) == arguments.listener_type
            else listener
        ),
    )


def _config(proxy: ExtendedProxy, plugin: PluginConfig, *, required: bool) -> dict[str, Any]:
    found: dict[str, Any] = _given(name=plugin.name, rootId=plugin.root_id)
    found["vmConfig"] = _machine(proxy, plugin.vm_config)
    if plugin.configuration:
        found["configuration"] = typed(_STRING, value=plugin.configuration)
    if not required:
        found["failOpen"] = True
    allowed = plugin.capability_restriction_configuration.allowed_capabilities
    if allowed:
        found["capabilityRestrictionConfig"] = {"allowedCapabilities": {name: {} for name in sorted(allowed)}}
    return found


def _machine(proxy: ExtendedProxy, machine: VmConfig) -> dict[str, Any]:
    found: dict[str, Any] = _given(vmId=machine.vm_id)
    found["runtime"] = f"envoy.wasm.runtime.{machine.runtime or 'v8'}"
    code = machine.code
    if code.local.filename:
        found["code"] = {"local": {"filename": code.local.filename}}
    else:
        found["code"] = {"remote": _remote(proxy, code.remote)}
    if machine.configuration:
        found["configuration"] = typed(_STRING, value=machine.configuration)
    variables = machine.environment_variables
    if variables.host_env_keys or variables.key_values:
        found["environmentVariables"] = _given(
            hostEnvKeys=list(variables.host_env_keys), keyValues=dict(variables.key_values)
        )
    return found


def _remote(proxy: ExtendedProxy, remote: RemoteCode) -> dict[str, Any]:
    """Code that Envoy fetches from a service; its timeout in whole seconds."""
    source = remote.http_uri
    timeout = "1s"
    if source.timeout:
        seconds(source.timeout)  # refuses what is no duration
        timeout = duration(parse_duration(source.timeout) // _SECOND * _SECOND)
    uri = {"uri": source.uri, "cluster": proxy.sni_of(source.service), "timeout": timeout}
    found = {"httpUri": uri, **_given(sha256=remote.sha256)}
    if remote.retry_policy != RetryPolicy():
        found["retryPolicy"] = retry_policy(remote.retry_policy)
    return found


def _given(**values: Any) -> dict[str, Any]:
    """The values that are not empty."""
    return {name: value for name, value in values.items() if value}
