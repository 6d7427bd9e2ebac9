"""The rules of builtin/wasm but those of remote code (config-entries.md 2.0.6)."""

from __future__ import annotations

from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.extensions.arguments import DIRECTIONS
from meshgw.entries.extensions.wasm_parts import Code, VmConfig, WasmArguments

_PROTOCOLS = ("tcp", "http")
_RUNTIMES = ("v8", "wamr", "wavm", "wasmtime")


@rule("wasm-protocol-unsupported", on="extension", consul="unsupported Protocol")  # EX-50
def wasm_protocol_unsupported(arguments: WasmArguments, report: Report) -> None:
    """A WebAssembly filter for a protocol that there is no filter for.

    `Protocol` has no default; `http` also stands for http2 and grpc.

    Refused:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "grpc", "ListenerType": "inbound", "PluginConfig": { "VmConfig": {
              "Code": { "Local": { "Filename": "/plugin.wasm" } }
            } } }
          }]
        }

    Accepted:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "http", "ListenerType": "inbound", "PluginConfig": { "VmConfig": {
              "Code": { "Local": { "Filename": "/plugin.wasm" } }
            } } }
          }]
        }
    """
    if arguments.protocol not in _PROTOCOLS:
        report(
            f"no WebAssembly filter is for protocol `{arguments.protocol}`",
            at=("Protocol",),
            help="write `tcp` or `http`",
        )


@rule("wasm-listener-type-unsupported", on="extension", consul="unsupported ListenerType")  # EX-52
def wasm_listener_type_unsupported(arguments: WasmArguments, report: Report) -> None:
    """A WebAssembly filter that does not say for which listener it is.

    `ListenerType` has no default.

    Refused:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "http", "PluginConfig": { "VmConfig": {
              "Code": { "Local": { "Filename": "/plugin.wasm" } }
            } } }
          }]
        }

    Accepted:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "http", "ListenerType": "inbound", "PluginConfig": { "VmConfig": {
              "Code": { "Local": { "Filename": "/plugin.wasm" } }
            } } }
          }]
        }
    """
    if arguments.listener_type not in DIRECTIONS:
        listener = arguments.listener_type
        report(
            f"no listener is called `{listener}`" if listener else "the extension has no `ListenerType`",
            at=("ListenerType",),
            help="write `inbound` or `outbound`",
        )


@rule("wasm-runtime-unsupported", on="extension", consul="unsupported runtime")  # EX-53
def wasm_runtime_unsupported(vm: VmConfig, report: Report) -> None:
    """A WebAssembly runtime that Envoy does not have.

    Refused:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "http", "ListenerType": "inbound", "PluginConfig": { "VmConfig": {
              "Runtime": "V8", "Code": { "Local": { "Filename": "/plugin.wasm" } }
            } } }
          }]
        }

    Accepted:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "http", "ListenerType": "inbound", "PluginConfig": { "VmConfig": {
              "Runtime": "v8", "Code": { "Local": { "Filename": "/plugin.wasm" } }
            } } }
          }]
        }
    """
    if vm.runtime and vm.runtime not in _RUNTIMES:
        report(
            f"no runtime is called `{vm.runtime}`", at=("Runtime",), help=f"one of: {', '.join(_RUNTIMES)}"
        )


@rule("wasm-code-not-one", on="extension", consul="exactly one of Local or Remote")  # EX-54
def wasm_code_not_one(code: Code, report: Report) -> None:
    """A WebAssembly plugin that is both a local file and loaded from a service.

    Refused:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "http", "ListenerType": "inbound", "PluginConfig": { "VmConfig": {
              "Code": {
                "Local": { "Filename": "/plugin.wasm" },
                "Remote": { "HttpURI": { "Service": { "Name": "files" } } }
              }
            } } }
          }]
        }

    Accepted:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "http", "ListenerType": "inbound", "PluginConfig": { "VmConfig": {
              "Code": { "Local": { "Filename": "/plugin.wasm" } }
            } } }
          }]
        }
    """
    uri = code.remote.http_uri
    if bool(code.local.filename) == bool(uri.service.name or uri.uri):
        which = "both `Local` and `Remote`" if code.local.filename else "neither `Local` nor `Remote`"
        report(f"the code has {which}", help="say where the code is, once")
