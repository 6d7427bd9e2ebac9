"""Rules about a service as a whole (service-registration.md 4.2); Consul collects their messages."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import Step, each, every, when
from meshgw.diagnostics.rules import Report, rule
from meshgw.schema.spelling import spelling_of
from meshgw.services.expose_rules import EXPOSE
from meshgw.services.field_rules import SIDECAR_SHAPE
from meshgw.services.model import MESH_GATEWAY, TERMINATING_GATEWAY, Service
from meshgw.services.places import ServiceReport
from meshgw.services.upstream_rules import UPSTREAMS

_HCP_KEY = "envoy_hcp_metrics_bind_socket_dir"
_HCP_MAX = 70


@rule("zone-without-region", on="service", consul="zone cannot be set without region", stage="VHS")  # RG-29
def zone_without_region(service: Service, report: Report) -> None:
    """A locality with a zone and no region.

    Refused:

        service {
          name     = "web"
          locality = { zone = "us-west-1a" }
        }

    Accepted:

        service {
          name     = "web"
          locality = { region = "us-west-1", zone = "us-west-1a" }
        }
    """
    if service.locality is not None and service.locality.zone and not service.locality.region:
        report(
            f"the zone `{service.locality.zone}` has no region",
            at=("Locality", "Zone"),
            help="set `region` too",
        )


@rule(
    "proxy-without-port", on="service", consul="Port or SocketPath must be set for a connect-proxy"
)  # RG-30
def proxy_without_port(service: Service, report: Report) -> None:
    """A proxy that listens nowhere.

    A `connect-proxy` that is registered by itself needs a `port` or a `socket_path`; only a
    `sidecar_service` gets a port from the agent.

    Refused:

        service {
          kind = "connect-proxy"
          name = "web-proxy"
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
          }
        }

    Accepted:

        service {
          kind = "connect-proxy"
          name = "web-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
          }
        }
    """
    if service.port == 0 and not service.socket_path:
        report("the proxy has neither `port` nor `socket_path`", at=("Port",), help="set `port`")


@rule(
    "proxy-without-destination",
    on="service",
    consul="Proxy.DestinationServiceName must be non-empty for Connect proxy services",
    stage="VHS",
)  # RG-31
def proxy_without_destination(service: Service, report: Report) -> None:
    """A proxy that does not say whose it is.

    Refused:

        service {
          kind = "connect-proxy"
          name = "web-proxy"
          port = 20000
          proxy { local_service_port = 8080 }
        }

    Accepted:

        service {
          kind = "connect-proxy"
          name = "web-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
          }
        }
    """
    if not service.proxy.destination_service_name.strip():
        report(
            "the proxy has no `destination_service_name`",
            at=("Proxy", "DestinationServiceName"),
            help="set it to the service that the proxy represents",
        )


@rule(
    "proxy-for-wildcard",
    on="service",
    consul="Proxy.DestinationServiceName must not be a wildcard for Connect proxy services",
    stage="VHS",
)  # RG-32
def proxy_for_wildcard(service: Service, report: Report) -> None:
    """A proxy of every service at once.

    Refused:

        service {
          kind = "connect-proxy"
          name = "web-proxy"
          port = 20000
          proxy {
            destination_service_name = "*"
            local_service_port       = 8080
          }
        }

    Accepted:

        service {
          kind = "connect-proxy"
          name = "web-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
          }
        }
    """
    if service.proxy.destination_service_name == "*":
        report("the proxy's `destination_service_name` is `*`", at=("Proxy", "DestinationServiceName"))


@rule(
    "native-proxy",
    on="service",
    consul="A Proxy cannot also be Connect Native, only typical services",
    stage="VHS",
)  # RG-33
def native_proxy(service: Service, report: Report) -> None:
    """A proxy that says it needs none.

    `native` is for applications that speak the mesh's TLS themselves.

    Refused:

        service {
          kind    = "connect-proxy"
          name    = "web-proxy"
          port    = 20000
          connect = { native = true }
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
          }
        }

    Accepted:

        service {
          kind = "connect-proxy"
          name = "web-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
          }
        }
    """
    if service.connect.native:
        report("a proxy is marked as `native`", at=("Connect", "Native"), help="take `native` out")


@rule(
    "metrics-socket-dir-too-long",
    on="service",
    consul="envoy_hcp_metrics_bind_socket_dir length",
    stage="VHS",
)  # RG-34
def metrics_socket_dir_too_long(service: Service, report: Report) -> None:
    """A folder for the socket of HCP's metrics whose name is too long.

    Consul appends a file name, and paths of Unix sockets end after about 100 bytes.

    Refused:

        service {
          name = "web"
          kind = "connect-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            config                   = { envoy_hcp_metrics_bind_socket_dir = "/%{70 x d}" }
          }
        }

    Accepted:

        service {
          name = "web"
          kind = "connect-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            config                   = { envoy_hcp_metrics_bind_socket_dir = "/run/hcp" }
          }
        }
    """
    folder = (service.proxy.config or {}).get(_HCP_KEY)
    if isinstance(folder, str) and len(folder.encode()) > _HCP_MAX:
        report(
            f"`{_HCP_KEY}` has {len(folder.encode())} bytes; at most {_HCP_MAX}",
            at=("Proxy", "Config", _HCP_KEY),
        )


@rule("gateway-without-port", on="service", consul="Port must be non-zero for a", stage="VHS")  # RG-39a
def gateway_without_port(service: Service, report: Report) -> None:
    """A mesh or terminating gateway without a port.

    A socket path does not help; ingress and API gateways get their listeners elsewhere.

    Refused:

        service {
          kind = "mesh-gateway"
          name = "mesh-gateway"
        }

    Accepted:

        service {
          kind = "mesh-gateway"
          name = "mesh-gateway"
          port = 8443
        }
    """
    if service.port == 0 and service.kind in (MESH_GATEWAY, TERMINATING_GATEWAY):
        report(
            f"the {service.kind} has no `port`",
            at=("Port",),
            consul=f"Port must be non-zero for a {service.kind}",
            help="set `port`, such as 8443",
        )


@rule(
    "gateway-with-sidecar", on="service", consul="cannot have a sidecar service defined", stage="VHS"
)  # RG-39b
def gateway_with_sidecar(service: Service, report: Report) -> None:
    """A gateway that wants a sidecar.

    Refused:

        service {
          kind = "mesh-gateway"
          name = "mesh-gateway"
          port = 8443
          connect {
            sidecar_service {}
          }
        }

    Accepted:

        service {
          kind = "mesh-gateway"
          name = "mesh-gateway"
          port = 8443
        }
    """
    if service.connect.sidecar_service is not None:
        report(
            f"a {service.kind} has a `sidecar_service`",
            at=("Connect", "SidecarService"),
            part="key",
            consul=f"A {service.kind} cannot have a sidecar service defined",
            help="a gateway is a proxy itself; take the block out",
        )


_DESTINATION_FIELDS = (
    "DestinationServiceName",
    "DestinationServiceID",
    "LocalServiceAddress",
    "LocalServicePort",
    "LocalServiceSocketPath",
)


@rule(
    "gateway-with-destination", on="service", consul="configuration is invalid for a", stage="VHS"
)  # RG-39c…g
def gateway_with_destination(service: Service, report: Report) -> None:
    """A gateway that claims to represent one service.

    `destination_service_*` and `local_service_*` belong to the sidecars of applications.

    Refused:

        service {
          kind = "mesh-gateway"
          name = "mesh-gateway"
          port = 8443
          proxy { destination_service_name = "web" }
        }

    Accepted:

        service {
          kind = "mesh-gateway"
          name = "mesh-gateway"
          port = 8443
        }
    """
    proxy = service.proxy
    for name in _DESTINATION_FIELDS:
        if getattr(proxy, proxy.attribute_of(name)):
            report(
                f"`{proxy.attribute_of(name)}` is set in a {service.kind}",
                at=("Proxy", name),
                part="all",
                consul=f"The Proxy.{name} configuration is invalid for a {service.kind}",
            )


@rule(
    "gateway-with-upstreams",
    on="service",
    consul="The Proxy.Upstreams configuration is invalid for a",
    stage="VHS",
)  # RG-39h
def gateway_with_upstreams(service: Service, report: Report) -> None:
    """Upstreams in the registration of a gateway.

    Upstreams belong to the sidecar of the service that calls: its `mesh_gateway` mode sends the
    traffic through the gateway, which needs no list of what passes.

    Refused:

        service {
          kind = "mesh-gateway"
          name = "mesh-gateway"
          port = 8443
          proxy {
            upstreams {
              destination_name = "api"
              local_bind_port  = 5000
            }
          }
        }

    Accepted:

        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service {
              proxy {
                upstreams {
                  destination_name = "api"
                  local_bind_port  = 5000
                  mesh_gateway     = { mode = "local" }
                }
              }
            }
          }
        }
    """
    if not service.proxy.upstreams:
        return
    names = ", ".join(f"`{up.destination_name}`" for up in service.proxy.upstreams[:3] if up.destination_name)
    report(
        f"a {service.kind} has `upstreams`" + (f" ({names})" if names else ""),
        at=("Proxy", "Upstreams"),
        part="key",
        consul=f"The Proxy.Upstreams configuration is invalid for a {service.kind}",
        help="move them to `connect.sidecar_service.proxy.upstreams` of the service that calls, with "
        f"`{spelling_of(report).setting('mesh_gateway', {'mode': 'local'})}` there",
    )


@rule(
    "native-without-port",
    on="service",
    consul="Port or SocketPath must be set for a Connect native service",
    stage="VHS",
)  # RG-33b
def native_without_port(service: Service, report: Report) -> None:
    """A native service that listens nowhere.

    Refused:

        service {
          name    = "web"
          connect = { native = true }
        }

    Accepted:

        service {
          name    = "web"
          port    = 8080
          connect = { native = true }
        }
    """
    if service.connect.native and service.port == 0 and not service.socket_path:
        report("a `native` service has neither `port` nor `socket_path`", at=("Port",), help="set `port`")


def _is_proxy(service: Service, _: Report) -> bool:
    return service.is_proxy


def _is_gateway(service: Service, _: Report) -> bool:
    return service.is_gateway


def _registered_by_itself(service: Service, report: Report) -> bool:
    """The API looks at a sidecar before the agent gave it a port, and not at its locality."""
    return service.parent is None or not isinstance(report, ServiceReport) or report.place_of == "S"


SERVICE: Step = every(
    when(_registered_by_itself, zone_without_region),  # RG-29
    when(
        _is_proxy,
        every(
            when(_registered_by_itself, proxy_without_port),  # RG-30
            proxy_without_destination,  # RG-31
            proxy_for_wildcard,  # RG-32
            native_proxy,  # RG-33
            metrics_socket_dir_too_long,  # RG-34
            UPSTREAMS,  # UPS-01 … UPS-10
            each("Proxy.Expose", EXPOSE),  # RG-35 … RG-38
        ),
    ),
    when(
        _is_gateway,
        every(
            gateway_without_port,  # RG-39a
            gateway_with_sidecar,  # RG-39b
            gateway_with_destination,  # RG-39c … RG-39g
            gateway_with_upstreams,  # RG-39h
        ),
    ),
    SIDECAR_SHAPE,  # RG-26, RG-27
    native_without_port,  # RG-33b
)
"""In Consul's order. It stops at none of them."""
