"""Access logs of listeners and filters (envoy-sidecar.md 1.8)."""

from __future__ import annotations

import json
from typing import Any

from meshgw.entries.blocks import AccessLogs
from meshgw.envoy.protojson import typed

_STREAM = "envoy.extensions.access_loggers.stream.v3"
_FILE = "envoy.extensions.access_loggers.file.v3.FileAccessLog"

DEFAULT_FORMAT = {
    "start_time": "%START_TIME%",
    "route_name": "%ROUTE_NAME%",
    "method": "%REQ(:METHOD)%",
    "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    "protocol": "%PROTOCOL%",
    "response_code": "%RESPONSE_CODE%",
    "response_flags": "%RESPONSE_FLAGS%",
    "response_code_details": "%RESPONSE_CODE_DETAILS%",
    "connection_termination_details": "%CONNECTION_TERMINATION_DETAILS%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
    "duration": "%DURATION%",
    "upstream_service_time": "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
    "x_forwarded_for": "%REQ(X-FORWARDED-FOR)%",
    "user_agent": "%REQ(USER-AGENT)%",
    "request_id": "%REQ(X-REQUEST-ID)%",
    "authority": "%REQ(:AUTHORITY)%",
    "upstream_host": "%UPSTREAM_HOST%",
    "upstream_cluster": "%UPSTREAM_CLUSTER%",
    "upstream_local_address": "%UPSTREAM_LOCAL_ADDRESS%",
    "downstream_local_address": "%DOWNSTREAM_LOCAL_ADDRESS%",
    "downstream_remote_address": "%DOWNSTREAM_REMOTE_ADDRESS%",
    "requested_server_name": "%REQUESTED_SERVER_NAME%",
    "upstream_transport_failure_reason": "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
}


def listener_logs(logs: AccessLogs) -> dict[str, Any]:
    """The `accessLog` of a listener: connections that no filter chain takes."""
    sink = log_sink(logs)
    if sink is None or logs.disable_listener_logs:
        return {}
    unmatched = {"responseFlagFilter": {"flags": ["NR"]}}
    return {"accessLog": [{"name": "Consul Listener Log", "filter": unmatched, "typedConfig": sink}]}


def filter_logs(logs: AccessLogs) -> dict[str, Any]:
    """The `accessLog` of a TCP proxy or HTTP connection manager."""
    sink = log_sink(logs)
    return (
        {} if sink is None else {"accessLog": [{"name": "Consul Listener Filter Log", "typedConfig": sink}]}
    )


def log_sink(logs: AccessLogs) -> dict[str, Any] | None:
    """Where logs go and how a line looks; `None` without logs, or when they cannot be made."""
    if not logs.enabled:
        return None
    line = _format(logs)
    if line is None:
        return None
    match logs.type:
        case "" | "stdout":
            return typed(f"{_STREAM}.StdoutAccessLog", logFormat=line)
        case "stderr":
            return typed(f"{_STREAM}.StderrAccessLog", logFormat=line)
        case "file":
            return typed(_FILE, path=logs.path, logFormat=line)
        case _:
            return None


def sink_fault(logs: AccessLogs) -> str | None:
    """Why access logs that are switched on cannot be made; `None` when they can."""
    if not logs.enabled or log_sink(logs) is not None:
        return None
    if _format(logs) is None:
        return "the `JSONFormat` of access logs is no JSON object"
    return f"access logs cannot go to `{logs.type}`"


def _format(logs: AccessLogs) -> dict[str, Any] | None:
    if logs.json_format:
        try:
            parsed = json.loads(logs.json_format)
        except (ValueError, RecursionError):
            return None
        return {"jsonFormat": parsed} if isinstance(parsed, dict) else None
    if logs.text_format:
        line = logs.text_format if logs.text_format.endswith("\n") else logs.text_format + "\n"
        return {"textFormatSource": {"inlineString": line}}
    return {"jsonFormat": DEFAULT_FORMAT}
