"""Services behind terminating gateways that callers cannot use (envoy-other-gateways.md 7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshgw.analysis.gateway_settings import ConfiguredGateway
from meshgw.chain.protocols import DEFAULT, http_like, protocol_of
from meshgw.diagnostics.model import Location, Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.mesh.model import Mesh
from meshgw.resolve.intentions import wanted_providers
from meshgw.services.model import TERMINATING_GATEWAY
from meshgw.snapshot.binds import VIRTUAL_TAG, bind_list
from meshgw.snapshot.terminating_gateway import terminating_gateway_snapshot
from meshgw.snapshot.terminating_model import Represented, TerminatingGatewaySnapshot


@dataclass(frozen=True, slots=True)
class Behind:
    """A service and the terminating gateway that stands for it."""

    gateway: TerminatingGatewaySnapshot
    service: Represented

    @property
    def name(self) -> str:
        return self.service.link.key.name

    @property
    def protocol(self) -> str:
        """What the gateway takes callers to speak."""
        return self.service.written_protocol.lower() or DEFAULT

    def linked(self) -> tuple[Related, ...]:
        """Where the service is linked."""
        return _related(self.service.link.location, f"linked to `{self.service.link.entry.name}`")


def services_behind(mesh: Mesh) -> Iterator[Behind]:
    """Each linked service once, however many instances its gateway has."""
    seen = set()
    for instance in mesh.proxies:
        name = instance.key, instance.namespace, instance.service.name.lower()
        if instance.service.kind == TERMINATING_GATEWAY and name not in seen:
            seen.add(name)
            snapshot = terminating_gateway_snapshot(mesh, instance)
            yield from (Behind(snapshot, service) for service in snapshot.services)


def _related(location: Location | None, words: str) -> tuple[Related, ...]:
    return () if location is None else (Related(location, words),)


@rule("linked-protocol-differs", on="terminating-gateway")  # OG-W04
def linked_protocol_differs(behind: Behind, report: Report) -> None:
    """A service behind a terminating gateway whose service-defaults have no protocol, but proxy-defaults do.

    For callers service-defaults without a protocol mean `tcp`. The gateway takes the protocol of
    proxy-defaults instead, and so the two do not understand each other.

    Found in a tree:

        == proxy-defaults.hcl ==
        Kind = "proxy-defaults"
        Name = "global"
        Config { protocol = "http" }

        == billing-defaults.hcl ==
        Kind = "service-defaults"
        Name = "billing"

        == services.hcl ==
        services {
          name = "billing"
          address = "10.1.9.1"
          port = 80
        }
        services {
          name = "egress"
          kind = "terminating-gateway"
          port = 8443
        }

        == egress.hcl ==
        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "billing" }
    """
    entries, key = behind.gateway.datacenter.entries, behind.service.link.key
    general = entries.proxy_defaults(key.partition)
    callers, decided_by = protocol_of(entries.service_defaults(key), general)
    if decided_by is None or decided_by is general or callers == behind.protocol:
        return
    place = general.locate(("Config", "protocol")) if general is not None else None
    report(
        f"callers of `{behind.name}` speak {callers}, its terminating gateway expects {behind.protocol}",
        location=decided_by.locate(),
        related=(*_related(place, "the gateway takes this"), *behind.linked()),
        note="service-defaults without a protocol mean `tcp` to callers only",
        help=f'write `Protocol = "{behind.protocol}"`, or `Protocol = "{callers}"`',
    )


@rule("jwt-behind-terminating-gateway", on="terminating-gateway")  # OG-W05, IN-E02
def jwt_behind_terminating_gateway(behind: Behind, report: Report) -> None:
    """An intention with a JWT for an HTTP service behind a terminating gateway.

    Terminating gateways know no JWT providers. Consul then generates nothing for the gateway: all services
    behind it are lost.

    Found in a tree:

        == meshgw.yaml ==
        acl: { enabled: true, default_policy: deny }

        == okta.hcl ==
        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/keys.json" } }

        == billing-defaults.hcl ==
        Kind = "service-defaults"
        Name = "billing"
        Protocol = "http"

        == billing-intentions.hcl ==
        Kind = "service-intentions"
        Name = "billing"
        JWT { Providers { Name = "okta" } }
        Sources { Name = "web" Action = "allow" }

        == services.hcl ==
        services {
          name = "billing"
          address = "10.1.9.1"
          port = 80
        }
        services {
          name = "web"
          port = 8080
          connect { sidecar_service { port = 20000 } }
        }
        services {
          name = "egress"
          kind = "terminating-gateway"
          port = 8443
        }

        == egress.hcl ==
        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "billing" }
    """
    if not http_like(behind.protocol):
        return
    for intention, provider in wanted_providers(behind.service.intentions):
        report(
            f"an intention for `{behind.name}` asks for tokens of `{provider}`, which its terminating "
            "gateway cannot check",
            location=intention.location,
            related=behind.linked(),
            note="Consul generates nothing for the gateway: all services behind it are lost",
            help="take the `JWT` out, and check tokens in the service itself",
        )
        return


@rule("virtual-addresses-bound", on="terminating-gateway", severity="warning")  # OG-W07
def virtual_addresses_bound(gateway: ConfiguredGateway, report: Report) -> None:
    """A terminating gateway that binds the virtual addresses of its services.

    Consul tags the catalog's instances of a gateway with them, at port 0. A registration that is made of
    such an instance binds them together with its other tagged addresses.

    Found in a tree:

        == egress.json ==
        {
          "Node": "egress-1",
          "Address": "10.1.0.1",
          "Service": {
            "Kind": "terminating-gateway",
            "ID": "egress",
            "Service": "egress",
            "Port": 8443,
            "TaggedAddresses": { "consul-virtual:billing": { "Address": "240.0.0.1", "Port": 0 } },
            "Proxy": { "Config": { "envoy_gateway_bind_tagged_addresses": true } }
          }
        }
    """
    service = gateway.instance.service
    if service.kind != TERMINATING_GATEWAY:
        return
    for bind in bind_list(service, gateway.options):
        if bind.name.startswith(VIRTUAL_TAG):
            report(
                f"{gateway.words} listens on the virtual address `{bind.name}`, which its host does not have",
                location=service.locate(("TaggedAddresses", bind.name)) or service.locate(),
                help="take the tagged address out, or bind others by `envoy_gateway_bind_addresses`",
            )


CHECKS = (linked_protocol_differs, jwt_behind_terminating_gateway)
