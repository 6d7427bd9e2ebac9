"""All that is to say about the discovery chains of a set of entries that Consul accepts."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.analysis.chain_advice import chain_findings, protocol_resets
from meshgw.analysis.fault import Fault, diagnose
from meshgw.analysis.proposal import Chains
from meshgw.analysis.reference_advice import reference_findings
from meshgw.diagnostics.model import Diagnostic
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.entries.service_router import ServiceRouter
from meshgw.entries.service_splitter import ServiceSplitter
from meshgw.profile import Profile


def advise(chains: Chains, profile: Profile) -> list[Diagnostic]:
    """What surprises about chains and the entries they are made of.

    The chains are those of one datacenter, which `chains` names: what is failover in one may be
    nothing in another.
    """
    return diagnose(_findings(chains), profile)


def _findings(chains: Chains) -> Iterator[Fault]:
    for key in chains.known():
        yield from chain_findings(chains.of(key))
    yield from protocol_resets(chains)
    for kind in (ServiceRouter, ServiceSplitter, ServiceResolver, ServiceDefaults):
        for entry in chains.entries.of_kind(kind):
            yield from reference_findings(entry, chains)
