"""The rules of builtin/wasm about code that a service of the mesh serves (config-entries.md 2.0.6)."""

from __future__ import annotations

from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.extensions.otel_access_logging import BackOff, RetryPolicy
from meshgw.entries.extensions.services import duration_fault
from meshgw.entries.extensions.wasm_parts import HttpUri, RemoteCode
from meshgw.entries.request_uri import url_fault
from meshgw.schema.durations import DurationError, parse_duration


@rule("wasm-remote-incomplete", on="extension", consul="both Service and URI are required")  # EX-55
def wasm_remote_incomplete(remote: RemoteCode, report: Report) -> None:
    """Remote code without the service or without the address.

    Envoy needs the service to connect to and the URI to ask it for.

    Refused:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "http", "ListenerType": "inbound", "PluginConfig": { "VmConfig": {
              "Code": { "Remote": {
                "HttpURI": { "URI": "http://files/plugin.wasm" },
                "SHA256": "c0ffee"
              } }
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
              "Code": { "Remote": {
                "HttpURI": { "Service": { "Name": "files" }, "URI": "http://files/plugin.wasm" },
                "SHA256": "c0ffee"
              } }
            } } }
          }]
        }
    """
    missing = "URI" if remote.http_uri.service.name else "Service"
    if not (remote.http_uri.service.name and remote.http_uri.uri):
        report(f"the address has no `{missing}`", at=("HttpURI",), part="key", help="set `Service` and `URI`")


@rule("wasm-checksum-missing", on="extension", consul="SHA256 checksum is required")  # EX-56
def wasm_checksum_missing(remote: RemoteCode, report: Report) -> None:
    """Remote code without a checksum.

    Refused:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "http", "ListenerType": "inbound", "PluginConfig": { "VmConfig": {
              "Code": { "Remote": {
                "HttpURI": { "Service": { "Name": "files" }, "URI": "http://files/plugin.wasm" }
              } }
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
              "Code": { "Remote": {
                "HttpURI": { "Service": { "Name": "files" }, "URI": "http://files/plugin.wasm" },
                "SHA256": "c0ffee"
              } }
            } } }
          }]
        }
    """
    if not remote.sha256:
        report("the code has no `SHA256`", at=("SHA256",), help="set it to the checksum that Envoy compares")


@rule("wasm-uri-invalid", on="extension", consul="invalid HttpURI.URI")  # EX-57
def wasm_uri_invalid(uri: HttpUri, report: Report) -> None:
    """An address of remote code that is no URL.

    Refused:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "http", "ListenerType": "inbound", "PluginConfig": { "VmConfig": {
              "Code": { "Remote": {
                "HttpURI": { "Service": { "Name": "files" }, "URI": "http://%zz" },
                "SHA256": "c0ffee"
              } }
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
              "Code": { "Remote": {
                "HttpURI": { "Service": { "Name": "files" }, "URI": "http://files/plugin.wasm" },
                "SHA256": "c0ffee"
              } }
            } } }
          }]
        }
    """
    fault = url_fault(uri.uri)
    if fault:
        report(f"`{uri.uri}` is no URL", at=("URI",), note=fault)


@rule("wasm-timeout-invalid", on="extension", consul="failed to parse HttpURI.Timeout")  # EX-58
def wasm_timeout_invalid(uri: HttpUri, report: Report) -> None:
    """A timeout of remote code that is no duration.

    Refused:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "http", "ListenerType": "inbound", "PluginConfig": { "VmConfig": {
              "Code": { "Remote": {
                "HttpURI": { "Service": { "Name": "files" }, "URI": "http://files/a.wasm", "Timeout": "1" },
                "SHA256": "c0ffee"
              } }
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
              "Code": { "Remote": {
                "HttpURI": { "Service": { "Name": "files" }, "URI": "http://files/a.wasm", "Timeout": "1s" },
                "SHA256": "c0ffee"
              } }
            } } }
          }]
        }
    """
    fault = duration_fault(uri.timeout)
    if fault:
        report(f"`{uri.timeout}` is no duration", at=("Timeout",), note=fault, help='write "1s", with a unit')


