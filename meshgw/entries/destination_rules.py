"""Destinations outside the mesh (config-entries.md 2.1, SD-21 to SD-24)."""

from __future__ import annotations

import ipaddress

from meshgw.diagnostics.evaluation import every
from meshgw.diagnostics.model import Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.hostnames import is_host
from meshgw.schema.fields import Block, block, integer, texts

_LAST_PORT = 65535


@block
class Destination(Block):
    """Addresses outside the mesh that are reached through a terminating gateway."""

    addresses: tuple[str, ...] = texts("Addresses", doc="IP addresses or host names")
    port: int = integer("Port", doc="1 to 65535")


@rule("destination-without-addresses", on="service-defaults", consul="at least one valid address")  # SD-21
def destination_without_addresses(destination: Destination, report: Report) -> None:
    """A destination without an address.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        Destination { Port = 443 }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        Destination { Addresses = ["db.example.com"], Port = 443 }
    """
    if not destination.addresses:
        report(
            "the destination has no `Addresses`",
            at=("Addresses",),
            help="list its host names or IP addresses",
        )


@rule("destination-address-twice", on="service-defaults", consul="Duplicate address")  # SD-22
def destination_address_twice(destination: Destination, report: Report) -> None:
    """The same address of a destination twice.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        Destination { Addresses = ["10.0.0.1", "10.0.0.1"], Port = 443 }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        Destination { Addresses = ["10.0.0.1", "10.0.0.2"], Port = 443 }
    """
    for index, address in enumerate(destination.addresses):
        earlier = report.met(address, ("Addresses", index))
        if earlier is None:
            continue
        place = report.subject.locate(earlier)
        report(
            f"`{address}` is listed twice",
            at=("Addresses", index),
            related=[Related(place, "the first time")] if place else (),
            help="take one of them out",
        )


@rule("destination-address-invalid", on="service-defaults", consul="Could not validate address")  # SD-23
def destination_address_invalid(destination: Destination, report: Report) -> None:
    """An address of a destination that is neither an IP address nor a host name.

    Wildcards are not allowed.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        Destination { Addresses = ["*.example.com"], Port = 443 }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        Destination { Addresses = ["db.example.com", "10.0.0.1"], Port = 443 }
    """
    for index, address in enumerate(destination.addresses):
        if not _is_ip(address) and ("*" in address or not is_host(address)):
            report(
                f"`{address}` is neither an IP address nor a host name",
                at=("Addresses", index),
                help="list each host by its own name" if "*" in address else None,
            )


@rule("destination-port-invalid", on="service-defaults", consul="Invalid Port number")  # SD-24
def destination_port_invalid(destination: Destination, report: Report) -> None:
    """A destination without a port between 1 and 65535.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        Destination { Addresses = ["db.example.com"] }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        Destination { Addresses = ["db.example.com"], Port = 5432 }
    """
    if not 1 <= destination.port <= _LAST_PORT:
        report(f"{destination.port} is no port", at=("Port",), help="a port from 1 to 65535")


@rule("destination-addresses-collide", on="service-defaults")  # OG-W06
def destination_addresses_collide(destination: Destination, report: Report) -> None:
    """Two addresses of a destination that differ only by dots, colons and hyphens.

    Envoy's clusters are named after them with a hyphen for every dot and colon: one of the two takes the
    place of the other, and the terminating gateway's listener is refused.

    Found:

        Kind = "service-defaults"
        Name = "db"
        Destination { Addresses = ["eu-west.example.com", "eu.west.example.com"], Port = 5432 }

    Accepted:

        Kind = "service-defaults"
        Name = "db"
        Destination { Addresses = ["eu-west.example.com", "us-west.example.com"], Port = 5432 }
    """
    for index, address in enumerate(destination.addresses):
        name = address.replace(".", "-").replace(":", "-")
        earlier = report.met(name, ("Addresses", index))
        if earlier is None or destination.addresses.index(address) < index:
            continue  # an address that is listed twice is refused
        place = report.subject.locate(earlier)
        report(
            f"`{address}` has the cluster of another address",
            at=("Addresses", index),
            related=[Related(place, "the other one")] if place else (),
            note=f"both are called `{name}`",
            help="give each a service-defaults entry of its own",
        )


def _is_ip(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True


DESTINATION = every(
    destination_without_addresses,  # SD-21
    destination_address_twice,  # SD-22
    destination_address_invalid,  # SD-23
    destination_port_invalid,  # SD-24
)
