"""Parts of listeners that several builders share (envoy-sidecar.md 6)."""

from __future__ import annotations

from typing import Any, Final, Protocol

from meshgw.envoy.protojson import addressed, filter_of
from meshgw.schema.convert import MismatchError, weak_int
from meshgw.services.model import Upstream as Registration

_LISTENER = "envoy.extensions.filters.listener"
ORIGINAL_DST: Final = filter_of(
    "envoy.filters.listener.original_dst", f"{_LISTENER}.original_dst.v3.OriginalDst"
)
TLS_INSPECTOR: Final = filter_of(
    "envoy.filters.listener.tls_inspector", f"{_LISTENER}.tls_inspector.v3.TlsInspector"
)
HTTP_INSPECTOR: Final = filter_of(
    "envoy.filters.listener.http_inspector", f"{_LISTENER}.http_inspector.v3.HttpInspector"
)


class Warns(Protocol):
    """Collects what is not as the user meant it."""

    def warn(self, rule: str, message: str, *, note: str | None = None) -> None: ...


def balance(context: Warns, setting: str) -> dict[str, Any]:
    """How connections are spread over Envoy's workers (LS-01)."""
    if setting == "exact_balance":
        return {"connectionBalanceConfig": {"exactBalance": {}}}
    if setting:
        context.warn(
            "balance-unknown",
            f"connections cannot be balanced by `{setting}`",
            note="Consul leaves the setting out",
        )
    return {}


def bind_of(upstream: Registration) -> tuple[str, dict[str, Any]]:
    """The listener's name after the Envoy id, and its address: a port or a Unix socket (LS-30)."""
    if upstream.local_bind_port:
        host = upstream.local_bind_address or "127.0.0.1"
        return f"{host}:{upstream.local_bind_port}", addressed(host, upstream.local_bind_port)
    path = upstream.local_bind_socket_path
    mode = _socket_mode(upstream.local_bind_socket_mode)
    return path, {"address": {"pipe": {"path": path} | ({"mode": mode} if mode else {})}}


def _socket_mode(text: str) -> int:
    """A mode as Consul reads it: `0640` is octal, but `640` is decimal; unreadable is 0."""
    try:
        return max(weak_int(text), 0)
    except MismatchError:
        return 0
