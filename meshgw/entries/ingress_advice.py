"""What Consul accepts in an ingress gateway and what surprises, or breaks, later.

envoy-other-gateways.md 3 says what becomes of each field.
"""

from __future__ import annotations

from typing import Any

from meshgw.diagnostics.evaluation import Step, each
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.blocks import PassiveHealthCheck
from meshgw.entries.header_modifiers import HEADER_ADVICE
from meshgw.entries.ingress_parts import KIND, IngressListener, IngressService
from meshgw.entries.ingress_tls_advice import (
    ingress_ciphers_conflict,
    ingress_host_any_without_certificate,
    ingress_service_sds_cluster_ignored,
    ingress_service_sds_cluster_not_inherited,
)
from meshgw.entries.shared import report_unlike_wildcard

_LIMITS = ("MaxConnections", "MaxPendingRequests", "MaxConcurrentRequests")
_HIGHEST_PORT = 65535


@rule("ingress-port-out-of-range", on=KIND)
def ingress_port_out_of_range(listener: IngressListener, report: Report) -> None:
    """A listener on a port that does not exist.

    Consul takes any number, 0 and negative ones included; Envoy does not open such a listener.

    Found:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port = 80800
          Services { Name = "web" }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port = 8080
          Services { Name = "web" }
        }
    """
    if not 0 < listener.port <= _HIGHEST_PORT:
        report(f"{listener.port} is no port a client can call", at=("Port",), help="1 to 65535")


@rule("ingress-health-check-invalid", on=KIND)
def ingress_health_check_invalid(check: PassiveHealthCheck, report: Report) -> None:
    """A passive health check with values that Envoy refuses.

    Consul checks them in service-defaults but not here. Times must not be negative, percentages not
    above 100.

    Found:

        Kind = "ingress-gateway"
        Name = "edge"
        Defaults { PassiveHealthCheck { MaxEjectionPercent = 500 } }
        Listeners {
          Port = 8080
          Services { Name = "web" }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Defaults { PassiveHealthCheck { MaxEjectionPercent = 50 } }
        Listeners {
          Port = 8080
          Services { Name = "web" }
        }
    """
    for field, value in (("Interval", check.interval), ("BaseEjectionTime", check.base_ejection_time)):
        if value is not None and value < 0:
            report(f"`{field}` is negative", at=(field,), help="write a positive duration")
    percentages = {
        "EnforcingConsecutive5xx": check.enforcing_consecutive_5xx,
        "MaxEjectionPercent": check.max_ejection_percent,
    }
    for field, percent in percentages.items():
        if percent is not None and percent > 100:
            report(f"{percent} is no percentage", at=(field,), help="0 to 100")


@rule("ingress-zero-ignored", on=KIND, severity="warning")
def ingress_zero_ignored(service: IngressService, report: Report) -> None:
    """A limit of 0 on a service, beside another one in the defaults.

    0 counts as not set, so it does not lift the default.

    Found:

        Kind = "ingress-gateway"
        Name = "edge"
        Defaults { MaxConnections = 100 }
        Listeners {
          Port = 8080
          Services { Name = "web" MaxConnections = 0 }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Defaults { MaxConnections = 100 }
        Listeners {
          Port = 8080
          Services { Name = "web" MaxConnections = 4096 }
        }
    """
    defaults = report.root.defaults
    if defaults is None:
        return
    for field in _LIMITS:
        common = getattr(defaults, defaults.attribute_of(field))
        if common and getattr(service, service.attribute_of(field)) == 0:
            report(
                f"`{field} = 0` does not lift the default of {common}",
                at=(field,),
                related=report.place(("Defaults", field), "the default"),
                help="write the limit that the service should have",
            )


@rule("ingress-service-differs-by-case", on=KIND, severity="warning")
def ingress_service_differs_by_case(service: IngressService, report: Report) -> None:
    """Two services of a listener whose names differ by case only.

    Names of services are compared without regard to case, so both mean one service.

    Found:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" }
          Services { Name = "Web" }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" }
        }
    """
    services = report.root.listeners[report.base[1]].services
    earlier = report.met((report.base[1], service.partition, service.namespace, service.name.lower()))
    if earlier is not None and services[earlier[3]].name != service.name:
        report(
            f"the services `{service.name}` and `{services[earlier[3]].name}` differ by case only",
            at=("Name",),
            related=report.place(earlier, "the other one"),
            help="write the service once",
        )


@rule("ingress-service-differs-from-wildcard", on=KIND, severity="warning")  # OG-W03
def ingress_service_differs_from_wildcard(listener: IngressListener, report: Report) -> None:
    """A service with settings of its own on a listener that also has `*`.

    For a service that exists when the entry is written its own hosts and limits count. One that is
    registered for the first time later gets those of `*`, until the entry is written again.

    Found:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "*" }
          Services { Name = "web" Hosts = ["example.com"] }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" Hosts = ["example.com"] }
          Services { Name = "api" Hosts = ["api.example.com"] }
        }
    """
    report_unlike_wildcard(
        listener.services, report, help="list all services of the listener in place of `*`"
    )


@rule("ingress-service-on-unequal-listeners", on=KIND, severity="warning")  # OG-W12
def ingress_service_on_unequal_listeners(service: IngressService, report: Report) -> None:
    """A service on several listeners that differ in HTTP version or limits.

    Clusters are made once for a service, from one of its listeners: limits, health checks and HTTP/2
    of the others are lost.

    Found:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" MaxConnections = 10 }
        }
        Listeners {
          Port     = 8081
          Protocol = "http"
          Services { Name = "web" MaxConnections = 20 }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" MaxConnections = 10 }
        }
        Listeners {
          Port     = 8081
          Protocol = "http"
          Services { Name = "web" MaxConnections = 10 }
        }
    """
    earlier = report.met((service.partition, service.namespace, service.name.lower()))
    if earlier is None or earlier[1] == report.base[1]:
        return
    listeners = report.root.listeners
    other = listeners[earlier[1]].services[earlier[3]]
    here, there = listeners[report.base[1]], listeners[earlier[1]]
    if _cluster_settings(service, here) != _cluster_settings(other, there):
        report(
            f"`{service.name}` differs from what it is on port {there.port}",
            related=report.place(earlier, "the other one"),
            note="Consul makes the clusters of a service once, for one of its listeners",
            help="give it the same protocol, limits and health check on both listeners",
        )


def _cluster_settings(service: IngressService, listener: IngressListener) -> tuple[Any, ...]:
    limits = tuple(getattr(service, service.attribute_of(field)) or None for field in _LIMITS)
    return (listener.protocol in ("http2", "grpc"), service.passive_health_check, *limits)


ADVICE: tuple[Step, ...] = (
    each(
        "Listeners",
        ingress_port_out_of_range,
        ingress_ciphers_conflict,
        ingress_host_any_without_certificate,
        ingress_service_differs_from_wildcard,
        each(
            "Services",
            ingress_service_sds_cluster_ignored,
            ingress_service_sds_cluster_not_inherited,
            each("PassiveHealthCheck", ingress_health_check_invalid),
            ingress_zero_ignored,
            ingress_service_differs_by_case,
            ingress_service_on_unequal_listeners,
            *HEADER_ADVICE,
        ),
    ),
    each("Defaults.PassiveHealthCheck", ingress_health_check_invalid),
)
