"""From the `spec` of a resource to a config entry, as the operator converts it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from meshgw.entries import entry_class
from meshgw.entries.base import Entry
from meshgw.entries.blocks import PassiveHealthCheck
from meshgw.entries.judge import Tenancy
from meshgw.loading.kubernetes.model import (
    DEFAULT_NAMESPACE_KINDS,
    ENTRY_KINDS,
    Operator,
    Resource,
    origin_of,
)
from meshgw.profile import Profile
from meshgw.schema.decode import Dialect, TypeFault, UnknownKey, decode, traced
from meshgw.schema.fields import Block
from meshgw.source.document import Path

_EJECTION_TIME = 30_000_000_000  # nanoseconds
_NAMESPACED = frozenset({"RouteDestination", "IngressService", "LinkedService"})
"""Classes whose empty namespace the operator fills with the mapped one (Enterprise)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """`entry` is what the user wrote, `defaulted` what the operator sends on."""

    entry: Entry | None
    defaulted: Entry
    tenancy: Tenancy
    faults: tuple[TypeFault, ...]
    pruned: tuple[UnknownKey, ...]


def convert(
    resource: Resource, profile: Profile, operator: Operator, tenancy: Tenancy, datacenter: str
) -> Converted:
    """Convert a resource whose types have been checked."""
    cls = entry_class(ENTRY_KINDS[resource.kind])
    dialect = Dialect("crd", "enterprise", profile.consul_version)
    spec = {key: value for key, value in resource.spec.items() if key not in _OUTSIDE}
    decoded = decode(cls, spec, dialect)
    namespace, name, outside = _identity(resource, profile, operator)
    settled = Tenancy(operator.partition or tenancy.partition, namespace)
    pruned = tuple(replace(key, source=_below_spec(key.source)) for key in (*decoded.unknown, *outside))
    faults = tuple(replace(fault, source=("spec", *fault.source)) for fault in decoded.faults)
    if decoded.value is None:
        return Converted(entry=None, defaulted=cls(), tenancy=settled, faults=faults, pruned=pruned)
    trace: dict[Path, Path] = {
        **{at: ("spec", *source) for at, source in traced(cls, spec, dialect).items()},
        **_identity_places(resource),
    }
    named: dict[str, Any] = {} if resource.kind == "Mesh" else {"name": name}
    entry = replace(decoded.value, **named, origin=origin_of(resource, trace))
    mapped = namespace if profile.enterprise else ""
    return Converted(
        entry=entry,
        defaulted=replace(_defaulted(entry, mapped), meta=_meta(datacenter)),
        tenancy=settled,
        faults=faults,
        pruned=pruned,
    )


_OUTSIDE = {"destination": ("name", "namespace"), "deployment": ("gatewayName", "consulNamespace")}
"""Keys of a `spec` that say where the entry lives, and what is below them."""


def _below_spec(source: Path | None) -> Path | None:
    return None if source is None else ("spec", *source)


def _meta(datacenter: str) -> dict[str, str]:
    """The metadata that the operator sets; a user cannot."""
    return {"external-source": "kubernetes", "consul.hashicorp.com/source-datacenter": datacenter}


def _identity(resource: Resource, profile: Profile, operator: Operator) -> tuple[str, str, list[UnknownKey]]:
    """Namespace and name of the entry, and what is not known of the object that says them."""
    mapped = "default"
    if profile.enterprise and resource.kind not in DEFAULT_NAMESPACE_KINDS:
        mapped = operator.namespace(resource.namespace)
    holder = holder_of(resource)
    if holder is None:
        return mapped, resource.name, []
    said = resource.spec.get(holder, {})
    name_key, namespace_key = _OUTSIDE[holder]
    unknown = [
        UnknownKey((holder, key), (holder, key), f"{holder}.{key}", Block, value)
        for key, value in said.items()
        if key not in _OUTSIDE[holder]
    ]
    namespace = said.get(namespace_key) or mapped
    name = said.get(name_key, "")
    if resource.kind == "TerminatingGateway":
        name = name or resource.name
    return namespace if profile.enterprise else "default", name, unknown


def holder_of(resource: Resource) -> str | None:
    """The key of the `spec` that names the entry."""
    return {"ServiceIntentions": "destination", "TerminatingGateway": "deployment"}.get(resource.kind)


def _identity_places(resource: Resource) -> dict[Path, Path]:
    """Where name and namespace of the entry are written."""
    holder = holder_of(resource)
    places: dict[Path, Path] = {(): ("spec",), ("Name",): ("metadata", "name")}
    if resource.namespace:
        places["Namespace",] = ("metadata", "namespace")
    said = resource.spec.get(holder, {}) if holder else {}
    for canonical, key in zip(("Name", "Namespace"), _OUTSIDE.get(holder or "", ()), strict=False):
        if key in said:
            places[canonical,] = ("spec", str(holder), key)
    if resource.kind == "ServiceIntentions" and "name" not in said:
        places["Name",] = ("spec", "destination") if said else ("spec",)
    return places


def _defaulted(value: Any, mapped: str) -> Any:
    """A decoded block with what the operator fills in: ejection times, and namespaces when mapped."""
    if isinstance(value, tuple):
        return tuple(_defaulted(item, mapped) for item in value)
    if isinstance(value, dict) and all(isinstance(item, Block) for item in value.values()):
        return {key: _defaulted(item, mapped) for key, item in value.items()}
    if not isinstance(value, Block):
        return value
    block: Any = value
    changed: dict[str, Any] = {
        spec.attribute: _defaulted(getattr(value, spec.attribute), mapped) for spec in value.specs
    }
    if isinstance(value, PassiveHealthCheck) and value.base_ejection_time is None:
        changed["base_ejection_time"] = _EJECTION_TIME
    if mapped and type(value).__name__ in _NAMESPACED and not block.namespace:
        changed["namespace"] = mapped
    return replace(block, **changed)
