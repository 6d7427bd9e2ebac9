"""Upstreams whose service has no instance that could answer (intentions-and-exports.md 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from meshgw.analysis import snippets
from meshgw.analysis.call_places import at_fault, led_upstreams
from meshgw.analysis.upstream_places import elsewhere
from meshgw.diagnostics.model import Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.mesh.model import Instance, Mesh
from meshgw.schema.spelling import spelling_at
from meshgw.services.model import TERMINATING_GATEWAY
from meshgw.snapshot.calls import Call
from meshgw.snapshot.linked_services import Link, linked_gateways, links_to

SIDECAR: snippets.Item = {"sidecar_service": {}}


@rule("upstream-without-instances", on="upstream", severity="warning")
def upstream_without_instances(call: Call, report: Report) -> None:
    """An upstream whose service has no instance in the tree.

    The listener opens and every connection to it is refused. It may be registered somewhere that
    the tree does not show. A service that a terminating gateway lists needs the gateway, and instances
    of its own without sidecars.

    Found in a tree:

        == api/api.hcl ==
    """
    broken, settings = call.path.broken, call.upstream.settings
    if broken is None or broken.code != "no-instances" or not call.primary:
        return
    led = led_upstreams([call])
    if not led and (settings is None or settings.index is None):
        return  # an inferred upstream has nowhere to be corrected
    other = elsewhere(call)
    if other is not None and (other.found is not None or other.peer):
        return
    bare = None if call.target.target.subset else _registered(call)
    message, help_ = _words(call, bare)
    places = [Related(bare.location, "the service")] if bare is not None and bare.location is not None else []
    report(
        message,
        location=at_fault(call, "ServiceSubset") if call.target.target.subset else at_fault(call),
        related=[*_listing_places(call), *places, *led],
        help=help_,
    )


def _words(call: Call, bare: Instance | None) -> tuple[str, str]:
    """What is missing, and what to do; `bare` is an instance of the service itself."""
    name, where = call.service.name, f"{call.target_key}, namespace `{call.service.namespace}`"
    if call.target.target.subset:
        subset = f"subset `{call.target.target.subset}` of `{name}`"
        return f"no instance of {subset} is registered in {where}", _how_to_fill(call)
    link = next(_links(call), None)
    if link is not None:
        gateway = link.entry
        itself = (
            "" if bare is not None or _is_destination(call) else f"; `{name}` itself is not registered either"
        )
        message = (
            f"`{name}` is behind terminating gateway `{gateway.name}`, of which no instance is registered in "
            f"{call.target_key}{itself}"
        )
        more = " and the service, the latter without a sidecar" if itself else ""
        text = snippets.terminating_gateway(call.mesh, call.target_key, gateway.name)
        return message, f"register the gateway{more}:\n{text}"
    if bare is not None:
        sidecar = spelling_at(bare.location).setting("connect", SIDECAR)
        front = "list it in a terminating-gateway entry and register that gateway"
        return f"`{name}` in {where}, has no sidecar", f"give it one: `{sidecar}`, or {front}"
    return f"no instance of `{name}` is registered in {where}", _REGISTER


_REGISTER = "register the service with a sidecar there, or check name, namespace and partition"


def _how_to_fill(call: Call) -> str:
    """What to do about an empty subset: behind a terminating gateway callers choose among its instances."""
    gateways = linked_gateways(call.mesh, call.target_key.datacenter, call.service)
    if not gateways:
        return _REGISTER
    return (
        f"callers choose among the instances of terminating gateway `{gateways[0].service.name}`: give it "
        "the meta that the subset asks for"
    )


def _registered(call: Call) -> Instance | None:
    """An instance of the service itself, which nothing represents in the mesh."""
    service = call.service
    found = call.mesh.named(call.target_key, service.namespace, service.name)
    return next((one for one in found if not one.service.kind), None)


def _is_destination(call: Call) -> bool:
    """Whether a service-defaults entry says where the service is, so that it needs no instance."""
    entry = call.home.entries.service_defaults(call.service) if call.home is not None else None
    return entry is not None and entry.destination is not None


def _links(call: Call) -> Iterator[Link]:
    return links_to(call.mesh, call.home, call.service) if call.home is not None else iter(())


def _listing_places(call: Call) -> list[Related]:
    return [
        Related(link.name_location, f"`{link.entry.name}` lists it")
        for link in _links(call)
        if link.name_location is not None
    ]


@rule("nothing-behind-gateway", on="upstream", severity="warning")
def nothing_behind_gateway(call: Call, report: Report) -> None:
    """An upstream through a terminating gateway to a service that nobody registers.

    The gateway takes the connection and has no address to pass it on to. The service is registered
    with the address that it has outside the mesh, without a sidecar; or it is a `Destination` of its
    service-defaults.

    Found in a tree (federation):

        == dc1/egress.hcl ==
        service { name = "egress" kind = "terminating-gateway" port = 8444 }

        == dc1/egress-entry.hcl ==
        Kind = "terminating-gateway"
        Name = "egress"
        Services = [{ Name = "legacy" }]

        == dc1/legacy-intentions.hcl ==
        Kind = "service-intentions"
        Name = "legacy"
        Sources = [{ Name = "web", Action = "allow" }]

        == dc1/web.hcl ==
        service {
          name = "web"
          port = 8080
          connect { sidecar_service { port = 20000 proxy { upstreams {
            destination_name = "legacy"
            local_bind_port = 10000
          } } } }
        }
    """
    gateway = call.path.hops[-1].instance.service.name
    report(
        f"terminating gateway `{gateway}` has nothing to pass on to: no instance of `{call.service.name}` is "
        f"registered in {call.target_key}, namespace `{call.service.namespace}`",
        location=at_fault(call),
        related=[*_listing_places(call), *led_upstreams([call])],
        help="register the service there with its own address and without a sidecar, or check its name",
    )


def behind_gateways(mesh: Mesh, calls: Iterable[Call]) -> list[Call]:
    """The calls that end at terminating gateways with nothing behind them; most trees have none."""
    gateways = any(one.service.kind == TERMINATING_GATEWAY for one in mesh.proxies)
    return [call for call in calls if nothing_behind(call)] if gateways else []


def nothing_behind(call: Call) -> bool:
    """Whether a call ends at terminating gateways, and the service behind them is not registered."""
    hops = call.path.hops
    if call.path.broken is not None or not hops or call.peered is not None or call.target.target.subset:
        return False
    if any(one.service.kind != TERMINATING_GATEWAY for one in hops[-1].instances):
        return False
    return _registered(call) is None and not _is_destination(call)
