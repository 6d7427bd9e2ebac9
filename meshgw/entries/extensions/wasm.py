"""builtin/wasm (config-entries.md 2.0.6): arguments and order; the rules are in `wasm_rules`."""

from __future__ import annotations

from typing import Any

from meshgw.diagnostics.evaluation import each, every, when
from meshgw.diagnostics.rules import Report
from meshgw.entries.extensions import wasm_remote_rules as remote
from meshgw.entries.extensions import wasm_rules as rules
from meshgw.entries.extensions.arguments import Extension
from meshgw.entries.extensions.services import extension_proxy_type_unsupported
from meshgw.entries.extensions.wasm_parts import Code, WasmArguments


def _not_local(code: Any, report: Report) -> bool:  # noqa: ARG001  conditions take both
    assert isinstance(code, Code)
    return not code.local.filename


WASM = Extension(
    arguments=WasmArguments,
    order=every(
        rules.wasm_protocol_unsupported,  # EX-50
        extension_proxy_type_unsupported,  # EX-51
        rules.wasm_listener_type_unsupported,  # EX-52
        each("PluginConfig.VmConfig", rules.wasm_runtime_unsupported),  # EX-53
        each(
            "PluginConfig.VmConfig.Code",
            every(
                rules.wasm_code_not_one,  # EX-54
                when(
                    _not_local,
                    each(
                        "Remote",
                        every(
                            remote.wasm_remote_incomplete,  # EX-55
                            remote.wasm_checksum_missing,  # EX-56
                            each("HttpURI", remote.wasm_uri_invalid),  # EX-57
                            each("HttpURI", remote.wasm_timeout_invalid),  # EX-58
                            each("RetryPolicy", remote.wasm_retries_negative),  # EX-59
                            each(
                                "RetryPolicy.RetryBackOff",
                                every(
                                    remote.wasm_back_off_invalid,  # EX-60
                                    remote.wasm_base_interval_not_positive,  # EX-61
                                    remote.wasm_max_interval_below_base,  # EX-62
                                ),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
)
