"""Central configuration that does not reach proxies as it reads (service-registration.md 5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from meshgw.analysis.proposal import Chains
from meshgw.analysis.tree_report import findings
from meshgw.chain.model import DiscoveryChain
from meshgw.diagnostics.model import Diagnostic, Location, Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.blocks import UpstreamConfig
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Mesh
from meshgw.profile import Profile
from meshgw.resolve.proxy import EffectiveProxy
from meshgw.resolve.upstreams import (
    MergeKey,
    central_protocol,
    contributions,
    key_of,
    overrides,
    upstream_defaults,
)
from meshgw.schema.spelling import spelling_at
from meshgw.snapshot.calls import Calls
from meshgw.snapshot.model import SidecarSnapshot


@dataclass(frozen=True, slots=True)
class FilledMode:
    """Upstream defaults without a mode, and the mode that they take over."""

    entry: ServiceDefaults
    mode: str
    location: Location | None


def filled_modes(mesh: Mesh) -> Iterator[FilledMode]:
    """The service-defaults of a mesh whose upstream defaults Consul completes in its store."""
    seen: set[int] = set()
    for datacenter in mesh.datacenters.values():
        for entry in datacenter.entries.of_kind(ServiceDefaults):
            defaults = upstream_defaults(entry)
            if defaults is None or defaults.mesh_gateway.mode or id(entry) in seen:
                continue
            seen.add(id(entry))
            general = datacenter.entries.proxy_defaults(entry.partition)
            for place in (entry, general):
                if place is not None and place.mesh_gateway.mode:
                    mode = place.mesh_gateway.mode
                    yield FilledMode(entry, mode, place.locate(("MeshGateway", "Mode")))
                    break


@rule("upstream-defaults-without-mode", on=ServiceDefaults, severity="warning")  # RG-W17
def upstream_defaults_without_mode(filled: FilledMode, report: Report) -> None:
    """Upstream defaults without a mesh gateway mode, while a weaker place has one.

    Consul writes that mode into the stored entry when it first resolves a proxy. Later changes of
    the weaker place then no longer reach the upstreams, and the entry reads back with a mode that
    nobody wrote.

    Found in a tree:

        == proxy-defaults.hcl ==
        Kind = "proxy-defaults"
        Name = "global"
        MeshGateway { Mode = "local" }

        == web.hcl ==
        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig { Defaults { ConnectTimeoutMs = 100 } }
    """
    spelling = spelling_at(filled.entry.locate())
    report(
        f"the upstream defaults of `{filled.entry.name}` have no mode and keep `{filled.mode}` for good",
        location=filled.entry.locate(("UpstreamConfig", "Defaults"), "key"),
        related=[Related(filled.location, "the mode that they take over")] if filled.location else [],
        help=f"write the mode there too: `{spelling.setting('MeshGateway', {'Mode': filled.mode})}`",
    )


def client_proxies(calls: Calls) -> Iterator[SidecarSnapshot]:
    """The sidecars that are registered with client agents."""
    return (found for found in calls.snapshots if found.datacenter.registered_with == "client")


@rule("limit-key-loses", on="upstream", severity="warning")  # RG-W18
def limit_key_loses(snapshot: SidecarSnapshot, report: Report) -> None:
    """A key with underscores in an upstream's `limits` or `passive_health_check` that loses.

    A client agent fills these maps with the keys of service-defaults, which are in CamelCase and
    stand beside the registration's own. Of two spellings of one setting Envoy's setup reads the
    CamelCase one.

    Found in a tree:

        == meshgw.yaml ==
        registered_with: client

        == web-defaults.hcl ==
        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig { Defaults { Limits { MaxConnections = 5 } } }

        == web.hcl ==
        service {
          name = "web"
          port = 8080
          connect { sidecar_service { port = 20000 proxy { upstreams {
            destination_name = "api"
            local_bind_port = 10000
            config { limits { max_connections = 1 } }
          } } } }
        }

        == api.hcl ==
        service {
          name = "api"
          port = 8080
          connect { sidecar_service { port = 20001 } }
        }
    """
    for upstream in snapshot.proxy.upstreams:
        if upstream.index is None or upstream.upstream.destination_type == "prepared_query":
            continue
        for name in ("limits", "passive_health_check"):
            own, merged = (upstream.upstream.config or {}).get(name), upstream.config.get(name)
            if not (isinstance(own, Mapping) and isinstance(merged, Mapping)):
                continue
            for key in own:
                winner = next((k for k in merged if k not in own and _bare(k) == _bare(key)), None)
                if winner is not None:
                    report(
                        f"`{key}` loses to `{winner}` of service-defaults",
                        location=snapshot.instance.service.locate(
                            ("Proxy", "Upstreams", upstream.index, "Config", name, key)
                        ),
                        help=f"spell it `{winner}`",
                    )


def _bare(key: str) -> str:
    return key.replace("_", "").lower()


@dataclass(frozen=True, slots=True)
class OverriddenUpstream:
    """An override of service-defaults, with the proxies of the service."""

    entry: ServiceDefaults
    index: int
    block: UpstreamConfig
    key: MergeKey
    proxies: tuple[SidecarSnapshot, ...]

    @property
    def location(self) -> Location | None:
        at = ("UpstreamConfig", "Overrides", self.index)
        if self.entry.wrote((*at, "Name")):
            return self.entry.locate((*at, "Name"))
        return self.entry.locate(at)


def overridden_upstreams(calls: Calls) -> Iterator[OverriddenUpstream]:
    """Each override of a service that has proxies in the tree."""
    proxies: dict[int, list[SidecarSnapshot]] = {}
    entries: dict[int, ServiceDefaults] = {}
    for snapshot in calls.snapshots:
        entry = snapshot.proxy.sources.service_defaults
        if entry is not None:
            entries[id(entry)] = entry
            proxies.setdefault(id(entry), []).append(snapshot)
    for identity, entry in entries.items():
        for key, (index, block) in overrides(entry).items():
            yield OverriddenUpstream(entry, index, block, key, tuple(proxies[identity]))


@rule("override-without-upstream", on=ServiceDefaults, severity="warning")  # RG-W19
def override_without_upstream(override: OverriddenUpstream, report: Report) -> None:
    """An upstream override for a service that the proxy does not list.

    Only transparent proxies have upstreams besides those of their registration. For others the
    override has no effect. Its partition, namespace and peer have to be the upstream's, too.

    Found in a tree:

        == web-defaults.hcl ==
        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig { Overrides = [{ Name = "db", ConnectTimeoutMs = 100 }] }

        == web.hcl ==
        service {
          name = "web"
          port = 8080
          connect { sidecar_service { port = 20000 } }
        }
    """
    if any(_uses(snapshot.proxy, override.key) for snapshot in override.proxies):
        return
    where = f" at peer `{override.key.peer}`" if override.key.peer else ""
    report(
        f"no proxy of `{override.entry.name}` has an upstream `{override.key.name}`{where}: the override "
        "has no effect",
        location=override.location,
        help="declare the upstream in the registration, or take the override away",
    )


def _uses(proxy: EffectiveProxy, key: MergeKey) -> bool:
    return proxy.transparent or any(
        upstream.key == key
        for upstream in proxy.upstreams
        if upstream.upstream.destination_type != "prepared_query"
    )


@rule("override-brings-protocol", on=ServiceDefaults, severity="warning")  # RG-W20
def override_brings_protocol(override: OverriddenUpstream, report: Report) -> None:
    """An override that gives an inferred upstream the protocol of the caller's proxy-defaults.

    Of a transparent proxy's upstreams only those with an override get it. There it replaces the
    protocol of the upstream's own discovery chain.

    Found in a tree:

        == proxy-defaults.hcl ==
        Kind = "proxy-defaults"
        Name = "global"
        Mode = "transparent"
        Config { protocol = "http" }

        == web-defaults.hcl ==
        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig { Overrides = [{ Name = "db", ConnectTimeoutMs = 100 }] }

        == db-defaults.hcl ==
        Kind = "service-defaults"
        Name = "db"
        MaxInboundConnections = 5

        == web.hcl ==
        service {
          name = "web"
          port = 8080
          connect { sidecar_service { port = 20000 } }
        }
    """
    for snapshot in override.proxies:
        proxy, general = snapshot.proxy, snapshot.proxy.sources.proxy_defaults
        if general is None or not proxy.transparent or not _inferred_from(proxy, override.key):
            continue
        protocol = central_protocol(general)
        if not protocol or _says_protocol(proxy, override):
            continue
        chain = _chain_protocol(snapshot, override.key)
        if chain in ("", protocol):
            continue
        place = general.locate(("Config", "protocol"))
        report(
            f"the override makes `{override.entry.name}` call `{override.key.name}` by `{protocol}`, "
            f"and its discovery chain says `{chain}`",
            location=override.location,
            related=[Related(place, "this is the protocol it brings")] if place else [],
            help=f"write `{spelling_at(override.location).setting('Protocol', chain)}` in the override",
        )
        return


def _inferred_from(proxy: EffectiveProxy, key: MergeKey) -> bool:
    return any(upstream.index is None and key_of(upstream.upstream) == key for upstream in proxy.upstreams)


def _says_protocol(proxy: EffectiveProxy, override: OverriddenUpstream) -> bool:
    """Whether a place that is stronger than proxy-defaults has a protocol for the upstream."""
    defaults = upstream_defaults(override.entry)
    blocks = [override.block] if defaults is None else [override.block, defaults]
    own = proxy.sources.defaults_of(override.key)
    if own is not None and own.protocol:
        return True
    return any("protocol" in dict(contributions(block)) for block in blocks)


def _chain_protocol(snapshot: SidecarSnapshot, key: MergeKey) -> str:
    """The protocol of a service's own chain; empty at a peer and where there is no chain."""
    if key.peer:
        return ""
    chains = Chains(
        snapshot.datacenter.entries, enterprise=snapshot.enterprise, datacenter=snapshot.datacenter.name
    )
    chain = chains.of(ServiceKey(key.partition or "default", key.namespace or "default", key.name)).result
    return chain.protocol if isinstance(chain, DiscoveryChain) else ""


def merge_findings(calls: Calls, profile: Profile) -> Iterator[Diagnostic]:
    """Where central configuration does not reach proxies as it reads."""
    yield from findings([upstream_defaults_without_mode], filled_modes(calls.mesh), profile)
    yield from findings([limit_key_loses], client_proxies(calls), profile)
    checks = (override_without_upstream, override_brings_protocol)
    yield from findings(checks, overridden_upstreams(calls), profile)
