"""Instances that refer to others which are not there (service-registration.md 4.6, 4.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from meshgw.diagnostics.rules import Report, rule
from meshgw.mesh.model import Instance


@dataclass(frozen=True, slots=True)
class Neighbours:
    """An instance and the ids of the services on its node; `names` are those of its whole tenancy."""

    instance: Instance
    ids: frozenset[str]
    names: frozenset[str]


def neighbours(instances: Iterable[Instance]) -> Iterator[Neighbours]:
    """Every instance with what it may refer to."""
    instances = tuple(instances)
    ids: dict[tuple[str, str, str, str], set[str]] = {}
    names: dict[tuple[str, str, str], set[str]] = {}
    for instance in instances:
        tenancy = (instance.datacenter, instance.partition, instance.namespace)
        ids.setdefault((*tenancy, instance.node.name), set()).add(instance.service.id)
        names.setdefault(tenancy, set()).add(instance.service.name)
    frozen_ids = {key: frozenset(found) for key, found in ids.items()}
    frozen_names = {key: frozenset(found) for key, found in names.items()}
    for instance in instances:
        tenancy = (instance.datacenter, instance.partition, instance.namespace)
        yield Neighbours(instance, frozen_ids[(*tenancy, instance.node.name)], frozen_names[tenancy])


@rule("proxy-destination-undeclared", on="service", severity="warning")  # RG-W11
def proxy_destination_undeclared(found: Neighbours, report: Report) -> None:
    """A proxy of a service that no file declares.

    The proxy works as soon as the service exists; a misspelled name never does. The id is looked for
    on the proxy's own node.

    Found in a tree:

        == proxy.hcl ==
        service {
          kind = "connect-proxy"
          name = "web-proxy"
          port = 20000
          proxy {
            destination_service_name = "wbe"
            local_service_port       = 8080
          }
        }
        == web.hcl ==
        service {
          name = "web"
          port = 8080
        }
    """
    service = found.instance.service
    if not service.is_proxy or service.parent is not None:
        return
    proxy = service.proxy
    if proxy.destination_service_name not in found.names:
        report(
            f"no service `{proxy.destination_service_name}` is declared",
            location=service.locate(("Proxy", "DestinationServiceName")),
        )
    elif proxy.destination_service_id and proxy.destination_service_id not in found.ids:
        report(
            f"no service with the id `{proxy.destination_service_id}` is on this node",
            location=service.locate(("Proxy", "DestinationServiceID")),
        )


@rule("alias-check-undeclared", on="check", severity="warning")  # CHK-W04
def alias_check_undeclared(found: Neighbours, report: Report) -> None:
    """An alias check of a service that is not on the node.

    Consul takes it without a word; the check stays critical.

    Found in a tree:

        == web.hcl ==
        service {
          name  = "web"
          port  = 8080
          check = { alias_service = "databse" }
        }
    """
    service = found.instance.service
    for index, check in enumerate(service.checks):
        if check.alias_service and not check.alias_node and check.alias_service not in found.ids:
            report(
                f"no service with the id `{check.alias_service}` is on this node",
                location=service.locate(("Checks", index, "AliasService")),
            )


CHECKS = (proxy_destination_undeclared, alias_check_undeclared)
