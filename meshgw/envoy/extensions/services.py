"""Services that extensions call: a service of the mesh, or one on the proxy's own host (EE-12, EE-13)."""

from __future__ import annotations

from typing import Any

from meshgw.entries.extensions.services import GrpcService, Target
from meshgw.envoy.cluster_blocks import http2_upstream
from meshgw.envoy.endpoints import plain_assignment
from meshgw.envoy.extensions.subject import ExtendedProxy, ExtensionError, ResourceBook
from meshgw.envoy.protojson import duration
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.mesh.model import is_ip
from meshgw.schema.durations import DurationError, parse_duration


def cluster_of(proxy: ExtendedProxy, target: Target, local: str) -> str:
    """The cluster of a target: an upstream's, or `local` for an address."""
    return local if target.uri else proxy.sni_of(target.service)


def target_of(service: Any) -> Target:
    """The target of a service. Raises `ExtensionError` when there is none."""
    target = service.target
    if not isinstance(target, Target):
        raise ExtensionError("the service has no `Target`")
    return target


def timeout_of(target: Target) -> str | None:
    return None if not target.timeout else seconds(target.timeout)


def seconds(text: str) -> str:
    """A duration as the user writes it, in Envoy's form."""
    try:
        return duration(parse_duration(text))
    except DurationError as error:
        raise ExtensionError(f"`{text}` is no duration") from error


def grpc_service(proxy: ExtendedProxy, service: GrpcService, local: str) -> dict[str, Any]:
    """A gRPC service as filters name it."""
    target = target_of(service)
    envoy = {"clusterName": cluster_of(proxy, target, local)}
    if service.authority:
        envoy["authority"] = service.authority
    found: dict[str, Any] = {"envoyGrpc": envoy}
    timeout = timeout_of(target)
    if timeout is not None:
        found["timeout"] = timeout
    if service.initial_metadata:
        found["initialMetadata"] = [
            {"key": pair.key, "value": pair.value} for pair in service.initial_metadata
        ]
    return found


def add_local_cluster(book: ResourceBook, target: Target, name: str, extension: str, *, http2: bool) -> None:
    """The cluster of an address on the proxy's own host, when the target is one."""
    if not target.uri:
        return
    host, port = host_and_port(target.uri)
    timeout = timeout_of(target)
    body: dict[str, Any] = {
        "name": name,
        "type": "STATIC" if is_ip(host) else "STRICT_DNS",
        "loadAssignment": plain_assignment(name, [(host, port)]),
    }
    if timeout is not None:
        body["connectTimeout"] = timeout
    if http2:
        body |= http2_upstream()
    book.add(Resource("clusters", name, body, ResourceOrigin(f"extension {extension}")))


def host_and_port(uri: str) -> tuple[str, int]:
    """Host and port of `[scheme://]host:port`; an empty host is `localhost` (EX-35)."""
    address = uri.rpartition("://")[2] if "://" in uri else uri
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal():
        raise ExtensionError(f"`{uri}` is not of the form `host:port`")
    return host or "localhost", int(port)
