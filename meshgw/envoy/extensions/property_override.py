"""builtin/property-override: fields of Envoy's messages, set and removed (EE-40, EE-41).

A resource is read into Envoy's own message, changed there, and written again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from meshgw.entries.extensions.arguments import CONNECT_PROXY
from meshgw.entries.extensions.property_parts import Patch, PropertyArguments
from meshgw.envoy.extensions.subject import (
    ExtendedProxy,
    ExtendedUpstream,
    ExtensionError,
    ResourceBook,
    direction_of,
)
from meshgw.envoy.messages import as_body, as_message, messages_known
from meshgw.envoy.resources import TYPE_URLS, Resource, ResourceType

_TYPES: Final[dict[str, ResourceType]] = {
    "cluster": "clusters",
    "cluster-load-assignment": "endpoints",
    "listener": "listeners",
    "route": "routes",
}
_ASSIGNMENT = "cluster-load-assignment"


def apply_property_override(
    proxy: ExtendedProxy,
    arguments: PropertyArguments,
    book: ResourceBook,
    *,
    required: bool,  # noqa: ARG001  all extensions are applied alike
) -> None:
    """Apply the patches that fit to each resource, in order. Needs the extra `envoy`."""
    if (arguments.proxy_type or CONNECT_PROXY) != proxy.kind:
        return
    if not messages_known():
        raise ExtensionError("Envoy's message definitions are not installed: the extra `envoy`")
    for name, kind in _TYPES.items():
        patches = [patch for patch in arguments.patches if patch.resource_type == name]
        if patches:
            book.change(kind, lambda resource, patches=patches: _changed(proxy, resource, patches))  # type: ignore[misc]
    inner = [patch for patch in arguments.patches if patch.resource_type == _ASSIGNMENT]
    if inner:
        book.change("clusters", lambda cluster: _changed_within(proxy, cluster, inner))


def _changed(proxy: ExtendedProxy, resource: Resource, patches: Iterable[Patch]) -> Resource:
    wanted = [patch for patch in patches if _fits(proxy, patch, resource)]
    if not wanted:
        return resource
    message = as_message(resource.body, TYPE_URLS[resource.type])
    if message is None:
        raise ExtensionError(f"{resource.type[:-1]} `{resource.name}` has a value that Envoy does not take")
    for patch in wanted:
        _apply(message, patch)
    return replace(resource, body=as_body(message))


def _changed_within(proxy: ExtendedProxy, cluster: Resource, patches: Iterable[Patch]) -> Resource:
    """The load assignment that stands in a cluster."""
    wanted = [patch for patch in patches if _fits(proxy, patch, cluster)]
    if not wanted or "loadAssignment" not in cluster.body:
        return cluster
    message = as_message(cluster.body["loadAssignment"], TYPE_URLS["endpoints"])
    if message is None:
        raise ExtensionError(f"the endpoints of `{cluster.name}` have a value that Envoy does not take")
    for patch in wanted:
        _apply(message, patch)
    return replace(cluster, body={**cluster.body, "loadAssignment": as_body(message)})


def _fits(proxy: ExtendedProxy, patch: Patch, resource: Resource) -> bool:
    """By direction, and by the upstream that a resource belongs to when services are named."""
    given = patch.resource_filter
    if given.traffic_direction != direction_of(resource):
        return False
    if not given.services:
        return True
    upstream = _upstream_of(proxy, resource)
    return upstream is not None and any(upstream.is_named(service) for service in given.services)


def _upstream_of(proxy: ExtendedProxy, resource: Resource) -> ExtendedUpstream | None:
    for upstream in proxy.upstreams:
        match resource.type:
            case "listeners":
                found = upstream.owns_listener(resource.name)
            case "routes":
                found = resource.name == upstream.envoy_id
            case _:
                found = upstream.owns_cluster(resource.name)
        if found:
            return upstream
    return None


def _apply(message: Any, patch: Patch) -> None:
    *outer, last = patch.path.strip("/").split("/")
    for segment in outer:
        field = _field(message, segment)
        if field.message_type is None or _is_many(field) or field.message_type.full_name.endswith(".Any"):
            raise ExtensionError(f"the path `{patch.path}` leads into `{segment}`, which has no fields")
        if patch.op == "remove" and not message.HasField(segment):
            return
        message = getattr(message, segment)
        message.SetInParent()
    field = _field(message, last)
    if patch.op == "remove":
        message.ClearField(last)
        return
    try:
        _set(message, field, patch.value)
    except (TypeError, ValueError) as error:
        raise ExtensionError(f"the value of `{patch.path}` does not fit") from error


def _field(message: Any, name: str) -> Any:
    field = message.DESCRIPTOR.fields_by_name.get(name)
    if field is None:
        raise ExtensionError(f"there is no field `{name}` in Envoy's `{message.DESCRIPTOR.name}`")
    return field


def _is_many(field: Any) -> bool:
    """Whether a field is a list or map."""
    if hasattr(field, "is_repeated"):
        return bool(field.is_repeated)
    return bool(field.label == field.LABEL_REPEATED)  # protobuf before 6.30


def _set(message: Any, field: Any, value: Any) -> None:
    """Set a scalar, an enum by name, a wrapper, or a message by the fields of a map."""
    if _is_many(field) or isinstance(value, list):
        raise TypeError(field.name)
    inner = field.message_type
    if inner is None:
        setattr(message, field.name, _scalar(field, value))
        return
    message.ClearField(field.name)
    part = getattr(message, field.name)
    part.SetInParent()
    if isinstance(value, dict):
        for name, one in value.items():
            _set(part, _field(part, name), one)
        return
    if "value" not in inner.fields_by_name or not inner.full_name.startswith("google.protobuf."):
        raise TypeError(field.name)
    part.value = _scalar(inner.fields_by_name["value"], value)


def _scalar(field: Any, value: Any) -> Any:
    """A value as the field's type has it; numbers reach Consul as floating point numbers."""
    if field.enum_type is not None:
        if not isinstance(value, str):
            raise TypeError(field.name)
        return (
            field.enum_type.values_by_name[value].number if value in field.enum_type.values_by_name else value
        )
    wanted = {field.TYPE_STRING: str, field.TYPE_BOOL: bool}.get(field.type)
    if wanted is not None:
        if not isinstance(value, wanted):
            raise TypeError(field.name)
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(field.name)
    if field.type in (field.TYPE_DOUBLE, field.TYPE_FLOAT):
        return float(value)
    return int(value)
