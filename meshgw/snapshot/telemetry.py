"""The collector of telemetry, an upstream that free-form settings ask for (envoy-sidecar.md US-04)."""

from __future__ import annotations

import base64
import hashlib

from meshgw.resolve.layers import Resolved
from meshgw.resolve.proxy import EffectiveProxy, EffectiveUpstream
from meshgw.schema.convert import MismatchError, weak_string
from meshgw.services.model import Upstream
from meshgw.snapshot.compiling import insensitive

TELEMETRY_COLLECTOR = "consul-telemetry-collector"
_KEY = "envoy_telemetry_collector_bind_socket_dir"


def telemetry_settings(proxy: EffectiveProxy) -> EffectiveUpstream | None:
    """The collector as an upstream on a Unix socket; `None` when it is not asked for."""
    try:
        folder = weak_string(insensitive(proxy.config, _KEY))
    except MismatchError:
        return None
    if not folder:
        return None
    registered = Upstream(
        destination_type="service",
        destination_name=TELEMETRY_COLLECTOR,
        destination_namespace="default",
        destination_partition=proxy.instance.partition,
        local_bind_socket_path=f"{folder.rstrip('/')}/{socket_name(proxy)}",
    )
    return EffectiveUpstream(index=None, upstream=registered, config={"protocol": "grpc"}, mode=Resolved(""))


def socket_name(proxy: EffectiveProxy) -> str:
    """The socket's file: a digest of the proxy's namespace and id."""
    text = f"{proxy.instance.namespace}_{proxy.instance.service.id}"
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=") + ".sock"
