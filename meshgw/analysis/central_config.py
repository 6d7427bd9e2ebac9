"""Central configuration that stops registrations of proxies (service-registration.md 5.1, 5.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from meshgw.analysis.tree_report import findings
from meshgw.diagnostics.model import Diagnostic, Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.loading.model import Loaded
from meshgw.mesh.model import Instance, Mesh
from meshgw.resolve.proxy import Sources, central_mode, sources_of
from meshgw.resolve.upstreams import upstream_defaults, wildcard_settings
from meshgw.schema.spelling import spelling_at
from meshgw.services.opaque_config import UPSTREAM, Keys, unreadable_settings

_READ_AS_UPSTREAM: Final[Keys] = {**UPSTREAM, "name": "string", "peer": "string"}


def general_defaults(loaded: Loaded) -> Iterator[ProxyDefaults]:
    """The proxy-defaults that Consul stores."""
    for item in loaded.entries:
        if isinstance(item.entry, ProxyDefaults) and not item.refused:
            yield item.entry


@rule("proxy-defaults-config-unreadable", on=ProxyDefaults)  # RG-48
def proxy_defaults_config_unreadable(entry: ProxyDefaults, report: Report) -> None:
    """A value in the `Config` of proxy-defaults that stops all registrations of proxies.

    Consul stores the entry. But it reads `Config` as settings of upstreams too, and where it cannot, no
    proxy and no gateway of the partition can be registered by the API any more; those in files run
    without central configuration.

    Found in a tree:

        == proxy-defaults.hcl ==
        Kind = "proxy-defaults"
        Name = "global"
        Config { connect_timeout_ms = "5s" }
    """
    if not isinstance(entry.config, Mapping):
        return
    for path, key, wanted in unreadable_settings(entry.config, ("Config",), _READ_AS_UPSTREAM):
        report(
            f"`{key}` wants {wanted}; with this value no proxy of the partition gets central configuration",
            location=entry.locate(path),
            note='the API answers "failed to parse upstream config map for proxy-defaults" to every '
            "registration of a proxy or gateway",
            help="correct it, or take it away: proxy-defaults give upstreams no such setting anyway",
        )


@dataclass(frozen=True, slots=True)
class MergedGateway:
    """A gateway that its agent completes by config entries."""

    instance: Instance
    sources: Sources


def merged_gateways(mesh: Mesh) -> Iterator[MergedGateway]:
    """The gateways that agents register; what only the catalog knows is never merged before."""
    for instance in mesh.instances:
        if instance.service.is_gateway and not instance.from_catalog and instance.central_config:
            entries = mesh.datacenters[instance.datacenter].entries
            yield MergedGateway(instance, sources_of(instance, entries))


@rule("gateway-given-upstreams", on="service")  # RG-49
def gateway_given_upstreams(gateway: MergedGateway, report: Report) -> None:
    """A gateway that central configuration makes transparent and gives upstreams.

    Mode `transparent` together with a setting for all upstreams, such as a mesh gateway mode, adds an
    upstream `*` to the gateway; the catalog refuses gateways with upstreams. Its agent only logs it,
    and nobody finds the gateway.

    Found in a tree:

        == proxy-defaults.hcl ==
        Kind = "proxy-defaults"
        Name = "global"
        Mode = "transparent"
        MeshGateway { Mode = "local" }

        == gateway.hcl ==
        service {
          name = "mesh-gateway"
          kind = "mesh-gateway"
          port = 8443
        }
    """
    sources, service = gateway.sources, gateway.instance.service
    general, own = sources.proxy_defaults, sources.service_defaults
    layers = [(place, place.mode) for place in (own, general) if place is not None]
    mode = service.proxy.mode or next((mode for _, mode in layers if mode), "")
    settings = wildcard_settings(general, own, service.proxy.mesh_gateway.mode, central_mode(sources))
    if mode != "transparent" or not (settings or upstream_defaults(own) is not None):
        return
    says = next((place for place, mode in layers if mode), None) if not service.proxy.mode else None
    place = says.locate(("Mode",)) if says is not None else service.locate(("Proxy", "Mode"))
    spelling = spelling_at(service.locate())
    report(
        f"the catalog refuses the gateway `{service.id}`: it is transparent, and gets an upstream `*`",
        location=service.locate(("Name",)),
        related=[Related(place, "this makes it transparent")] if place is not None else [],
        note=f'the agent logs "The Proxy.Upstreams configuration is invalid for a {service.kind}" for ever',
        help=f"write `{spelling.setting('mode', 'direct')}` in the gateway's `{spelling.key('proxy')}`",
    )


def central_findings(loaded: Loaded, mesh: Mesh) -> Iterator[Diagnostic]:
    """What central configuration breaks."""
    yield from findings([proxy_defaults_config_unreadable], general_defaults(loaded), loaded.profile)
    yield from findings([gateway_given_upstreams], merged_gateways(mesh), loaded.profile)
