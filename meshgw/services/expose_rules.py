"""Rules about exposed paths of a `connect-proxy` (service-registration.md 2.5, 4.2)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import each, every
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.blocks import ExposePath


@rule("exposed-path-empty", on="service", consul="expose.paths: empty path exposed", stage="VHS")  # RG-35
def exposed_path_empty(exposed: ExposePath, report: Report) -> None:
    """An exposed path that is empty.

    Refused:

        service {
          kind = "connect-proxy"
          name = "web-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            expose {
              paths = [{ listener_port = 21500, local_path_port = 8080 }]
            }
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
            expose {
              paths = [{ path = "/health", listener_port = 21500, local_path_port = 8080 }]
            }
          }
        }
    """
    if not exposed.path:
        report("an exposed path has no `path`", at=("Path",), help='set `path`, such as "/health"')


@rule(
    "exposed-port-twice", on="service", consul="expose.paths: duplicate listener ports exposed", stage="VHS"
)  # RG-36
def exposed_port_twice(exposed: ExposePath, report: Report) -> None:
    """Two exposed paths on one listener port.

    Each path gets a listener of its own.

    Refused:

        service {
          kind = "connect-proxy"
          name = "web-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            expose {
              paths = [
                { path = "/health", listener_port = 21500, local_path_port = 8080 },
                { path = "/ready", listener_port = 21500, local_path_port = 8080 },
              ]
            }
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
            expose {
              paths = [
                { path = "/health", listener_port = 21500, local_path_port = 8080 },
                { path = "/ready", listener_port = 21501, local_path_port = 8080 },
              ]
            }
          }
        }
    """
    before = report.met(exposed.listener_port)
    if before is not None:
        report(
            f"port {exposed.listener_port} is exposed a second time",
            at=("ListenerPort",),
            related=report.place((*before, "ListenerPort"), "the first time"),
        )


@rule(
    "exposed-port-invalid", on="service", consul="expose.paths: invalid listener port", stage="VHS"
)  # RG-37
def exposed_port_invalid(exposed: ExposePath, report: Report) -> None:
    """A listener port of an exposed path that is none.

    Refused:

        service {
          kind = "connect-proxy"
          name = "web-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            expose {
              paths = [{ path = "/health", local_path_port = 8080 }]
            }
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
            expose {
              paths = [{ path = "/health", listener_port = 21500, local_path_port = 8080 }]
            }
          }
        }
    """
    if not 0 < exposed.listener_port <= 65535:
        report(
            f"the listener port {exposed.listener_port} of an exposed path is not 1 to 65535",
            at=("ListenerPort",),
        )


@rule("exposed-protocol-unknown", on="service", consul="not supported for path", stage="VHS")  # RG-38
def exposed_protocol_unknown(exposed: ExposePath, report: Report) -> None:
    """A protocol of an exposed path other than `http` and `http2`.

    Refused:

        service {
          kind = "connect-proxy"
          name = "web-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            expose {
              paths = [{ path = "/grpc", listener_port = 21500, local_path_port = 8080, protocol = "grpc" }]
            }
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
            expose {
              paths = [{ path = "/grpc", listener_port = 21500, local_path_port = 8080, protocol = "http2" }]
            }
          }
        }
    """
    if exposed.protocol.lower() not in ("", "http", "http2"):
        report(
            f"`{exposed.protocol}` is no protocol of an exposed path",
            at=("Protocol",),
            help="`http` or `http2`, which also carries gRPC",
        )


EXPOSE = each(
    "Paths",
    every(
        exposed_path_empty,  # RG-35
        exposed_port_twice,  # RG-36
        exposed_port_invalid,  # RG-37
        exposed_protocol_unknown,  # RG-38
    ),
    all_items=True,
)
