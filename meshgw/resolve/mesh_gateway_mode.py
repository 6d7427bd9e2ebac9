"""The caller's side of the mesh gateway mode, with every place that was asked (discovery-chain.md 2.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from meshgw.resolve.layers import SWITCHED_OFF, Layer, Resolved, strongest, written
from meshgw.resolve.upstreams import key_of, mode_of, overrides, upstream_defaults
from meshgw.services.model import Upstream

if TYPE_CHECKING:
    from meshgw.resolve.proxy import Sources


def upstream_mode(sources: Sources, upstream: Upstream, index: int | None) -> Resolved[str]:
    """The mode that the caller's side sets for an upstream; empty when no place sets one.

    `index` counts in the registration; `None` is an upstream that only central configuration knows.
    """
    if upstream.destination_type == "prepared_query":
        return strongest(_query_layers(sources, upstream, index), "")
    if _nothing_written(sources, upstream):
        return Resolved("", others=lambda: _layers(sources, upstream, index))
    return strongest(_layers(sources, upstream, index), "")


def _nothing_written(sources: Sources, upstream: Upstream) -> bool:
    """Whether no place can set a mode: so it is for most upstreams, and nobody asks for the places."""
    return not (
        sources.service_defaults is not None
        or sources.proxy_defaults is not None
        or sources.proxy.mesh_gateway.mode
        or upstream.mesh_gateway.mode
    )


def _layers(sources: Sources, upstream: Upstream, index: int | None) -> Iterator[Layer[str]]:
    """The places in order of precedence, the strongest first."""
    service, proxy = sources.instance.service, sources.proxy
    if index is not None:
        yield _registration_layer(sources, upstream, index)
    yield _override_layer(sources, upstream)
    yield written(
        f"proxy `mesh_gateway` of {service.id}",
        proxy.mesh_gateway.mode,
        service.locate(("Proxy", "MeshGateway", "Mode")),
    )
    yield from _service_layers(sources)
    yield from _proxy_defaults_layers(sources)


def _query_layers(sources: Sources, upstream: Upstream, index: int | None) -> Iterator[Layer[str]]:
    if index is not None:
        yield _registration_layer(sources, upstream, index)


def _registration_layer(sources: Sources, upstream: Upstream, index: int) -> Layer[str]:
    service = sources.instance.service
    return written(
        f"upstream `{upstream.destination_name}` in the registration of {service.id}",
        upstream.mesh_gateway.mode,
        service.locate(("Proxy", "Upstreams", index, "MeshGateway", "Mode")),
    )


def _override_layer(sources: Sources, upstream: Upstream) -> Layer[str]:
    entry = sources.service_defaults
    everything = upstream.centrally_configured and upstream.destination_name == "*"
    name = "`UpstreamConfig.Overrides`" + ("" if everything else f" for {upstream.destination_name}")
    if entry is None:
        return Layer(name, None, None, counts=False, why=_without(sources, "service-defaults of the caller"))
    name += f" in service-defaults {entry.name}"
    found = overrides(entry).get(key_of(upstream))
    if found is None:
        return Layer(name, None, None, counts=False, why="no override for this upstream")
    index, block = found
    at = ("UpstreamConfig", "Overrides", index, "MeshGateway", "Mode")
    return written(name, block.mesh_gateway.mode, entry.locate(at))


def _service_layers(sources: Sources) -> Iterator[Layer[str]]:
    entry = sources.service_defaults
    if entry is None:
        why = _without(sources, "service-defaults of the caller")
        yield Layer("`UpstreamConfig.Defaults` in service-defaults", None, None, counts=False, why=why)
        yield Layer("`MeshGateway` in service-defaults", None, None, counts=False, why=why)
        return
    defaults = upstream_defaults(entry)
    name = f"`UpstreamConfig.Defaults` in service-defaults {entry.name}"
    if defaults is None:
        yield Layer(name, None, None, counts=False, why="no upstream defaults")
    else:
        at = ("UpstreamConfig", "Defaults", "MeshGateway", "Mode")
        yield written(name, defaults.mesh_gateway.mode, entry.locate(at))
    yield written(
        f"`MeshGateway` in service-defaults {entry.name}",
        entry.mesh_gateway.mode,
        entry.locate(("MeshGateway", "Mode")),
    )


def _proxy_defaults_layers(sources: Sources) -> Iterator[Layer[str]]:
    entry = sources.proxy_defaults
    partition = sources.instance.partition
    name = f"`MeshGateway` in proxy-defaults of partition {partition}"
    if entry is None:
        why = _without(sources, "proxy-defaults in the caller's partition")
        yield Layer(name, None, None, counts=False, why=why)
        return
    yield written(name, entry.mesh_gateway.mode, entry.locate(("MeshGateway", "Mode")))
    config = entry.config or {}
    if "mesh_gateway" in config:
        # An accident of how Consul reads `Config`: it decodes as if it were an upstream's.
        yield written(
            f"`Config.mesh_gateway` in proxy-defaults of partition {partition}",
            mode_of(config),
            entry.locate(("Config", "mesh_gateway")),
        )


def _without(sources: Sources, what: str) -> str:
    return f"no {what}" if sources.instance.central_config else SWITCHED_OFF
