"""From a service's name and the config entries to its discovery chain (discovery-chain.md 3)."""

from __future__ import annotations

from collections.abc import Callable

from meshgw.chain import errors
from meshgw.chain.assembly import Assembly
from meshgw.chain.collecting import Gathered, gather
from meshgw.chain.cycles import refuse_cycles
from meshgw.chain.draft import Draft, draft_of
from meshgw.chain.finishing import (
    customize,
    override_protocol,
    prune_nodes,
    refuse_routing_without_http,
    tell_default,
)
from meshgw.chain.flattening import flatten_splitters
from meshgw.chain.model import ChainError, CompileRequest, DiscoveryChain
from meshgw.chain.routing import start
from meshgw.chain.targets import Targets
from meshgw.chain.unconfigured import unconfigured_chain
from meshgw.mesh.entry_set import EntrySet

PASSES: tuple[Callable[[Draft], Draft | ChainError], ...] = (
    refuse_cycles,
    flatten_splitters,
    prune_nodes,
    refuse_routing_without_http,
    override_protocol,
    customize,
    tell_default,
)
"""What happens to an assembled chain, in this order."""


def compile_chain(request: CompileRequest, entries: EntrySet) -> DiscoveryChain | ChainError:
    """The chain of a service, or the first error that Consul would report."""

    def compiled() -> DiscoveryChain | ChainError:
        return compile_gathered(request, gather(request, entries))

    chain = unconfigured_chain(request, entries, compiled)
    return compiled() if chain is None else chain


def compile_gathered(request: CompileRequest, gathered: Gathered) -> DiscoveryChain | ChainError:
    """The chain made of the entries that were gathered for it."""
    missing = _missing_input(request)
    if missing is not None:
        return missing
    state = Assembly(request, gathered, Targets(request, gathered.peers))
    error = start(state)
    if error is not None:
        return error
    draft = draft_of(state)
    for each_pass in PASSES:
        outcome = each_pass(draft)
        if isinstance(outcome, ChainError):
            return outcome
        draft = outcome
    return _finished(draft, gathered)


def _missing_input(request: CompileRequest) -> ChainError | None:
    if (
        request.service
        and request.namespace
        and request.partition
        and request.datacenter
        and request.trust_domain
    ):
        return None
    needed = (
        (request.service, "serviceName"),  # R1
        (request.namespace, "evaluateInNamespace"),  # R2
        (request.partition, "evaluateInPartition"),  # R3
        (request.datacenter, "evaluateInDatacenter"),  # R4
        (request.trust_domain, "evaluateInTrustDomain"),  # R5
    )
    return next((errors.missing_input(what) for value, what in needed if not value), None)


def _finished(draft: Draft, gathered: Gathered) -> DiscoveryChain:
    request = draft.request
    own = gathered.service_defaults.get(request.key)
    general = gathered.proxy_defaults.get(request.partition)
    extensions = () if general is None else general.envoy_extensions
    return DiscoveryChain(
        service=request.service,
        namespace=request.namespace,
        partition=request.partition,
        datacenter=request.datacenter,
        customization_hash=draft.customization_hash,
        default=draft.default,
        protocol=draft.protocol,
        start_node=draft.start,
        nodes=draft.nodes,
        targets=draft.targets,
        service_meta={} if own is None else own.meta,
        envoy_extensions=extensions if own is None else (*extensions, *own.envoy_extensions),
        auto_virtual_ips=request.auto_virtual_ips,
        manual_virtual_ips=request.manual_virtual_ips,
        notes=draft.notes,
    )
