"""Calls that work otherwise than they read (topology.md 10, intentions-and-exports.md 7.2)."""

from __future__ import annotations

from meshgw.analysis import snippets
from meshgw.analysis.call_places import (
    at_fault,
    led_upstreams,
    upstream_location,
    upstream_places,
)
from meshgw.analysis.peer_calls import peering_known
from meshgw.diagnostics.model import Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.mesh.build import FEDERATION_DROPS_PARTITIONS
from meshgw.resolve.upstreams import central_protocol
from meshgw.schema.spelling import spelling_at
from meshgw.snapshot.calls import Call
from meshgw.snapshot.mesh_gateway import WAN_FEDERATION_META
from meshgw.snapshot.model import ChainUpstream


@rule(FEDERATION_DROPS_PARTITIONS, on="upstream", severity="warning", edition="enterprise")  # TP-09, XP-12
def partitions_lost_to_federation(call: Call, report: Report) -> None:
    """A mode `local` towards another partition, through a mesh gateway that serves WAN federation.

    A gateway with the meta flag `consul-wan-federation` takes the gateways of each datacenter from
    federation states, which hold the default partition only: its routes to other partitions disappear.
    Turned off in the project file, this rule also makes meshgw keep these routes.

    Found in a tree:

        == default/mesh-gateway.hcl ==
        service {
          name = "mesh-gateway"
          kind = "mesh-gateway"
          address = "10.1.0.1"
          port = 8443
          meta { "consul-wan-federation" = "1" }
          tagged_addresses { wan = { address = "198.51.100.1", port = 8443 } }
        }
    """
    broken = call.path.broken
    if broken is None or broken.code != "partition-lost-to-federation":
        return
    gateway = call.path.hops[0].instance
    place = gateway.service.locate(("Meta", WAN_FEDERATION_META))
    report(
        f"the mesh gateway of {call.caller_key} serves WAN federation and so loses its routes to other "
        "partitions",
        location=place or upstream_location(call),
        related=upstream_places([call], f"breaks: no route to {call.target_key}"),
        help=f"set `{_mode(call, 'remote')}` for these upstreams, or register a mesh gateway without the "
        "flag for the calls between partitions",
    )


def _mode(call: Call, mode: str) -> str:
    return spelling_at(upstream_location(call)).setting("mesh_gateway", {"mode": mode})


@rule("failover-target-unusable", on="upstream", severity="warning")  # TP-05
def failover_target_unusable(call: Call, report: Report) -> None:
    """A failover target that cannot be reached when it is needed.

    Envoy passes over a target without endpoints and tries the next one; nobody notices until then.

    Found in a tree (federation):

        == dc1/cache.hcl ==
        service { name = "cache" port = 6379 connect { sidecar_service { port = 20001 } } }

        == dc1/cache-resolver.hcl ==
        Kind = "service-resolver"
        Name = "cache"
        Failover = { "*" = { Service = "spare" } }

        == dc1/cache-intentions.hcl ==
        Kind = "service-intentions"
        Name = "cache"
        Sources = [{ Name = "web", Action = "allow" }]

        == dc1/web.hcl ==
        service {
          name = "web"
          port = 8080
          connect { sidecar_service { port = 20000 proxy { upstreams {
            destination_name = "cache"
            local_bind_port = 10000
            mesh_gateway { mode = "local" }
          } } } }
        }
    """
    broken = call.path.broken
    if broken is not None and broken.code == "partition-lost-to-federation":
        return  # told at the gateway
    if call.peered is not None and call.end is None and not peering_known(call):
        return
    reason = broken.message if broken is not None else ""
    if not reason and call.export_enforced and call.export is None:
        reason = f"it is not exported to partition `{call.caller_key.partition}`"
    if not reason and call.decision.verdict == "deny":
        reason = "the intentions there deny it"
    if not reason:
        return
    report(
        f"failover to `{call.service.name}` in {call.target_key} is passed over: {reason}",
        location=at_fault(call),
        related=led_upstreams([call]),
        help=f"make `meshgw explain {call.caller.destination} {call.upstream.key.name}` say that this target "
        "works, or take it out of `Failover`",
    )


