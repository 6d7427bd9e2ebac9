"""Calls to services of peers that cannot work (intentions-and-exports.md 7.4)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from meshgw.analysis import snippets
from meshgw.analysis.call_places import (
    at_fault,
    lead_place,
    led_upstreams,
    upstream_location,
    upstream_places,
)
from meshgw.analysis.calls import caller_key, change_of_source
from meshgw.analysis.causes import ENDING_AT_PEER, faults_of_exported
from meshgw.chain.model import ChainError
from meshgw.diagnostics.model import Related, Severity
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.exported_services import ExportedServices
from meshgw.entries.service_intentions import ServiceIntentions
from meshgw.schema.spelling import Spelling, spelling_at
from meshgw.schema.suggest import nearest
from meshgw.snapshot.calls import Call
from meshgw.snapshot.compiling import plain_chain
from meshgw.snapshot.peers import imported_services


def peering_known(call: Call) -> bool:
    """Whether the project file tells of peerings at all; without any, none can be missed."""
    return bool(call.mesh.peerings or call.mesh.peering_faults)


@rule("peering-missing", on="upstream")  # PE-01
def peering_missing(call: Call, report: Report) -> None:
    """An upstream at a peer that its partition has no peering with.

    A peering belongs to one partition, and each side has its own name for the other.

    Found in a tree (peering):

        == west/web.hcl ==
        service {
          name = "web"
          port = 8080
          connect { sidecar_service { port = 20000 proxy { upstreams {
            destination_name = "api"
            destination_peer = "cloud-north"
            local_bind_port = 10000
          } } } }
        }
    """
    broken = call.path.broken
    if broken is None or broken.code != "no-peering" or not peering_known(call):
        return
    known = [end.name for end in call.mesh.peerings_of(call.caller_key)]
    names = ", ".join(f"`{name}`" for name in known)
    assert call.peered is not None
    knows = f"it knows {names}" if names else "it has no peering at all"
    close = nearest(call.peered.peer, known)
    report(
        f"{call.caller_key} has no peering called `{call.peered.peer}`; {knows}",
        location=at_fault(call, "Peer"),
        related=led_upstreams([call]),
        help=f"{f'name `{close}`' if close else 'name one of them'}, or add the peering to `peerings` of the "
        f"project file:\n- {{ {_end(call)}: {call.peered.peer}, DATACENTER: NAME }}",
    )


def _end(call: Call) -> str:
    datacenter, partition = call.caller_key
    return datacenter if partition == "default" else f"{datacenter}/{partition}"


@dataclass(frozen=True, slots=True)
class NotExported:
    """Calls of one cluster to a service that a peer does not export to it; `call` is the first."""

    call: Call
    others: tuple[Call, ...]


def not_exported(calls: Iterable[Call]) -> Iterator[NotExported]:
    """Each missing export to a peer once, with everything that wants it."""
    found: dict[Hashable, list[Call]] = {}
    for call in calls:
        if call.end is not None:
            found.setdefault((call.end.remote, call.end.remote_name, call.service), []).append(call)
    for first, *others in found.values():
        yield NotExported(first, tuple(others))


@rule("not-exported-to-peer", on="upstream")  # PE-03
def not_exported_to_peer(missing: NotExported, report: Report) -> None:
    """An upstream at a peer that does not export the service to this cluster.

    The exporter names its consumers as it calls them itself, which need not be the name that they use
    for themselves or for it.

    Found in a tree (peering):

        == east/exported-services.hcl ==
        Kind = "exported-services"
        Name = "default"
        Services = [{ Name = "pages", Consumers = [{ Peer = "cloud-west" }] }]
    """
    call = missing.call
    broken, end = call.path.broken, call.end
    assert broken is not None
    assert end is not None
    item = snippets.exported_to_peer(call.service, end.remote_name)
    entry = call.home.entries.exported_services(call.service.partition) if call.home is not None else None
    place = entry.locate(("Services",), "key") if entry is not None else None
    if place is not None:
        help_ = snippets.to_add(place, "Services", item)
    elif call.home is not None:
        spelling = snippets.spelling_of_entries(call.home.entries, call.service.partition)
        text = snippets.entry_exporting(call.service.partition, item, spelling)
        help_ = f"add to the config entries of {end.remote}:\n{text}"
    else:
        text = Spelling().item(item)
        help_ = f"export it there, and add it to `exports` of the peering in the project file:\n{text}"
    led = led_upstreams([call])
    report(
        broken.message if led else f"{call.words}: {broken.message}",
        location=at_fault(call),
        related=[
            *([Related(place, f"what {end.remote} exports")] if place is not None else ()),
            *led,
            *upstream_places(missing.others, "too"),
        ],
        help=help_,
    )


def lacks_export(call: Call) -> bool:
    """Whether the peer of a call does not export the service, and the upstream means no other namespace."""
    broken = call.path.broken
    return broken is not None and broken.code == "not-exported-to-peer" and not other_namespace(call)


@rule("exporter-without-gateway", on=ExportedServices)  # PE-05, TP-18
def exporter_without_gateway(call: Call, report: Report) -> None:
    """A partition that exports to a peer, and has no mesh gateway.

    Peers see the gateways of the exporter's partition in place of instances. Without one they know of
    no address, and of no identity either.

    Found in a tree (peering):

        == east/mesh-gateway.hcl ==

        == west/web.hcl ==
        service {
          name = "web"
          port = 8080
          connect { sidecar_service { port = 20000 proxy { upstreams {
            destination_name = "api"
            destination_peer = "cloud-east"
            local_bind_port = 10000
          } } } }
        }
    """
    broken, end = call.path.broken, call.end
    if broken is None or broken.code != "no-peer-gateway" or end is None:
        return
    entry = call.home.entries.exported_services(end.remote.partition) if call.home is not None else None
    place = entry.locate(("Services",), "key") if entry is not None else None
    report(
        f"{end.remote} exports to peers and has no mesh gateway",
        location=place or upstream_location(call),
        related=upstream_places([call], "has no address"),
        help=f"register one in {end.remote}:\n{snippets.gateway_registration(call.mesh, end.remote)}",
    )


@rule("export-leads-nowhere", on="upstream")  # PE-10
def export_leads_nowhere(call: Call, report: Report) -> None:
    """An upstream at a peer that exports the name, but whose gateways cannot reach anything behind it.

    A mesh gateway passes on what has sidecars, native instances or a terminating gateway under the
    exported name itself. A name that only a service-router, -splitter or -resolver gives is exported
    and unreachable.

    Found in a tree (peering):

        == east/api.hcl ==
    """
    broken, end = call.path.broken, call.end
    assert broken is not None
    assert end is not None
    place = call.export.location if call.export is not None else None
    led = led_upstreams([call])
    report(
        broken.message if led else f"{call.words}: {broken.message}",
        location=at_fault(call),
        related=[*([Related(place, "exported here")] if place is not None else ()), *led],
        help=f"register `{call.service.name}` with a sidecar in {end.remote}, or export another name",
    )


def leads_nowhere(call: Call) -> bool:
    """Whether a call ends behind the peer's gateway, other than by an entry that Consul refuses."""
    broken, home = call.path.broken, call.home
    if broken is None or broken.code not in ENDING_AT_PEER or call.end is None:
        return False
    return home is None or not (
        isinstance(plain_chain(call.mesh, home, call.service), ChainError)
        or faults_of_exported(call.mesh, home, call.service)
    )


