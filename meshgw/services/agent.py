"""Agent files: what they say about services, the node and its datacenter (service-registration.md 1.5).

Keys that do not matter to a mesh are known by name only (`agent_keys`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from meshgw.diagnostics.model import Location, Part
from meshgw.schema.fields import (
    Block,
    ListOf,
    MapOf,
    Obj,
    Opaque,
    anything,
    block,
    blocks,
    boolean,
    integer,
    mapping,
    obj,
    opaque,
    replace,
    secret_text,
    text,
    texts,
)
from meshgw.schema.origin import NOWHERE, Origin
from meshgw.secret import Secret
from meshgw.services.check import Check
from meshgw.services.model import Locality, Service
from meshgw.source.document import Path


@block
class Ports(Block):
    """Ports of an agent, and the ranges from which it gives out others."""

    grpc: int | None = integer("grpc", optional=True)
    grpc_tls: int | None = integer("grpc_tls", optional=True)
    sidecar_min_port: int | None = integer("sidecar_min_port", optional=True)
    sidecar_max_port: int | None = integer("sidecar_max_port", optional=True)
    expose_min_port: int | None = integer("expose_min_port", optional=True)
    expose_max_port: int | None = integer("expose_max_port", optional=True)
    proxy_min_port: int | None = integer("proxy_min_port", optional=True)
    proxy_max_port: int | None = integer("proxy_max_port", optional=True)


@block
class ConnectSettings(Block):
    """The mesh's certificate authority and federation."""

    enabled: bool | None = boolean("enabled", optional=True)
    ca_provider: str | None = text("ca_provider", optional=True, one_of=("consul", "vault", "aws-pca"))
    ca_config: dict[str, Any] | None = opaque("ca_config", hidden=True)
    enable_mesh_gateway_wan_federation: bool | None = boolean(
        "enable_mesh_gateway_wan_federation", optional=True
    )


@block
class AclTokens(Block):
    """Tokens of an agent, as far as services use them."""

    default: Secret = secret_text("default")
    agent: Secret = secret_text("agent")
    config_file_service_registration: Secret = secret_text("config_file_service_registration")


@block
class AclSettings(Block):
    """Access control of an agent."""

    enabled: bool | None = boolean("enabled", optional=True)
    default_policy: str | None = text("default_policy", optional=True, one_of=("allow", "deny"))
    tokens: AclTokens = obj("tokens", AclTokens)


@block
class PeeringSettings(Block):
    """Cluster peering."""

    enabled: bool | None = boolean("enabled", optional=True)