@rule("resolver-in-callers-partition", on="upstream", edition="enterprise")  # XP-10
def resolver_in_callers_partition(call: Call, report: Report) -> None:
    """A service-resolver in the caller's partition for a service of another partition.

    An upstream in another partition is resolved by the entries of that partition.

    Found in a tree:

        == default/api-resolver.hcl ==
        Kind = "service-resolver"
        Name = "api"
        Namespace = "dev"
        ConnectTimeout = "15s"
    """
    service, caller = call.service, call.caller_key
    if service.partition == caller.partition or call.upstream.key != service or call.home is None:
        return
    entries = call.snapshot.datacenter.entries
    here = entries.resolver(service._replace(partition=caller.partition))
    if here is None or call.home.entries.resolver(service) is not None:
        return
    if call.mesh.connect_endpoints(caller, service.namespace, service.name):
        return
    report(
        f"this service-resolver does not apply to upstreams `{service.name}` in partition "
        f"`{service.partition}`",
        location=here.locate(("Name",)),
        related=upstream_places([call], "is one"),
        help=_moved(here, service.partition),
    )


def _moved(resolver: ServiceResolver, partition: str) -> str:
    """The partition of a Kubernetes resource is that of its cluster."""
    spelling = spelling_at(resolver.locate(("Name",)))
    how = "" if spelling.syntax == "yaml" else f": `{spelling.setting('Partition', partition)}`"
    return f"move it to partition `{partition}`{how}"


@rule("callers-protocol-overrides", on="upstream", severity="warning", edition="enterprise")  # XP-09
def callers_protocol_overrides(call: Call, report: Report) -> None:
    """An upstream in another partition that is spoken to by the protocol of the caller's partition.

    Without service-defaults for the upstream, an explicit one takes the `protocol` of the caller's
    proxy-defaults, while its partition's proxy-defaults say another. Routers and splitters are lost, or
    the two do not understand each other.

    Found in a tree:

        == api/proxy-defaults.hcl ==
        Kind = "proxy-defaults"
        Name = "global"
        Config { protocol = "http" }

        == default/proxy-defaults.hcl ==
        Kind = "proxy-defaults"
        Name = "global"
        Config { protocol = "tcp" }
    """
    service, settings = call.service, call.upstream.settings
    if service.partition == call.caller_key.partition or call.home is None or settings is None:
        return
    entry = call.home.entries.service_defaults(service)
    own = call.snapshot.datacenter.entries.proxy_defaults(call.caller_key.partition)
    theirs = call.home.entries.proxy_defaults(service.partition)
    used, said = central_protocol(own), central_protocol(theirs) or "tcp"
    if settings.index is None or (entry is not None and entry.protocol) or not used or used == said:
        return
    if settings.config.get("protocol") != used or own is None:
        return
    report(
        f"{call.words} speaks `{used}`, the protocol of partition `{call.caller_key.partition}`; that of "
        f"partition `{service.partition}` is `{said}`",
        location=upstream_location(call),
        related=[Related(place, "the caller's") for place in [own.locate(("Config", "protocol"))] if place],
        help=f"declare it in partition `{service.partition}`:\n"
        + snippets.service_defaults(
            service, said, snippets.spelling_of_entries(call.home.entries, service.partition)
        ),
    )