@rule("wasm-retries-negative", on="extension", consul="NumRetries must be")  # EX-59
def wasm_retries_negative(policy: RetryPolicy, report: Report) -> None:
    """A negative number of retries of remote code.

    Refused:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "http", "ListenerType": "inbound", "PluginConfig": { "VmConfig": {
              "Code": { "Remote": {
                "HttpURI": { "Service": { "Name": "files" }, "URI": "http://files/plugin.wasm" },
                "SHA256": "c0ffee",
                "RetryPolicy": { "NumRetries": -1 }
              } }
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
              "Code": { "Remote": {
                "HttpURI": { "Service": { "Name": "files" }, "URI": "http://files/plugin.wasm" },
                "SHA256": "c0ffee",
                "RetryPolicy": { "NumRetries": 0 }
              } }
            } } }
          }]
        }
    """
    if policy.num_retries < 0:
        report(f"{policy.num_retries} retries are less than none", at=("NumRetries",))


@rule("wasm-back-off-invalid", on="extension", consul="failed to parse RetryBackOff")  # EX-60
def wasm_back_off_invalid(back_off: BackOff, report: Report) -> None:
    """A pause between retries that is no duration.

    Refused:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "http", "ListenerType": "inbound", "PluginConfig": { "VmConfig": {
              "Code": { "Remote": {
                "HttpURI": { "Service": { "Name": "files" }, "URI": "http://files/plugin.wasm" },
                "SHA256": "c0ffee",
                "RetryPolicy": { "RetryBackOff": { "BaseInterval": "1s", "MaxInterval": "10" } }
              } }
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
              "Code": { "Remote": {
                "HttpURI": { "Service": { "Name": "files" }, "URI": "http://files/plugin.wasm" },
                "SHA256": "c0ffee",
                "RetryPolicy": { "RetryBackOff": { "BaseInterval": "1s", "MaxInterval": "10s" } }
              } }
            } } }
          }]
        }
    """
    for name, value in (("BaseInterval", back_off.base_interval), ("MaxInterval", back_off.max_interval)):
        fault = duration_fault(value)
        if fault:
            report(f"`{value}` is no duration", at=(name,), note=fault, help='write "1s", with a unit')


@rule("wasm-base-interval-not-positive", on="extension", consul="must be greater than zero")  # EX-61
def wasm_base_interval_not_positive(back_off: BackOff, report: Report) -> None:
    """A shortest pause between retries that is not above zero.

    Refused:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "http", "ListenerType": "inbound", "PluginConfig": { "VmConfig": {
              "Code": { "Remote": {
                "HttpURI": { "Service": { "Name": "files" }, "URI": "http://files/plugin.wasm" },
                "SHA256": "c0ffee",
                "RetryPolicy": { "RetryBackOff": { "BaseInterval": "0s" } }
              } }
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
              "Code": { "Remote": {
                "HttpURI": { "Service": { "Name": "files" }, "URI": "http://files/plugin.wasm" },
                "SHA256": "c0ffee",
                "RetryPolicy": { "RetryBackOff": { "BaseInterval": "1s" } }
              } }
            } } }
          }]
        }
    """
    shortest = _nanoseconds(back_off.base_interval)
    if shortest is not None and shortest <= 0:
        report(f"`{back_off.base_interval}` is not above zero", at=("BaseInterval",))


@rule(
    "wasm-max-interval-below-base",
    on="extension",
    consul="must be greater than or equal to RetryBackOff.BaseInterval",
)  # EX-62
def wasm_max_interval_below_base(back_off: BackOff, report: Report) -> None:
    """A longest pause between retries below the shortest.

    Refused:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "EnvoyExtensions": [{
            "Name": "builtin/wasm",
            "Arguments": { "Protocol": "http", "ListenerType": "inbound", "PluginConfig": { "VmConfig": {
              "Code": { "Remote": {
                "HttpURI": { "Service": { "Name": "files" }, "URI": "http://files/plugin.wasm" },
                "SHA256": "c0ffee",
                "RetryPolicy": { "RetryBackOff": { "BaseInterval": "2s", "MaxInterval": "1s" } }
              } }
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
              "Code": { "Remote": {
                "HttpURI": { "Service": { "Name": "files" }, "URI": "http://files/plugin.wasm" },
                "SHA256": "c0ffee",
                "RetryPolicy": { "RetryBackOff": { "BaseInterval": "1s", "MaxInterval": "2s" } }
              } }
            } } }
          }]
        }
    """
    shortest = _nanoseconds(back_off.base_interval) or 0
    longest = _nanoseconds(back_off.max_interval)
    if longest is not None and longest < shortest:
        report(
            f"`{back_off.max_interval}` is shorter than the shortest pause, `{back_off.base_interval}`",
            at=("MaxInterval",),
        )


def _nanoseconds(text: str) -> int | None:
    """A duration, or `None` for none and for what is none."""
    try:
        return parse_duration(text)
    except DurationError:
        return None