@block
class AgentConfig(Block):
    """Configuration of an agent. What no file says is `None`; several files are merged."""

    datacenter: str | None = text(
        "datacenter", optional=True, doc="the datacenter, `dc1` when no file says it; lower-cased"
    )
    primary_datacenter: str | None = text(
        "primary_datacenter",
        optional=True,
        doc="the datacenter that leads a federation; the own one when empty",
    )
    acl_datacenter: str | None = text("acl_datacenter", optional=True, doc="old name of `primary_datacenter`")
    node_name: str | None = text("node_name", optional=True, doc="the node's name; its host name when empty")
    domain: str | None = text(
        "domain",
        optional=True,
        doc="the DNS domain, also of the names of servers in WAN federation; `consul`",
    )
    partition: str | None = text(
        "partition", optional=True, doc="the admin partition of the node (Enterprise)"
    )
    node_meta: dict[str, str] = mapping("node_meta", doc="metadata of the node; limits as for services")
    bind_addr: str | None = text("bind_addr", optional=True, doc="address that the agent binds")
    advertise_addr: str | None = text(
        "advertise_addr", optional=True, doc="address that others use to reach the node"
    )
    advertise_addr_ipv4: str | None = text("advertise_addr_ipv4", agent="advertise_addr_ipv4", optional=True)
    advertise_addr_ipv6: str | None = text("advertise_addr_ipv6", agent="advertise_addr_ipv6", optional=True)
    advertise_addr_wan: str | None = text(
        "advertise_addr_wan", optional=True, doc="address that other datacenters use to reach the node"
    )
    advertise_addr_wan_ipv4: str | None = text(
        "advertise_addr_wan_ipv4", agent="advertise_addr_wan_ipv4", optional=True
    )
    advertise_addr_wan_ipv6: str | None = text(
        "advertise_addr_wan_ipv6", agent="advertise_addr_wan_ipv6", optional=True
    )
    tagged_addresses: dict[str, str] = mapping(
        "tagged_addresses", doc="`lan` and `wan` of the node, not of its services"
    )
    server: bool | None = boolean("server", optional=True, doc="whether the agent is a server")
    ports: Ports = obj("ports", Ports)
    connect: ConnectSettings = obj("connect", ConnectSettings)
    peering: PeeringSettings = obj("peering", PeeringSettings)
    acl: AclSettings = obj("acl", AclSettings)
    default_intention_policy: str | None = text(
        "default_intention_policy",
        optional=True,
        doc="what happens to calls that no intention decides",
        one_of=("allow", "deny"),
    )
    enable_central_service_config: bool | None = boolean(
        "enable_central_service_config",
        optional=True,
        doc="whether config entries complete the proxies of this agent; true",
    )
    enable_script_checks: bool | None = boolean(
        "enable_script_checks", optional=True, doc="whether checks may run scripts"
    )
    enable_local_script_checks: bool | None = boolean(
        "enable_local_script_checks", optional=True, doc="whether checks of files may run scripts"
    )
    check_output_max_size: int | None = integer(
        "check_output_max_size", optional=True, doc="bytes of output that checks keep; 4096"
    )
    primary_gateways: tuple[str, ...] = texts(
        "primary_gateways", doc="mesh gateways of the primary datacenter, in secondary ones"
    )
    segment: str | None = text("segment", optional=True, doc="network segment (Enterprise)")
    segments: Any = anything("segments")
    locality: Locality | None = obj("locality", Locality, optional=True)
    service: Service | None = obj("service", Service, optional=True)
    services: tuple[Service, ...] = blocks("services", Service)
    check: Check | None = obj("check", Check, optional=True)
    checks: tuple[Check, ...] = blocks("checks", Check)

    @property
    def primary(self) -> str | None:
        """The primary datacenter, also in its old spelling."""
        return self.primary_datacenter or self.acl_datacenter

    @property
    def address(self) -> str:
        """The node's LAN address as far as files say it; never an ANY address."""
        told = (self.advertise_addr, self.advertise_addr_ipv4, self.advertise_addr_ipv6, self.bind_addr)
        return next((address for address in told if address and address not in _ANY), "")

    @property
    def node_tagged_addresses(self) -> dict[str, str]:
        """The node's own tagged addresses, `wan` also from its advertised address."""
        wan = self.advertise_addr_wan or self.advertise_addr_wan_ipv4 or self.advertise_addr_wan_ipv6
        return ({"wan": wan} if wan else {}) | self.tagged_addresses

    @property
    def dns_domain(self) -> str:
        """The DNS domain without its trailing dot, empty when no file says it."""
        return (self.domain or "").removesuffix(".")

    @property
    def cluster_id(self) -> str:
        """The first label of the trust domain, empty when no file says it."""
        found = (self.connect.ca_config or {}).get("cluster_id", "")
        return found if isinstance(found, str) else ""

    @property
    def sidecar_ports(self) -> tuple[int, int]:
        """The range of automatic sidecar ports, both ends included; switched off by a bound below 1."""
        return (_given(self.ports.sidecar_min_port, 21000), _given(self.ports.sidecar_max_port, 21255))

    @property
    def expose_ports(self) -> tuple[int, int]:
        """The range of listener ports of exposed checks."""
        return (_given(self.ports.expose_min_port, 21500), _given(self.ports.expose_max_port, 21755))

    @property
    def local_scripts(self) -> bool | None:
        """Whether checks of files may run scripts; `None` when no file says."""
        if self.enable_local_script_checks is None:
            return self.enable_script_checks
        return self.enable_local_script_checks


_ANY = ("0.0.0.0", "::", "[::]")  # noqa: S104  # compared with, never bound


def _given(value: int | None, default: int) -> int:
    return default if value is None else value


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFile:
    """One agent file. Its services, in Consul's order, know where they are written."""

    config: AgentConfig
    services: tuple[Service, ...] = ()
    checks: tuple[Check, ...] = ()
    origin: Origin = NOWHERE

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:
        """Where a setting is written, as a path of its keys."""
        return self.origin.locate(at, part)

    def at_source(self, source: Path, part: Part = "value") -> Location | None:
        """The location of a path as the user wrote it."""
        return self.origin.at_source(source, part)


def agent_file(config: AgentConfig, origin: Origin) -> AgentFile:
    """The parts of a decoded file: `services`, then `service`; checks likewise."""
    services = [
        replace(service, origin=origin, within=("services", index))
        for index, service in enumerate(config.services)
    ]
    if config.service is not None:
        services.append(replace(config.service, origin=origin, within=("service",)))
    checks = config.checks if config.check is None else (*config.checks, config.check)
    return AgentFile(config=config, services=tuple(services), checks=checks, origin=origin)


B = TypeVar("B", bound=Block)


def merge(files: Iterable[AgentFile]) -> AgentConfig:
    """The configuration that several files of one agent give together, in their order (1.1).

    The last scalar wins, lists are joined, maps and blocks are merged.
    """
    merged = AgentConfig()
    for file in files:
        merged = _merge(merged, replace(file.config, services=file.services, service=None))
    return merged


def _merge(earlier: B, later: B) -> B:
    changes: dict[str, Any] = {}
    for spec in earlier.specs:
        old, new = getattr(earlier, spec.attribute), getattr(later, spec.attribute)
        if new is None or new == old:
            continue
        changes[spec.attribute] = _merged_value(spec.type, old, new)
    return replace(earlier, **changes) if changes else earlier


def _merged_value(kind: object, old: Any, new: Any) -> Any:
    match kind:
        case ListOf():
            return (*old, *new)
        case MapOf() | Opaque() if isinstance(old, Mapping):
            return {**old, **new}
        case Obj() if isinstance(old, Block):
            return _merge(old, new)
        case _:
            return new if new or old is None or isinstance(new, bool | int | str) else old
