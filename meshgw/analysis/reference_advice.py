"""What is surprising about names and references in the entries that shape chains (1, 8).

Examples with several entries have a line `---` between them; they are written in this order.
"""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.analysis.fault import Fault, tell
from meshgw.analysis.proposal import Chains, key_of
from meshgw.chain.model import CompileRequest, Place
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.service_resolver import Failover, ServiceResolver
from meshgw.entries.service_router import ServiceRouter
from meshgw.entries.service_splitter import ServiceSplitter
from meshgw.mesh.keys import ServiceKey
from meshgw.source.document import Path


@rule("dot-in-name", on="discovery chain", severity="warning")  # DC-W01
def dot_in_name(fault: Fault, report: Report) -> None:
    """A dot in the name of a service, namespace or datacenter.

    Consul joins these names with dots to name targets, clusters and SNIs, and takes them apart at the
    dots again.

    Found:

        Kind = "service-resolver"
        Name = "web.v1"

    Accepted:

        Kind = "service-resolver"
        Name = "web-v1"
    """
    tell(fault, report)


@rule("name-spelled-differently", on="discovery chain", severity="warning")
def name_spelled_differently(fault: Fault, report: Report) -> None:
    """A reference to a service whose entries spell its name in another case.

    Consul stores entries of names that differ only by case as one, but compares names exactly when it
    decides which chains a write affects, and in every name it gives to Envoy.

    Found:

        Kind    = "service-resolver"
        Name    = "api"
        Subsets = { v1 = {} }
        ---
        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "API" }

    Accepted:

        Kind    = "service-resolver"
        Name    = "api"
        Subsets = { v1 = {} }
        ---
        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api" }
    """
    tell(fault, report)


@rule("external-sni-unused", on=ServiceDefaults, severity="info")
def external_sni_unused(fault: Fault, report: Report) -> None:
    """An external SNI of a service that is redirected to another one.

    The redirect is followed first, so the external SNI is never looked at.

    Found:

        Kind        = "service-defaults"
        Name        = "web"
        ExternalSNI = "web.example.com"
        ---
        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api" }

    Accepted:

        Kind        = "service-defaults"
        Name        = "web"
        ExternalSNI = "web.example.com"
    """
    tell(fault, report)


@rule("subset-bypasses-splitter", on="discovery chain", severity="info")
def subset_bypasses_splitter(fault: Fault, report: Report) -> None:
    """A route or split that names a subset of a service with a splitter.

    A subset is what a splitter chooses, so naming one leads past the splitter.

    Found:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind    = "service-resolver"
        Name    = "api"
        Subsets = { v1 = {} }
        ---
        Kind   = "service-splitter"
        Name   = "api"
        Splits = [{ Weight = 50 }, { Weight = 50, ServiceSubset = "v1" }]
        ---
        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 100, Service = "api", ServiceSubset = "v1" }]

    Accepted:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind    = "service-resolver"
        Name    = "api"
        Subsets = { v1 = {} }
        ---
        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 100, Service = "api", ServiceSubset = "v1" }]
    """
    tell(fault, report)


_Reference = tuple[Path, ServiceKey, str]
"""Where a service is named, which, and the subset that is named with it."""


def reference_findings(entry: Entry, chains: Chains) -> Iterator[Fault]:
    """What is surprising about the names in an entry of a chain."""
    yield from _dots(entry)
    request = chains.request(key_of(entry))
    for at, key, subset in _references(entry, request):
        yield from _other_spelling(entry, at, key, chains)
        splitter = chains.entries.splitter(key) if subset and key != key_of(entry) else None
        if splitter is not None and isinstance(entry, ServiceRouter | ServiceSplitter):
            yield Fault(
                check=subset_bypasses_splitter,
                message=f"naming the subset `{subset}` leads past the splitter of `{key.name}`",
                place=Place(entry, (*at, "ServiceSubset")),
                related=((Place(splitter, ("Name",)), "the splitter"),),
                help="leave the subset out if the splitter is meant to choose",
            )
    if isinstance(entry, ServiceDefaults) and entry.external_sni:
        yield from _unused_sni(entry, chains)


