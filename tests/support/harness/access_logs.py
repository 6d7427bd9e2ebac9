"""The way a call took through several Envoys, read back from their access logs.

Lines are those of Consul's default JSON format (proxy-defaults, `AccessLogs`). One hop is tied to the next by
the connection between them: its two ends are `upstream_local_address` and `upstream_host` in the line of the
one, `downstream_remote_address` and `downstream_local_address` in the line of the other.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NONE = "-"  # how Envoy prints an absent value in text; in JSON it is null


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One line of an access log."""

    proxy: str
    listener: str
    fields: Mapping[str, Any]

    def __getitem__(self, key: str) -> str:
        value = self.fields.get(key)
        return "" if value is None or value == NONE else str(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hop:
    """One proxy that a call came through. What Envoy did not know is empty."""

    proxy: str
    listener: str
    sni: str
    cluster: str
    upstream: str
    flags: str
    details: str


def parse(text: str, *, proxy: str, listeners: Mapping[str, str]) -> list[Entry]:
    """The lines about the given listeners (address → name), so not those about the admin endpoint."""
    entries = []
    for line in text.splitlines():
        fields = _json_object(line)
        address = str((fields or {}).get("downstream_local_address"))
        if fields and address in listeners:
            entries.append(Entry(proxy=proxy, listener=listeners[address], fields=fields))
    return entries


def follow(entries: Iterable[Entry], *, client: str, server: str) -> list[Entry]:
    """The hops of the connection between these two addresses, the first proxy first.

    Without a client address it is the connection to `server` that was logged last.
    A connection that carries several requests has one line for each; the request id, once known, tells which.
    """
    by_connection: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        ends = entry["downstream_remote_address"], entry["downstream_local_address"]
        by_connection.setdefault(ends, []).append(entry)
    if not client:
        client = next((remote for remote, local in reversed(by_connection) if local == server), "")
    found: list[Entry] = []
    request = ""
    while candidates := by_connection.pop((client, server), []):
        same_request = [entry for entry in candidates if request and entry["request_id"] == request]
        entry = (same_request or candidates)[-1]
        found.append(entry)
        request = entry["request_id"] or request
        client, server = entry["upstream_local_address"], entry["upstream_host"]
    return found


def hop(entry: Entry) -> Hop:
    return Hop(
        proxy=entry.proxy,
        listener=entry.listener,
        sni=entry["requested_server_name"],
        cluster=entry["upstream_cluster"],
        upstream=entry["upstream_host"],
        flags=entry["response_flags"],
        details=entry["connection_termination_details"] or entry["response_code_details"],
    )


def _json_object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None  # a line that is still being written, or not an access log
    return value if isinstance(value, dict) else None
