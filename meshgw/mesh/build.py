"""From what was read to the mesh: datacenters, nodes, instances, and what has to be assumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from meshgw.loading.model import Agent, Loaded, LoadedService
from meshgw.loading.project import ASSUMED_TRUST_DOMAIN, DatacenterSetting, Project, ServerSetting
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.model import Datacenter, Instance, Mesh, Node, Status
from meshgw.mesh.peerings import resolve_peerings
from meshgw.mesh.registrations import settle
from meshgw.mesh.virtual_ips import assumed_ips, service_text, services_with_address, transparency
from meshgw.services.model import Check, Service
from meshgw.services.sidecar import allocate_ports, waits_for_port

DEFAULT_DATACENTER = "dc1"
ASSUMED_ADDRESS = "127.0.0.1"
FEDERATION_DROPS_PARTITIONS = "partitions-lost-to-federation"
"""The rule that tells of it; the project file switches both off."""


def build_mesh(loaded: Loaded) -> Mesh:
    """Index a tree; every statement that no file makes is recorded as an assumption."""
    assumptions: dict[str, None] = {}
    datacenters = _datacenters(loaded, assumptions)
    instances = _instances(loaded, assumptions)
    for datacenter in datacenters.values():
        _mention_virtual_ips(datacenter, instances, assumptions)
    home = loaded.project.datacenter or min(datacenters)
    peerings, faults = resolve_peerings(loaded.project.peerings, datacenters, home, assumptions)
    return Mesh(
        datacenters=datacenters,
        instances=instances,
        peerings=peerings,
        peering_faults=faults,
        queries=loaded.queries,
        enterprise=loaded.profile.enterprise,
        consul_version=loaded.profile.consul_version,
        federation_drops_partitions=FEDERATION_DROPS_PARTITIONS not in loaded.profile.relaxed,
        assumptions=tuple(assumptions),
    )


def _datacenters(loaded: Loaded, assumptions: dict[str, None]) -> dict[str, Datacenter]:
    project = loaded.project
    names = {agent.datacenter for agent in loaded.agents}
    names.update(service.agent.datacenter for service in loaded.services)
    names.update(entry.datacenter for entry in loaded.entries)
    names.update(project.datacenters)
    if not names:
        names.add(project.datacenter or DEFAULT_DATACENTER)
    primaries = {name: _primary(name, project, loaded.agents, names) for name in sorted(names)}
    return {name: _datacenter(name, primaries, loaded, assumptions) for name in sorted(names)}


def _mention_virtual_ips(
    datacenter: Datacenter, instances: tuple[Instance, ...], assumptions: dict[str, None]
) -> None:
    """The addresses themselves are given out when a proxy needs them."""
    own = [instance for instance in instances if instance.datacenter == datacenter.name]
    if not transparency(datacenter.entries, own):
        return
    names = (service_text(service) for service in services_with_address(datacenter.entries, own))
    missing = len(assumed_ips(names, datacenter.virtual_ips))
    if missing:
        services = "1 service" if missing == 1 else f"{missing} services"
        where = f"virtual IPs for {services} of {datacenter.name}"
        assumptions[f"{where} (set `virtual_ips` in the project file)"] = None


def _primary(name: str, project: Project, agents: Iterable[Agent], names: Iterable[str]) -> str:
    """The primary of a datacenter's federation.

    A datacenter with a trust domain of its own is another cluster unless something says otherwise.
    """
    setting = project.datacenters.get(name, DatacenterSetting())
    if setting.primary_datacenter:
        return setting.primary_datacenter
    said = next(
        (
            agent.primary_datacenter
            for agent in agents
            if agent.datacenter == name and agent.primary_datacenter
        ),
        "",
    )
    if said:
        return said
    if setting.trust_domain and setting.trust_domain != project.own.trust_domain:
        return name
    if project.own.primary_datacenter in set(names):
        return project.own.primary_datacenter or name
    return name


def _datacenter(
    name: str, primaries: dict[str, str], loaded: Loaded, assumptions: dict[str, None]
) -> Datacenter:
    setting = loaded.project.datacenters.get(name, DatacenterSetting())
    own = loaded.project.own if _is_home(name, loaded.project) else DatacenterSetting()
    agents = [agent for agent in loaded.agents if agent.datacenter == name]
    primary = primaries[name]
    trust_domain, trust_from = _trust_domain(name, primary, loaded, assumptions)
    enabled, allow, acl_from = _acl(setting, loaded.project.own, agents, loaded, assumptions)
    default_allow, default_from = _default_policy((setting, loaded.project.own), agents, enabled, allow)
    if not default_from:
        default_from = f"ACL default policy ({acl_from})" if enabled else "ACLs are off"
    return Datacenter(
        name=name,
        primary=primary,
        trust_domain=trust_domain,
        trust_domain_from=trust_from,
        entries=EntrySet(
            item.entry
            for item in loaded.entries
            if item.datacenter == (primary if item.entry.partition == "default" else name)
        ),
        acl_enabled=enabled,
        acl_allow=allow,
        acl_from=acl_from,
        default_allow=default_allow,
        default_from=default_from,
        registered_with=setting.registered_with or loaded.project.own.registered_with or "server",
        servers=_servers(setting, own, agents),
        dns_domain=_dns_domain(agents),
        virtual_ips={**own.virtual_ips, **setting.virtual_ips},
    )


def _servers(
    setting: DatacenterSetting, own: DatacenterSetting, agents: list[Agent]
) -> tuple[ServerSetting, ...]:
    """The servers of a datacenter: as the project file lists them, else its server agents, else its node."""
    if setting.servers or own.servers:
        return setting.servers or own.servers
    servers = tuple(ServerSetting(agent.name, agent.address) for agent in agents if agent.server)
    if all(server.name and server.address for server in servers) and servers:
        return servers
    node = setting.node or own.node
    return () if node is None else (ServerSetting(node.name, node.address),)


def _dns_domain(agents: list[Agent]) -> str:
    """The DNS domain of a datacenter: its servers say it before its other agents."""
    servers_first = sorted(agents, key=lambda agent: not agent.server)
    return next((agent.config.dns_domain for agent in servers_first if agent.config.dns_domain), "consul")


def _is_home(name: str, project: Project) -> bool:
    """Whether the top of the project file speaks of this datacenter."""
    return name == (project.datacenter or DEFAULT_DATACENTER)


def _trust_domain(name: str, primary: str, loaded: Loaded, assumptions: dict[str, None]) -> tuple[str, str]:
    for datacenter in dict.fromkeys((name, primary)):
        setting = loaded.project.datacenters.get(datacenter)
        if setting is not None and setting.trust_domain:
            return setting.trust_domain, "the project file"
    if loaded.project.own.trust_domain:
        return loaded.project.own.trust_domain, "the project file"
    for agent in loaded.agents:
        if agent.datacenter in (name, primary) and agent.cluster_id:
            return f"{agent.cluster_id.lower()}.consul", f"`ca_config.cluster_id` at {agent.location}"
    assumptions[f"trust domain {ASSUMED_TRUST_DOMAIN} (set `trust_domain` in the project file)"] = None
    return ASSUMED_TRUST_DOMAIN, "assumed"


def _acl(
    setting: DatacenterSetting,
    own: DatacenterSetting,
    agents: list[Agent],
    loaded: Loaded,
    assumptions: dict[str, None],
) -> tuple[bool, bool, str]:
    """Whether ACLs are on, whether they allow what nobody grants, and who says so."""
    for place in (setting, own):
        if place.acl_enabled is not None or place.acl_default_policy is not None:
            enabled = place.acl_enabled is not False
            return enabled, not enabled or place.acl_default_policy != "deny", "the project file"
    for agent in agents:
        if agent.acl_enabled is not None:
            allow = not agent.acl_enabled or agent.acl_default_policy != "deny"
            return agent.acl_enabled, allow, f"agent configuration at {agent.location}"
    if loaded.profile.enterprise:
        assumptions["ACLs on with default policy deny (set `acl` in the project file)"] = None
        return True, False, "assumed for Enterprise"
    return False, True, "ACLs are off"


def _default_policy(
    settings: tuple[DatacenterSetting, ...], agents: list[Agent], acl_enabled: bool, acl_allow: bool
) -> tuple[bool, str]:
    """What happens to a call that no intention decides (intentions-and-exports.md 2.3)."""
    for place in settings:
        if place.default_intention_policy is not None:
            return place.default_intention_policy == "allow", "`default_intention_policy` in the project file"
    for agent in agents:
        if agent.default_intention_policy:
            return (
                agent.default_intention_policy == "allow",
                f"`default_intention_policy` at {agent.location}",
            )
    return not acl_enabled or acl_allow, ""


def _instances(loaded: Loaded, assumptions: dict[str, None]) -> tuple[Instance, ...]:
    found: list[Instance] = []
    by_agent: dict[int, list[LoadedService]] = {}
    current = settle(loaded.services).current
    for item in loaded.services:
        by_agent.setdefault(id(item.agent), []).append(item)
    for items in by_agent.values():
        agent = items[0].agent
        node = _node(agent, loaded.project, assumptions)
        services, _ = allocate_ports([item.service for item in items], *agent.sidecar_ports)
        worst = {service.id: _worst(map(_status, service.checks)) for service in services}
        for item, service in zip(items, services, strict=True):
            if id(item) not in current:
                continue  # another one with its id takes its place
            assumed = waits_for_port(item.service) and not waits_for_port(service)
            if assumed:
                port = f"port {service.port} for {service.id} on {node.name}"
                assumptions[f"{port} (set `port` in its `sidecar_service`)"] = None
            found.append(
                Instance(
                    service=service,
                    node=node
                    if node.partition == service.partition
                    else replace(node, partition=service.partition),
                    partition=service.partition or "default",
                    namespace=service.namespace or "default",
                    statuses=tuple(_status(check, worst) for check in service.checks),
                    port_assumed=assumed,
                    from_catalog=item.from_catalog,
                    central_config=agent.central_config or item.from_catalog,
                    order=len(found),
                )
            )
    return tuple(found)


def _status(check: Check, aliased: Mapping[str, Status] | None = None) -> Status:
    """Every check passes unless its definition says otherwise; an alias is as the service that it names."""
    if check.alias_service:
        return (aliased or {}).get(check.alias_service, "passing")
    match check.status:
        case "warning":
            return "warning"
        case "critical":
            return "critical"
        case _:
            return "passing"


def _worst(statuses: Iterable[Status]) -> Status:
    """What an alias check says of a service with these checks."""
    found = set(statuses)
    return "critical" if "critical" in found else "warning" if "warning" in found else "passing"


def _node(agent: Agent, project: Project, assumptions: dict[str, None]) -> Node:
    """The node of an agent: its own address, else the project file's, else an assumed one."""
    setting = project.nodes.get(agent.name)
    address, tagged = agent.address, dict(agent.tagged_addresses)
    if setting is not None:
        address = address or setting.address
        tagged = {**setting.tagged_addresses, **tagged}
    if not address:
        assumptions[
            f"address {ASSUMED_ADDRESS} for {_described(agent)} (set `nodes` in the project file)"
        ] = None
    return Node(
        name=agent.name or _folder_name(agent),
        datacenter=agent.datacenter,
        partition=agent.partition,
        address=address or ASSUMED_ADDRESS,
        tagged_addresses=tagged,
        meta=agent.meta,
        expose_ports=agent.expose_ports,
        dns_domain=agent.config.dns_domain,
        assumed=not address,
        location=agent.location,
    )


def _described(agent: Agent) -> str:
    return f"node {agent.name}" if agent.name else f"the node of `{agent.folder or '.'}`"


def _folder_name(agent: Agent) -> str:
    return f"node-of-{agent.folder.replace('/', '-') or 'tree'}"


def services_of(instances: Iterable[Instance]) -> list[Service]:
    """The services of instances, for rules about one node."""
    return [instance.service for instance in instances]
