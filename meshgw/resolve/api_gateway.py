"""What the listeners of an API gateway share, and what tells their certificates apart (5.6).

Sections are those of envoy-other-gateways.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from meshgw.entries.api_gateway import APIGatewayListener, APIGatewayTLS
from meshgw.entries.base import Entry
from meshgw.entries.inline_certificate import InlineCertificate


def shared_tls(listeners: Iterable[APIGatewayListener]) -> dict[str, APIGatewayTLS]:
    """The TLS versions and cipher suites of some listeners with certificates, by their names.

    All fill one set: the first listener by name that sets a field sets it for those after it too (AE-36).
    """
    found: dict[str, APIGatewayTLS] = {}
    known = APIGatewayTLS()
    for listener in sorted(listeners, key=lambda listener: listener.name):
        own = listener.tls
        known = APIGatewayTLS(
            min_version=known.min_version or own.min_version,
            max_version=known.max_version or own.max_version,
            cipher_suites=known.cipher_suites or own.cipher_suites,
        )
        found[listener.name] = known
    return found


def server_names(certificates: Sequence[Entry]) -> tuple[tuple[str, ...] | None, ...]:
    """For which server names each of several certificates of a listener is served.

    A host that occurs twice is nobody's, so an inline certificate may have none left (AE-31). Others lie in
    files that nobody reads, and are served for all names: `None` (AE-33). Raises `DerError` when one cannot
    be read.
    """
    hosts = [each.hosts if isinstance(each, InlineCertificate) else None for each in certificates]
    times = Counter(host for names in hosts for host in names or ())
    return tuple(
        None if names is None else tuple(name for name in names if times[name] == 1) for names in hosts
    )
