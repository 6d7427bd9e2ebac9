"""What the agent checks when it takes a service in, and the catalog beside 4.2 (4.3)."""

from __future__ import annotations

import ipaddress

from meshgw.diagnostics.evaluation import Step, every, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.services.model import Service
from meshgw.services.places import ServiceReport

_ANY = ("0.0.0.0", "::", "[::]")  # noqa: S104  # compared with, never bound
_LITERALS = {"lan_ipv4": 4, "wan_ipv4": 4, "lan_ipv6": 6}


@rule("service-without-name", on="service", consul="Service name missing", stage="HLS")  # RG-40
def service_without_name(service: Service, report: Report) -> None:
    """A service without a name.

    `consul validate` calls it valid; the agent does not start with it.

    Refused:

        service {
          id   = "web-1"
          port = 8080
        }

    Accepted:

        service {
          id   = "web-1"
          name = "web"
          port = 8080
        }
    """
    if not service.name:
        by_body = isinstance(report, ServiceReport) and report.place_of == "H"
        report(
            "the service has no `name`",
            at=("Name",),
            consul="Missing service name" if by_body else None,
            help="set `name`",
        )


@rule("service-address-any", on="service", consul="Invalid service address", stage="HS")  # RG-41
def service_address_any(service: Service, report: Report) -> None:
    """An address that means all addresses.

    Others cannot dial `0.0.0.0` or `::`. An agent that reads it from a file starts, and never gets the
    service into the catalog.

    Refused (register):

        service {
          name    = "web"
          port    = 8080
          address = "0.0.0.0"
        }

    Accepted (register):

        service {
          name    = "web"
          port    = 8080
          address = "10.0.0.5"
        }
    """
    if service.address in _ANY:
        report(
            f"`{service.address}` is no address that others can dial",
            at=("Address",),
            help="set an address of the host, or none for the node's own",
        )


@rule("tagged-address-version", on="service", consul="Service tagged address", stage="L")  # RG-42
def tagged_address_version(service: Service, report: Report) -> None:
    """A tagged address that is not of the IP version in its name.

    `lan_ipv4` and `wan_ipv4` hold IPv4 literals, `lan_ipv6` holds an IPv6 literal. Host names belong
    to `lan` and `wan`.

    Refused:

        service {
          name = "web"
          port = 8080
          tagged_addresses {
            lan_ipv4 {
              address = "web.example.com"
              port    = 8080
            }
          }
        }

    Accepted:

        service {
          name = "web"
          port = 8080
          tagged_addresses {
            lan {
              address = "web.example.com"
              port    = 8080
            }
          }
        }
    """
    for name, version in _LITERALS.items():
        tagged = service.tagged_addresses.get(name)
        if tagged is not None and _version(tagged.address) != version:
            report(
                f"`{tagged.address}` in `{name}` is no IPv{version} address",
                at=("TaggedAddresses", name, "Address"),
                consul=f'Service tagged address "{name}" must be a valid ipv{version} address',
            )


def _version(address: str) -> int:
    try:
        return ipaddress.ip_address(address).version
    except ValueError:
        return 0


@rule(
    "sidecar-ports-exhausted",
    on="service",
    consul="no port provided for sidecar_service and none left",
    stage="L",
)  # RG-44
def sidecar_ports_exhausted(bounds: tuple[int, int], report: Report) -> None:
    """More sidecars on an agent than its range has ports.

    Refused:

        ports {
          sidecar_min_port = 21000
          sidecar_max_port = 21000
        }
        services {
          name = "web"
          port = 8080
          connect {
            sidecar_service {}
          }
        }
        services {
          name = "api"
          port = 8081
          connect {
            sidecar_service {}
          }
        }

    Accepted:

        ports {
          sidecar_min_port = 21000
          sidecar_max_port = 21010
        }
        services {
          name = "web"
          port = 8080
          connect {
            sidecar_service {}
          }
        }
        services {
          name = "api"
          port = 8081
          connect {
            sidecar_service {}
          }
        }
    """
    low, high = bounds
    report(
        f"no port is left for this sidecar in {low} to {high}",
        part="key",
        help="widen `ports.sidecar_min_port` to `ports.sidecar_max_port`, or set the sidecar's `port`",
    )


@rule(
    "sidecar-ports-off",
    on="service",
    consul="no port provided for sidecar_service and auto-assignment disabled in config",
    stage="L",
)  # RG-45
def sidecar_ports_off(service: Service, report: Report) -> None:  # noqa: ARG001
    """A sidecar without a port on an agent that gives out none.

    Refused:

        ports {
          sidecar_min_port = 0
          sidecar_max_port = 0
        }
        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service {}
          }
        }

    Accepted:

        ports {
          sidecar_min_port = 0
          sidecar_max_port = 0
        }
        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service { port = 20000 }
          }
        }
    """
    report(
        "the sidecar has no `port`, and the agent gives out none",
        part="key",
        help="set `port` in `sidecar_service`",
    )


@rule(
    "service-in-other-partition",
    on="service",
    consul="to node in partition",
    edition="enterprise",
    stage="LH",
)  # RG-51
def service_in_other_partition(partition: str, report: Report) -> None:
    """A service in another partition than its agent.

    A node belongs to one partition, and so does everything on it.

    Refused:

        partition = "billing"
        service {
          name      = "web"
          partition = "shop"
        }

    Accepted:

        partition = "billing"
        service {
          name      = "web"
          partition = "billing"
        }
    """
    service: Service = report.root
    report(
        f"the service is in partition `{service.partition}`, its agent in `{partition}`",
        at=("Partition",),
        help="take `partition` out, or run the service on an agent of that partition",
    )


@rule("script-checks-off", on="check", consul="Scripts are disabled on this agent", stage="L")  # CHK-20
def script_checks_off(service: Service, report: Report) -> None:
    """A script check on an agent that runs no scripts.

    Refused:

        enable_local_script_checks = false
        service {
          name = "web"
          check {
            args     = ["/usr/local/bin/check-web"]
            interval = "10s"
          }
        }

    Accepted:

        enable_local_script_checks = true
        service {
          name = "web"
          check {
            args     = ["/usr/local/bin/check-web"]
            interval = "10s"
          }
        }
    """
    for index, check in enumerate(service.checks):
        if check.args:
            report(
                "a script check, and the agent does not run scripts",
                at=("Checks", index, "ScriptArgs"),
                help="set `enable_local_script_checks` of the agent, or check over HTTP, TCP or gRPC",
            )


LOCAL: Step = first(service_without_name, tagged_address_version)  # RG-40, RG-42
"""What the agent itself checks, after the checks of the service."""

BODY: Step = first(service_without_name, service_address_any)  # RG-40, RG-41
"""What its API checks before everything else."""

CATALOG: Step = every(service_address_any)  # RG-41
