"""Text to write, as a ready snippet in the help of a finding."""

from __future__ import annotations

from meshgw.chain.model import ServiceKey
from meshgw.diagnostics.model import Location


def exported_service(service: ServiceKey, consumer: str) -> str:
    """An item of `Services` in exported-services."""
    namespace = "" if service.namespace == "default" else f', Namespace = "{service.namespace}"'
    return f'{{ Name = "{service.name}"{namespace}, Consumers = [{{ Partition = "{consumer}" }}] }}'


def exported_services_entry(service: ServiceKey, consumer: str) -> str:
    """A whole exported-services entry."""
    return (
        f'Kind = "exported-services"\nName = "{service.partition}"\n'
        f"Services = [{exported_service(service, consumer)}]"
    )


def intention_source(caller: ServiceKey, destination: ServiceKey) -> str:
    """An item of `Sources` in service-intentions that lets a caller in."""
    namespace = "" if caller.namespace == destination.namespace else f', Namespace = "{caller.namespace}"'
    partition = "" if caller.partition == destination.partition else f', Partition = "{caller.partition}"'
    return f'{{ Name = "{caller.name}"{namespace}{partition}, Action = "allow" }}'


def intentions_entry(caller: ServiceKey, destination: ServiceKey) -> str:
    """A whole service-intentions entry."""
    namespace = "" if destination.namespace == "default" else f'\nNamespace = "{destination.namespace}"'
    partition = "" if destination.partition == "default" else f'\nPartition = "{destination.partition}"'
    return (
        f'Kind = "service-intentions"\nName = "{destination.name}"{namespace}{partition}\n'
        f"Sources = [{intention_source(caller, destination)}]"
    )


def gateway_registration() -> str:
    """The start of a mesh gateway's registration."""
    return (
        'service {\n  name = "mesh-gateway"\n  kind = "mesh-gateway"\n  port = 8443\n'
        '  tagged_addresses { wan = { address = "…", port = 8443 } }\n}'
    )


def at(location: Location | None) -> str:
    """` at FILE:LINE` for a help text, or nothing."""
    if location is None:
        return ""
    return f" at {location.document.name}:{location.position[0]}"