@rule("external-sni-ignores-mode", on="upstream", severity="warning")  # TP-19
def external_sni_ignores_mode(call: Call, report: Report) -> None:
    """A mesh gateway mode for a service with an external SNI.

    `ExternalSNI` switches mesh gateways off: its instances are dialed directly.

    Found in a tree (federation):

        == dc1/api-defaults.hcl ==
        Kind = "service-defaults"
        Name = "api"
        ExternalSNI = "api.example.com"
    """
    mode = call.upstream.settings.mode if call.upstream.settings is not None else None
    if not call.target.target.external or mode is None or mode.value not in ("local", "remote"):
        return
    entry = call.home.entries.service_defaults(call.service) if call.home is not None else None
    place = entry.locate(("ExternalSNI",)) if entry is not None else None
    winner = mode.winner
    report(
        f"calls of `{call.service.name}` do not go through mesh gateways although their mode is "
        f"`{mode.value}`: it has an external SNI",
        location=(winner.location if winner is not None else None) or upstream_location(call),
        related=[
            *([Related(place, "the external SNI")] if place is not None else ()),
            *upstream_places([call], "is one"),
        ],
        help="leave the mode out for such upstreams, or the external SNI out of its service-defaults",
    )


@rule("peer-target-mode-differs", on="upstream", severity="warning")  # TP-14
def peer_target_mode_differs(call: Call, report: Report) -> None:
    """A redirect or failover to a peer for which two places say different mesh gateway modes.

    What is dialed follows the mode of the caller's upstream; which gateways are watched follows the
    mode of the target. When only one of them is `local` there may be no endpoints.

    Found in a tree (peering):

        == west/far-resolver.hcl ==
        Kind = "service-resolver"
        Name = "far"
        Redirect { Service = "api" Peer = "cloud-east" }

        == west/api-defaults.hcl ==
        Kind = "service-defaults"
        Name = "api"
        MeshGateway { Mode = "local" }

        == west/web.hcl ==
        service {
          name = "web"
          port = 8080
          connect { sidecar_service { port = 20000 proxy { upstreams {
            destination_name = "far"
            local_bind_port = 10000
          } } } }
        }
    """
    if call.peered is None or not isinstance(call.upstream, ChainUpstream):
        return
    caller, target = call.mode.value, call.target.target.mesh_gateway.mode
    if (caller == "local") == (target == "local"):
        return
    entry = call.target.target.mesh_gateway.service_defaults
    place = entry.locate(("MeshGateway", "Mode")) if entry is not None else None
    report(
        f"{call.words}: the upstream's mode is `{caller or 'not set'}`, that of the target "
        f"`{target or 'not set'}`",
        location=upstream_location(call),
        related=[Related(place, "the target's mode")] if place is not None else (),
        help=f"set `{_mode(call, target or caller)}` on the upstream",
    )


@rule("not-reachable-by-virtual-ip", on="upstream", severity="warning", edition="enterprise")  # XP-11
def not_reachable_by_virtual_ip(call: Call, report: Report) -> None:
    """An inferred upstream in another partition without a virtual address.

    A transparent proxy reaches a service of another partition by the tagged address `consul-virtual` of
    its instances; the chain's own virtual IPs count in the same partition only.

    Found in a tree:

        == default/web.hcl ==
        service {
          name = "web"
          namespace = "dev"
          port = 8080
          connect { sidecar_service { port = 20000 proxy {
            mode = "transparent"
            mesh_gateway { mode = "local" }
          } } }
        }
    """
    upstream = call.upstream
    if not isinstance(upstream, ChainUpstream) or upstream.explicit or not call.primary:
        return
    if upstream.key.partition == call.caller_key.partition or upstream.addresses or call.path.broken:
        return
    instances = call.path.hops[-1].instances if call.path.hops else ()
    place = instances[0].location if instances else None
    report(
        f"`{call.service.name}` has no virtual address: other partitions do not reach it by IP",
        location=place or upstream_location(call),
        related=upstream_places([call], "needs one"),
        help=f"add `{spelling_at(place).setting('tagged_addresses', _VIRTUAL)}` to its sidecar, or "
        "register the upstream with a port",
    )


_VIRTUAL = {"consul-virtual": {"address": "…", "port": "…"}}


CHECKS = (
    partitions_lost_to_federation,
    resolver_in_callers_partition,
    callers_protocol_overrides,
    external_sni_ignores_mode,
    peer_target_mode_differs,
    not_reachable_by_virtual_ip,
)