def _unused_sni(entry: ServiceDefaults, chains: Chains) -> Iterator[Fault]:
    resolver = chains.entries.resolver(key_of(entry))
    to = None if resolver is None else resolver.redirect
    if resolver is not None and to is not None and to.service not in ("", entry.name):
        yield Fault(
            check=external_sni_unused,
            message=f"the external SNI is not used, as `{entry.name}` is redirected to `{to.service}`",
            place=Place(entry, ("ExternalSNI",)),
            related=((Place(resolver, ("Redirect",)), "the redirect"),),
            help=f"set it in the service-defaults of `{to.service}`, or take it away",
        )


def _other_spelling(entry: Entry, at: Path, key: ServiceKey, chains: Chains) -> Iterator[Fault]:
    for kind in ("service-resolver", "service-splitter", "service-router", "service-defaults"):
        found = chains.entries.find(kind, key)
        if found is not None and found.name != key.name:
            yield Fault(
                check=name_spelled_differently,
                message=f"the service is spelled `{key.name}` here and `{found.name}` in its {kind}",
                place=Place(entry, (*at, "Service")),
                related=((Place(found, ("Name",)), f"the {kind}"),),
                help="spell the name the same everywhere, in lower case",
            )
            return


def _references(entry: Entry, request: CompileRequest) -> Iterator[_Reference]:
    match entry:
        case ServiceRouter():
            for index, route in enumerate(entry.routes):
                to = route.destination
                if to is not None and (to.service or to.service_subset):
                    key = request.within(entry, to.service, to.namespace, to.partition)
                    yield ("Routes", index, "Destination"), key, to.service_subset
        case ServiceSplitter():
            for index, split in enumerate(entry.splits):
                if split.service or split.service_subset:
                    key = request.within(entry, split.service, split.namespace, split.partition)
                    yield ("Splits", index), key, split.service_subset
        case ServiceResolver():
            redirect = entry.redirect
            if redirect is not None and redirect.service and not redirect.peer:
                key = request.within(entry, redirect.service, redirect.namespace, redirect.partition)
                yield ("Redirect",), key, redirect.service_subset
            for name, failover in sorted(entry.failover.items()):
                yield from _failover_references(entry, name, failover, request)


def _failover_references(
    entry: ServiceResolver, name: str, failover: Failover, request: CompileRequest
) -> Iterator[_Reference]:
    if failover.service:
        key = request.within(entry, failover.service, failover.namespace, "")
        yield ("Failover", name), key, failover.service_subset
    for index, target in enumerate(failover.targets):
        if target.service and not target.peer:
            key = request.within(entry, target.service, target.namespace, target.partition)
            yield ("Failover", name, "Targets", index), key, target.service_subset


def _dots(entry: Entry) -> Iterator[Fault]:
    for at, value in _names(entry):
        if "." in value:
            yield Fault(
                check=dot_in_name,
                message=f"`{value}` has a dot in it, and names are joined with dots",
                place=Place(entry, at),
                help="use `-`",
            )


def _names(entry: Entry) -> Iterator[tuple[Path, str]]:
    yield ("Name",), entry.name
    yield ("Namespace",), entry.namespace
    match entry:
        case ServiceRouter():
            for index, route in enumerate(entry.routes):
                if route.destination is not None:
                    yield ("Routes", index, "Destination", "Service"), route.destination.service
        case ServiceSplitter():
            for index, split in enumerate(entry.splits):
                yield ("Splits", index, "Service"), split.service
        case ServiceResolver():
            if entry.redirect is not None:
                yield ("Redirect", "Service"), entry.redirect.service
                yield ("Redirect", "Datacenter"), entry.redirect.datacenter
            for name, failover in sorted(entry.failover.items()):
                yield ("Failover", name, "Service"), failover.service
                for index, datacenter in enumerate(failover.datacenters):
                    yield ("Failover", name, "Datacenters", index), datacenter
                for index, target in enumerate(failover.targets):
                    base: Path = ("Failover", name, "Targets", index)
                    yield (*base, "Service"), target.service
                    yield (*base, "Datacenter"), target.datacenter
