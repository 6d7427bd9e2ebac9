"""Virtual IPs: those that a cluster has given out, and those it would give out next (product.md 1)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping

from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.service_intentions import ServiceIntentions
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.entries.service_router import ServiceRouter
from meshgw.entries.service_splitter import ServiceSplitter
from meshgw.entries.shared import WILDCARD
from meshgw.entries.terminating_gateway import TerminatingGateway
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Instance

TRANSPARENT = "transparent"

_FIRST = int(ipaddress.IPv4Address("240.0.0.1"))
_LAST = int(ipaddress.IPv4Address("255.255.255.254"))
_NAMING_KINDS = (ServiceDefaults, ServiceRouter, ServiceSplitter, ServiceResolver)


def service_text(key: ServiceKey) -> str:
    """A service as Envoy ids and virtual IPs name it: default tenancy is left out."""
    if key.partition != "default":
        return f"{key.partition}/{key.namespace}/{key.name}"
    return key.name if key.namespace == "default" else f"{key.namespace}/{key.name}"


def services_with_address(entries: EntrySet, instances: Iterable[Instance]) -> Iterator[ServiceKey]:
    """The services of a datacenter that own a virtual IP, in the order in which they get it.

    First those of config entries, then those of the mesh as they are registered, last those that
    only intentions name. A service may occur again.
    """
    for entry in entries.all():
        if isinstance(entry, _NAMING_KINDS):
            yield ServiceKey(entry.partition, entry.namespace, entry.name)
        elif isinstance(entry, TerminatingGateway):
            for linked in entry.services:
                if linked.name != WILDCARD:
                    yield ServiceKey(entry.partition, linked.namespace or entry.namespace, linked.name)
    for instance in sorted(instances, key=lambda instance: instance.order):
        if instance.destination:
            yield ServiceKey(instance.partition, instance.namespace, instance.destination)
    for intentions in entries.of_kind(ServiceIntentions):
        if WILDCARD not in (intentions.name, intentions.namespace):
            yield ServiceKey(intentions.partition, intentions.namespace, intentions.name)


def transparency(entries: EntrySet, instances: Iterable[Instance]) -> bool:
    """Whether something says that proxies are transparent, so that virtual IPs matter."""
    modes = [entry.mode for entry in entries.of_kind(ProxyDefaults)]
    modes += [entry.mode for entry in entries.of_kind(ServiceDefaults)]
    modes += [instance.service.proxy.mode for instance in instances]
    return TRANSPARENT in modes


def assumed_ips(names: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """The next free addresses for names that have none."""
    taken = set(given.values())
    free = (
        text for number in range(_FIRST, _LAST) if (text := str(ipaddress.IPv4Address(number))) not in taken
    )
    known = {name.lower() for name in given}
    found: dict[str, str] = {}
    for name in names:
        if name.lower() not in known:
            known.add(name.lower())
            address = next(free, None)
            if address is not None:
                found[name] = address
    return found
