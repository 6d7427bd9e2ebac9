"""Text to write, as a ready snippet in the help of a finding."""

from __future__ import annotations

from meshgw.diagnostics.model import Location
from meshgw.mesh.keys import ServiceKey


def exported_service(service: ServiceKey, consumer: str) -> str:
    """An item of `Services` in exported-services."""
    namespace = "" if service.namespace == "default" else f', Namespace = "{service.namespace}"'
    return f'{{ Name = "{service.name}"{namespace}, Consumers = [{{ Partition = "{consumer}" }}] }}'


def exported_to_peer(service: ServiceKey, peer: str) -> str:
    """An item of `Services` in exported-services for a peer."""
    namespace = "" if service.namespace == "default" else f', Namespace = "{service.namespace}"'
    return f'{{ Name = "{service.name}"{namespace}, Consumers = [{{ Peer = "{peer}" }}] }}'


def entry_exporting(partition: str, item: str) -> str:
    """A whole exported-services entry with one item."""
    return f'Kind = "exported-services"\nName = "{partition}"\nServices = [{item}]'


def exported_services_entry(service: ServiceKey, consumer: str) -> str:
    """A whole exported-services entry."""
    return (
        f'Kind = "exported-services"\nName = "{service.partition}"\n'
        f"Services = [{exported_service(service, consumer)}]"
    )


def intention_source(caller: ServiceKey, destination: ServiceKey, action: str = "allow") -> str:
    """An item of `Sources` in service-intentions about one caller."""
    namespace = "" if caller.namespace == destination.namespace else f', Namespace = "{caller.namespace}"'
    partition = "" if caller.partition == destination.partition else f', Partition = "{caller.partition}"'
    return f'{{ Name = "{caller.name}"{namespace}{partition}, Action = "{action}" }}'


def peer_source(caller: ServiceKey, peer: str) -> str:
    """An item of `Sources` in service-intentions that lets a caller of a peer in."""
    namespace = "" if caller.namespace == "default" else f', Namespace = "{caller.namespace}"'
    return f'{{ Name = "{caller.name}"{namespace}, Peer = "{peer}", Action = "allow" }}'


def entry_of_intentions(destination: ServiceKey, source: str) -> str:
    """A whole service-intentions entry with one source."""
    namespace = "" if destination.namespace == "default" else f'\nNamespace = "{destination.namespace}"'
    partition = "" if destination.partition == "default" else f'\nPartition = "{destination.partition}"'
    head = f'Kind = "service-intentions"\nName = "{destination.name}"{namespace}{partition}'
    return f"{head}\nSources = [{source}]"


def intentions_entry(caller: ServiceKey, destination: ServiceKey) -> str:
    """A whole service-intentions entry."""
    namespace = "" if destination.namespace == "default" else f'\nNamespace = "{destination.namespace}"'
    partition = "" if destination.partition == "default" else f'\nPartition = "{destination.partition}"'
    return (
        f'Kind = "service-intentions"\nName = "{destination.name}"{namespace}{partition}\n'
        f"Sources = [{intention_source(caller, destination)}]"
    )


def service_defaults(service: ServiceKey, protocol: str) -> str:
    """A service-defaults entry that says a protocol."""
    namespace = "" if service.namespace == "default" else f'\nNamespace = "{service.namespace}"'
    partition = "" if service.partition == "default" else f'\nPartition = "{service.partition}"'
    return (
        f'Kind = "service-defaults"\nName = "{service.name}"{namespace}{partition}\nProtocol = "{protocol}"'
    )


def gateway_registration(flag: str = "") -> str:
    """The start of a mesh gateway's registration, with a meta key that is `1`."""
    meta = f'  meta {{ "{flag}" = "1" }}\n' if flag else ""
    return (
        f'service {{\n  name = "mesh-gateway"\n  kind = "mesh-gateway"\n  port = 8443\n{meta}'
        '  tagged_addresses { wan = { address = "…", port = 8443 } }\n}'
    )


def at(location: Location | None) -> str:
    """` at FILE:LINE` for a help text, or nothing."""
    if location is None:
        return ""
    return f" at {location.document.name}:{location.position[0]}"
