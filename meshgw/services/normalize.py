"""What Consul makes of a definition before it looks at it (service-registration.md 3.1, 3.2, 1.6)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import TypeAlias

from meshgw.profile import Profile
from meshgw.schema.fields import Layer, replace
from meshgw.secret import NO_SECRET
from meshgw.services.model import (
    SERVICE_KINDS,
    Check,
    Connect,
    Proxy,
    Service,
    ServiceAddress,
    Upstream,
    Weights,
)
from meshgw.source.document import Path


def normalize(service: Service, layer: Layer, profile: Profile, *, partition: str = "") -> Service:
    """The service as its first place sees it; `partition` is the agent's.

    Kinds that files do not know become typical, the id defaults to the name, the single check joins
    the list, tenancy is settled and handed to the upstreams.
    """
    kind = service.kind
    if layer == "agent" and kind not in SERVICE_KINDS:
        kind = ""
    weights = service.weights
    if layer == "catalog" and not (0 < weights.passing <= 65535 and 0 <= weights.warning <= 65535):
        weights = Weights()
    namespace, own_partition = _tenancy(service, profile, partition)
    checks, moved = _joined_checks(service, layer)
    return replace(
        service,
        id=service.id or service.name,
        kind=kind,
        namespace=namespace,
        partition=own_partition,
        weights=weights,
        check=None,
        checks=checks,
        moved=(*service.moved, *moved),
        proxy=_with_upstreams(
            service.proxy, lambda upstream: _settle_upstream(upstream, namespace, own_partition, profile)
        ),
    )


def _tenancy(service: Service, profile: Profile, partition: str) -> tuple[str, str]:
    """Namespace and partition of a service."""
    if not profile.enterprise:
        return "default", "default"
    return service.namespace.lower() or "default", service.partition.lower() or partition.lower() or "default"


def _settle_upstream(upstream: Upstream, namespace: str, partition: str, profile: Profile) -> Upstream:
    if not profile.enterprise:
        return upstream if upstream.destination_type else replace(upstream, destination_type="service")
    return replace(
        upstream,
        destination_type=upstream.destination_type or "service",
        destination_namespace=upstream.destination_namespace or namespace,
        destination_partition=upstream.destination_partition or partition,
    )


def _with_upstreams(proxy: Proxy, change: Callable[[Upstream], Upstream]) -> Proxy:
    if not proxy.upstreams:
        return proxy
    return replace(proxy, upstreams=tuple(change(upstream) for upstream in proxy.upstreams))


_Moved: TypeAlias = tuple[tuple[Path, Path], ...]


def _joined_checks(service: Service, layer: Layer) -> tuple[tuple[Check, ...], _Moved]:
    """Files: `checks`, then `check`; bodies: `Check` if it says anything, then `Checks`."""
    single, several = service.check, service.checks
    if single is None or (layer != "agent" and single == Check()):
        return several, ()
    alone = (*service.within, "Check")
    if layer == "agent":
        return (*several, single), ((("Checks", len(several)), alone),)
    shifted = ((("Checks", at + 1), (*service.within, "Checks", at)) for at in range(len(several)))
    return (single, *several), ((("Checks", 0), alone), *shifted)


def without_lost_fields(service: Service) -> Service:
    """What is left of a definition on its way through `consul services register` (1.6)."""
    nested = service.connect.sidecar_service
    connect = service.connect
    if nested is not None:
        connect = replace(connect, sidecar_service=without_lost_fields(nested))
    return replace(
        service,
        token=NO_SECRET,
        connect=connect,
        check=None if service.check is None else _lossy_check(service.check),
        checks=tuple(_lossy_check(check) for check in service.checks),
    )


def _lossy_check(check: Check) -> Check:
    return replace(
        check,
        args=(),
        os_service="",
        disable_redirects=False,
        output_max_size=None,
        h2ping_use_tls=check.h2ping_use_tls or None,
        token=NO_SECRET,
        service_id="",
        namespace="",
        partition="",
    )


def with_written_weights(service: Service, *, passing: bool, warning: bool) -> Service:
    """Bodies: what a given `Weights` leaves out is 0."""
    weights = service.weights
    return replace(
        service,
        weights=Weights(passing=weights.passing if passing else 0, warning=weights.warning if warning else 0),
    )


def stored(service: Service, profile: Profile) -> Service:
    """The service as the agent keeps it: with addresses and check names that it fills in.

    Upstream tenancy, which Community ignores, is settled for good.
    """
    waits_for_port = service.parent is not None and service.port < 1  # until sidecar.with_port
    return replace(
        service,
        tagged_addresses=service.tagged_addresses if waits_for_port else default_tagged_addresses(service),
        checks=tuple(_named(check, index, service) for index, check in enumerate(service.checks)),
        connect=_without_sidecar(service.connect),
        proxy=service.proxy if profile.enterprise else _with_upstreams(service.proxy, _in_default),
    )


def _without_sidecar(connect: Connect) -> Connect:
    return connect if connect.sidecar_service is None else replace(connect, sidecar_service=None)


def _in_default(upstream: Upstream) -> Upstream:
    return replace(upstream, destination_namespace="default", destination_partition="default")


def default_tagged_addresses(service: Service) -> dict[str, ServiceAddress]:
    """`lan` and `wan` of the address's own IP version, where they are missing."""
    if not service.address:
        return service.tagged_addresses
    try:
        version = ipaddress.ip_address(service.address).version
    except ValueError:
        return service.tagged_addresses
    own = ServiceAddress(address=service.address, port=service.port)
    return {f"lan_ipv{version}": own, f"wan_ipv{version}": own} | service.tagged_addresses


def _named(check: Check, index: int, service: Service) -> Check:
    if check.id and check.name and check.failures_before_warning is not None and check.output_max_size:
        return check
    number = f":{index + 1}" if len(service.checks) > 1 else ""
    return replace(
        check,
        id=check.id or f"service:{service.id}{number}",
        name=check.name or f"Service '{service.name}' check",
        failures_before_warning=(
            check.failures_before_critical
            if check.failures_before_warning is None
            else check.failures_before_warning
        ),
        output_max_size=check.output_max_size or 4096,
    )