@rule("intention-denies-peer", on="upstream")  # PE-07
def intention_denies_peer(call: Call, report: Report) -> None:
    """An upstream at a peer whose intentions do not let the caller in.

    The exporter decides, by intentions with the source's name and namespace and `Peer` as the exporter
    calls this cluster. Intentions of the caller's own cluster do not count.

    Found in a tree (peering):

        == east/api-intentions.hcl ==
        Kind = "service-intentions"
        Name = "api"
        Sources = [{ Name = "web", Action = "allow" }]
    """
    end, home = call.end, call.home
    if call.decision.verdict != "deny" or call.path.broken is not None or end is None or home is None:
        return
    source = snippets.peer_source(caller_key(call), end.remote_name)
    entry = home.entries.find("service-intentions", call.service)
    intention = call.decision.intention
    place = intention.location if intention is not None else None
    changed = change_of_source(intention, caller_key(call), call.service) if intention is not None else ""
    if changed:
        help_ = changed
    elif isinstance(entry, ServiceIntentions):
        help_ = snippets.to_add(entry.locate(("Sources",), "key"), "Sources", source)
    else:
        spelling = snippets.spelling_of_entries(home.entries, call.service.partition)
        text = snippets.entry_of_intentions(call.service, source, spelling)
        help_ = f"add to the config entries of {end.remote}:\n{text}"
    why = f"no intention there names it, and the default is deny ({call.decision.default_from})"
    report(
        f"{call.words} is denied by {end.remote}: {why if intention is None else 'an intention there'}",
        location=upstream_location(call),
        related=[
            *([Related(place, "this source denies it")] if place is not None else ()),
            *lead_place(call),
        ],
        help=help_,
    )


