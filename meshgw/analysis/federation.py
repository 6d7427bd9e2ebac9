"""Datacenters that are to form one federation (topology.md 8, 10; intentions-and-exports.md 7.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshgw.analysis import snippets
from meshgw.diagnostics.model import Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry
from meshgw.loading.model import Agent, Loaded
from meshgw.mesh.model import Datacenter, Instance, Key, Mesh
from meshgw.schema.spelling import spelling_at
from meshgw.snapshot.mesh_gateway import WAN_FEDERATION_META, serves_federation


@dataclass(frozen=True, slots=True)
class Member:
    """A datacenter in its federation, and the agents of the tree that are in it."""

    datacenter: Datacenter
    mesh: Mesh
    loaded: Loaded

    @property
    def agents(self) -> tuple[Agent, ...]:
        return tuple(agent for agent in self.loaded.agents if agent.datacenter == self.datacenter.name)

    @property
    def gateways(self) -> tuple[Instance, ...]:
        return self.mesh.gateways(Key(self.datacenter.name, "default"))

    @property
    def through_gateways(self) -> Agent | None:
        """The first agent anywhere in the federation that asks for federation through gateways."""
        names = {self.datacenter.name, *self.mesh.federated(self.datacenter.name)}
        return next(
            (
                agent
                for agent in self.loaded.agents
                if agent.datacenter in names and agent.config.connect.enable_mesh_gateway_wan_federation
            ),
            None,
        )


def members(mesh: Mesh, loaded: Loaded) -> Iterator[Member]:
    """The datacenters that share a federation with another one of the tree."""
    for datacenter in mesh.datacenters.values():
        if mesh.federated(datacenter.name):
            yield Member(datacenter, mesh, loaded)


@rule("trust-domains-differ", on="datacenter")  # TP-07
def trust_domains_differ(member: Member, report: Report) -> None:
    """Federated datacenters with different trust domains.

    One federation has one trust domain. Certificates of another one are refused.

    Found in a tree (federation):

        == meshgw.yaml ==
        edition: community
        trust_domain: 0b9c51de-6a3f-4f5e-8c1d-7e2a9d4b6f30.consul
        acl: { enabled: true, default_policy: deny }
        tenancy:
          - { path: "{datacenter}/**" }
        datacenters:
          dc2:
            trust_domain: 22222222-3333-4444-5555-666666666666.consul
            primary_datacenter: dc1
    """
    primary = member.mesh.datacenters.get(member.datacenter.primary)
    if primary is None or primary.trust_domain == member.datacenter.trust_domain:
        return
    report(
        f"{member.datacenter.name} has trust domain {member.datacenter.trust_domain}, its primary "
        f"{primary.name} has {primary.trust_domain}",
        location=member.loaded.project.locate(("datacenters", member.datacenter.name, "trust_domain"))
        or next((agent.location for agent in member.agents), None),
        help=f"take the trust domain of {member.datacenter.name} away, or give it a `primary_datacenter` of "
        "its own and peer the two",
    )


@rule("federation-gateway-missing", on="datacenter")  # TP-08, XD-07
def federation_gateway_missing(member: Member, report: Report) -> None:
    """Federation through mesh gateways, and a datacenter without a gateway for it.

    Servers find each other through gateways of the default partition whose service meta
    `consul-wan-federation` is `1`, and that are not critical.

    Found in a tree (federation):

        == dc2/mesh-gateway.hcl ==
        service {
          name = "mesh-gateway"
          kind = "mesh-gateway"
          address = "10.2.0.1"
          port = 8443
          tagged_addresses { wan = { address = "198.51.100.2", port = 8443 } }
        }
    """
    asking = member.through_gateways
    if asking is None:
        return
    usable = [found for found in member.gateways if serves_federation(found)]
    if any("critical" not in found.statuses for found in usable):
        return
    place = member.gateways[0].location if member.gateways else None
    report(
        f"the servers of {member.datacenter.name} are not reached through mesh gateways: none of its "
        f"default partition has the meta `{WAN_FEDERATION_META}`"
        if not usable
        else f"the servers of {member.datacenter.name} are not reached: its mesh gateways are critical",
        location=place or asking.location,
        related=[Related(asking.location, "federation through mesh gateways is on")]
        if asking.location
        else (),
        help=f"add `{spelling_at(place).setting('meta', {WAN_FEDERATION_META: '1'})}` to the gateway"
        if place is not None
        else f"register one in {member.datacenter.name}:\n"
        + snippets.gateway_registration(
            member.mesh, Key(member.datacenter.name, "default"), WAN_FEDERATION_META
        ),
    )


@rule("primary-gateways-missing", on="agent", severity="warning")  # TP-17
def primary_gateways_missing(member: Member, report: Report) -> None:
    """A secondary datacenter that federates through mesh gateways and knows none of the primary.

    Before anything has been replicated, servers of a secondary dial the addresses in `primary_gateways`.

    Found in a tree (federation):

        == dc2/agent.hcl ==
        node_name          = "node-2"
        datacenter         = "dc2"
        primary_datacenter = "dc1"
        server             = true
        advertise_addr     = "10.2.0.1"
        connect { enabled = true enable_mesh_gateway_wan_federation = true }
    """
    if member.datacenter.name == member.datacenter.primary:
        return
    for agent in member.agents:
        config = agent.config
        if (
            not (agent.server and config.connect.enable_mesh_gateway_wan_federation)
            or config.primary_gateways
        ):
            continue
        gateways = member.mesh.gateways(Key(member.datacenter.primary, "default"))
        addresses = [str(gateway.wan) for gateway in gateways] or ["ADDRESS:PORT"]
        report(
            f"the server {agent.name or 'of ' + agent.datacenter} cannot find the primary "
            f"{member.datacenter.primary} at first: it has no `primary_gateways`",
            location=agent.location,
            help=f"add `{spelling_at(agent.location).setting('primary_gateways', addresses)}`",
        )


@dataclass(frozen=True, slots=True)
class Misplaced:
    """An entry of a secondary's default partition that differs from the primary's of the same name."""

    entry: Entry
    datacenter: Datacenter
    primary: Entry | None


def misplaced_entries(mesh: Mesh, loaded: Loaded) -> Iterator[Misplaced]:
    """What stands in the folder of a secondary, for the default partition."""
    for item in loaded.entries:
        datacenter = mesh.datacenters[item.datacenter]
        primary = mesh.datacenters.get(datacenter.primary)
        if item.entry.partition == "default" and primary is not None and primary is not datacenter:
            yield Misplaced(item.entry, datacenter, primary.entries.stored(item.entry))


@rule("entry-not-of-primary", on="entry", severity="warning")  # XD-09
def entry_not_of_primary(misplaced: Misplaced, report: Report) -> None:
    """A config entry in the folder of a secondary datacenter that the primary has not, or has otherwise.

    Writes are forwarded to the primary and replicated from there: one set of entries applies to all
    datacenters of a federation. The version of a secondary does not exist.

    Found in a tree (federation):

        == dc2/pages-defaults.hcl ==
        Kind     = "service-defaults"
        Name     = "pages"
        Protocol = "http2"
    """
    entry, primary = misplaced.entry, misplaced.primary
    if primary == entry:
        return
    place = primary.locate(("Name",)) if primary is not None else None
    what = "has it otherwise" if primary is not None else "has none"
    report(
        f"{entry.kind} `{entry.name}` of {misplaced.datacenter.name} does not exist: the primary "
        f"{misplaced.datacenter.primary} {what}",
        location=entry.locate(("Kind",)) or entry.locate(),
        related=[Related(place, "the one that applies")] if place is not None else (),
        help=f"keep one entry, among those of {misplaced.datacenter.primary}",
    )


CHECKS = (trust_domains_differ, federation_gateway_missing, primary_gateways_missing)
