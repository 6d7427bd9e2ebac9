"""The places where the settings of a proxy are written, each as a layer (service-registration.md 5.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Protocol

from meshgw.diagnostics.model import Location
from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.resolve.layers import SWITCHED_OFF, Layer, Resolved, strongest
from meshgw.resolve.opaque import empty
from meshgw.resolve.proxy import Sources
from meshgw.source.document import Path

NOT_SET = "not set"
EMPTY = "an empty value counts as not set"
CANNOT_LOWER = "cannot lower: an empty value counts as not set"
"""Why an empty value of a registration does not win over a weaker place that is set."""


class Subject(Protocol):
    """Something that can tell where its parts are written, and whether a user wrote them."""

    def locate(self, at: Path = ()) -> Location | None: ...

    def wrote(self, at: Path) -> bool: ...


def place(name: str, subject: Subject, at: Path, value: Any, *, shut_out: str = "") -> Layer[Any]:
    """A place whose empty value counts as nothing; `shut_out` says why even a set one does not count."""
    location = subject.locate(at)
    if not empty(value) and value != ():
        return Layer(name, value, location, counts=not shut_out, why=shut_out)
    if value is not None and subject.wrote(at):
        return Layer(name, value, location, counts=False, why=shut_out or EMPTY)
    return Layer(name, None, location, counts=False, why=NOT_SET)


def missing(name: str, why: str) -> Layer[Any]:
    """A place that does not exist or does not apply."""
    return Layer(name, None, None, counts=False, why=why)


def settled(layers: Iterable[Layer[Any]], default: Any) -> Resolved[Any]:
    """The value of the strongest layer that counts; an empty one above it is said to lower nothing."""
    found = list(layers)
    last = max((index for index, layer in enumerate(found) if layer.counts), default=-1)
    for index, layer in enumerate(found[: last + 1]):
        if layer.why == EMPTY:
            found[index] = replace(layer, why=CANNOT_LOWER)
    return strongest(found, default)


def own_name(sources: Sources, label: str) -> str:
    return f"proxy `{label}` of {sources.instance.service.id}"


def service_name(sources: Sources, label: str) -> str:
    entry = sources.service_defaults
    return f"`{label}` in service-defaults" + (f" {entry.name}" if entry is not None else "")


def general_name(sources: Sources, label: str) -> str:
    return f"`{label}` in proxy-defaults of partition {sources.instance.partition}"


def no_service_defaults(sources: Sources) -> str:
    """Why there are no service-defaults to look at."""
    if not sources.instance.central_config:
        return SWITCHED_OFF
    service = sources.instance.service
    return f"no service-defaults of {service.proxy.destination_service_name or service.name}"


def no_caller_defaults(sources: Sources) -> str:
    """The same for an upstream, whose caller's entry it is."""
    return "no service-defaults of the caller" if sources.instance.central_config else SWITCHED_OFF


def no_proxy_defaults(sources: Sources) -> str:
    """Why there are no proxy-defaults to look at."""
    return "no proxy-defaults in the partition" if sources.instance.central_config else SWITCHED_OFF


def own_place(sources: Sources, label: str, at: Path, value: Any, *, shut_out: str = "") -> Layer[Any]:
    """A field of the registration's proxy block."""
    name = own_name(sources, label)
    return place(name, sources.instance.service, ("Proxy", *at), value, shut_out=shut_out)


def service_place(
    sources: Sources, label: str, at: Path, read: Callable[[ServiceDefaults], Any], *, shut_out: str = ""
) -> Layer[Any]:
    """A field of the service-defaults that are merged into the proxy."""
    name, entry = service_name(sources, label), sources.service_defaults
    if entry is None:
        return missing(name, no_service_defaults(sources))
    return place(name, entry, at, read(entry), shut_out=shut_out)


def general_place(
    sources: Sources, label: str, at: Path, read: Callable[[ProxyDefaults], Any], *, shut_out: str = ""
) -> Layer[Any]:
    """A field of the proxy-defaults of the proxy's partition."""
    name, entry = general_name(sources, label), sources.proxy_defaults
    if entry is None:
        return missing(name, no_proxy_defaults(sources))
    return place(name, entry, at, read(entry), shut_out=shut_out)