@rule("mode-none-to-peer", on="upstream", severity="info")  # PE-09
def mode_none_to_peer(call: Call, report: Report) -> None:
    """A mesh gateway mode `none` for an upstream at a peer.

    Peers are always reached through the exporter's mesh gateways: `none` acts as `remote`.

    Found in a tree (peering):

        == west/web.hcl ==
        service {
          name = "web"
          port = 8080
          connect { sidecar_service { port = 20000 proxy { upstreams {
            destination_name = "api"
            destination_peer = "cloud-east"
            local_bind_port = 10000
            mesh_gateway { mode = "none" }
          } } } }
        }
    """
    winner = call.mode.winner
    if call.mode.value == "none" and winner is not None and call.primary:
        report(
            "peers are reached through the exporter's mesh gateways although the mode is `none`",
            location=winner.location or upstream_location(call),
            related=upstream_places([call], "goes that way"),
            help=f"write `{spelling_at(winner.location).inline('remote')}`, or leave it out",
        )


@rule("peer-namespace-missing", on="upstream", severity="warning", edition="enterprise")  # PE-12
def peer_namespace_missing(call: Call, report: Report) -> None:
    """An upstream at a peer without a namespace, where the peer exports the service in another one.

    An upstream that names no `destination_namespace` means the caller's own namespace, at a peer too.

    Found in a tree:

        == meshgw.yaml ==
        edition: enterprise
        datacenter: dc1
        trust_domain: 5f1e7d3a-8c42-4b69-9a07-2d6c0b8e4f15.consul
        acl: { enabled: true, default_policy: deny }
        tenancy:
          - { path: "{partition}/**" }
        peerings:
          - name: east
            remote_name: west
            remote_datacenter: dc9
            trust_domain: 3d0f5a4e-11c2-4b7a-9f68-5c9e0a7b2d14.consul
            exports:
              - { name: cache, namespace: ops, gateways: [{ address: 198.51.100.9, port: 8443 }] }

        == default/web.hcl ==
        service {
          name = "web"
          namespace = "dev"
          port = 8080
          connect { sidecar_service { port = 20000 proxy { upstreams {
            destination_name = "cache"
            destination_peer = "east"
            local_bind_port = 10000
          } } } }
        }
    """
    namespace = other_namespace(call)
    if namespace:
        report(
            f"`{call.service.name}` is looked for in namespace `{call.service.namespace}` of the peer, which "
            f"exports it in namespace `{namespace}` only",
            location=upstream_location(call),
            help=f"add `{_spelling(call).setting('destination_namespace', namespace)}` to the upstream",
        )


def _spelling(call: Call) -> Spelling:
    return spelling_at(upstream_location(call))


def other_namespace(call: Call) -> str:
    """The namespace in which a peer exports what an upstream without one looks for; empty otherwise."""
    broken, settings, end = call.path.broken, call.upstream.settings, call.end
    if broken is None or broken.code != "not-exported-to-peer" or settings is None or end is None:
        return ""
    if settings.index is None or call.caller.service.wrote(
        ("Proxy", "Upstreams", settings.index, "DestinationNamespace")
    ):
        return ""
    offered = imported_services(call.mesh, end)
    return next((found.namespace for found in offered if found.name == call.service.name), "")


@rule("local-protocol-for-peer", on="upstream", severity="warning")  # PE-15
def local_protocol_for_peer(call: Call, report: Report) -> None:
    """A local service-defaults that says another protocol for a service that is called at a peer.

    An upstream that names a peer speaks the protocol that the exporter says.

    Found in a tree (peering):

        == west/api-defaults.hcl ==
        Kind = "service-defaults"
        Name = "api"
        Protocol = "http"
    """
    service = call.peered
    if service is None or not service.known or call.upstream.key != call.target.target.key:
        return
    entry = call.snapshot.datacenter.entries.service_defaults(call.target.target.key)
    if entry is None or not entry.protocol or entry.protocol.lower() == service.protocol:
        return
    report(
        f"`{service.name}` at peer `{service.peer}` is spoken to by `{service.protocol}`, not the "
        f"`{entry.protocol}` of its local service-defaults",
        location=entry.locate(("Protocol",)),
        related=upstream_places([call], "is an upstream"),
        help="set the protocol in the exporter's service-defaults",
        severity=Severity.WARNING,
    )


CHECKS = (
    peering_missing,
    intention_denies_peer,
    mode_none_to_peer,
    peer_namespace_missing,
    local_protocol_for_peer,
)
