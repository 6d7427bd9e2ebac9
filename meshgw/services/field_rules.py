"""What Consul checks field by field (service-registration.md 4.1), in that order.

Metadata and weights are checked by the agent's API too, modes and socket modes in files only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from meshgw.diagnostics.evaluation import Step, each, every, first, when
from meshgw.diagnostics.rules import Report, rule
from meshgw.schema.decode import TypeFault
from meshgw.services.model import MESH_GATEWAY, Proxy, Service, Upstream
from meshgw.services.places import ServiceReport

MODES = ("", "none", "local", "remote")
_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_WAN_FEDERATION = "consul-wan-federation"


@rule("check-duration-invalid", on="check", consul="invalid duration", stage="V")  # CHK-11
def check_duration_invalid(fault: TypeFault, report: Report) -> None:
    """A duration of a check that is none.

    Durations are numbers with units: `10s`, `1m30s`, `500ms`. An empty string is not one either.

    Refused:

        service {
          name = "web"
          check {
            http     = "http://localhost:8080/health"
            interval = "10"
          }
        }

    Accepted:

        service {
          name = "web"
          check {
            http     = "http://localhost:8080/health"
            interval = "10s"
          }
        }
    """
    report(
        f"`{fault.printed}` wants {fault.wanted}, not {fault.found}",
        location=report.subject.at_source(fault.source),
        note=fault.consul,
        help='write a number with its unit: "10s", "500ms", "1m30s"',
    )


@rule("service-meta-invalid", on="service", consul="metadata", stage="VHLS")  # RG-20
def service_meta_invalid(service: Service, report: Report) -> None:
    """Metadata that Consul does not store.

    At most 64 pairs; keys of letters, digits, `-` and `_`, up to 128 bytes, that do not begin with
    `consul-`; values up to 512 bytes. Only a mesh gateway may have `consul-wan-federation`.

    Refused:

        service {
          name = "web"
          meta = { "consul-version" = "2" }
        }

    Accepted:

        service {
          name = "web"
          meta = { version = "2" }
        }
    """
    if isinstance(report, ServiceReport) and _copied_from_parent(service):
        return
    if len(service.meta) > 64:
        report(
            f"{len(service.meta)} pairs in `meta`; at most 64 are allowed",
            at=("Meta",),
            part="key",
            consul="Node metadata cannot contain more than 64 key/value pairs",
        )
        return
    allowed = (_WAN_FEDERATION,) if service.kind == MESH_GATEWAY else ()
    report_meta(service.meta, report, name="Meta", allowed=allowed)


def _copied_from_parent(service: Service) -> bool:
    return service.parent is not None and any(path == ("Meta",) for path, _ in service.moved)


def report_meta(meta: Mapping[str, str], report: Report, *, name: str, allowed: tuple[str, ...] = ()) -> None:
    """Report every bad pair of service or node metadata; Consul names one of them."""
    for key, value in sorted(meta.items()):
        fault = _pair_fault(key, value, allowed)
        if fault is not None:
            says, consul, part = fault
            report(says, at=(name, key), part="value" if part == "value" else "key", consul=consul)


def _pair_fault(key: str, value: str, allowed: tuple[str, ...]) -> tuple[str, str, str] | None:
    if not key:
        return "a key of `meta` is empty", "Key cannot be blank", "key"
    if not _KEY.fullmatch(key):
        says = f"the key `{key[:140]}` of `meta` has characters other than letters, digits, `-` and `_`"
        return says, "Key contains invalid characters", "key"
    if len(key) > 128:
        return f"a key of {len(key)} bytes in `meta`; at most 128", "Key is too long (limit: 128", "key"
    if key.startswith("consul-") and key not in allowed:
        return (
            f"`{key}` in `meta`: keys that begin with `consul-` are reserved",
            "Key prefix 'consul-'",
            "key",
        )
    if len(value.encode()) > 512:
        size = len(value.encode())
        return f"a value of {size} bytes in `meta`; at most 512", "Value is too long (limit: 512", "value"
    return None


@rule("service-weights-invalid", on="service", consul="Passing must be greater than 0", stage="VH")  # RG-21
def service_weights_invalid(service: Service, report: Report) -> None:
    """Weights out of their range.

    `passing` is 1 to 65535, `warning` 0 to 65535. In bodies of the API what a given `Weights` leaves
    out is 0, in files 1.

    Refused:

        service {
          name    = "web"
          weights = { passing = 0 }
        }

    Accepted:

        service {
          name    = "web"
          weights = { passing = 10, warning = 1 }
        }
    """
    weights = service.weights
    if weights.passing < 1:
        report(f"the weight `passing` is {weights.passing}; at least 1", at=("Weights", "Passing"))
    elif weights.warning < 0:
        report(
            f"the weight `warning` is {weights.warning}; at least 0",
            at=("Weights", "Warning"),
            consul="Warning must be greater or equal than 0",
        )
    elif max(weights.passing, weights.warning) > 65535:
        name = "Passing" if weights.passing > 65535 else "Warning"
        report(
            f"the weight `{name.lower()}` is {max(weights.passing, weights.warning)}; at most 65535",
            at=("Weights", name),
            consul="DNS Weight must be between 0 and 65535",
        )


@rule(
    "socket-path-with-address",
    on="service",
    consul="cannot have both socket path % and address/port",
    stage="V",
)  # RG-22
def socket_path_with_address(service: Service, report: Report) -> None:
    """A Unix socket beside an address or a port.

    An instance is reached in one way. In files the mere presence of `port` or `address` counts, also
    `port = 0`.

    Refused:

        service {
          name        = "web"
          port        = 8080
          socket_path = "/run/web.sock"
        }

    Accepted:

        service {
          name        = "web"
          socket_path = "/run/web.sock"
        }
    """
    if not service.socket_path and not _mentions_socket(service):
        return  # saves looking for the key in every file
    if not _written(service, "SocketPath"):
        return
    other = next((name for name in ("Port", "Address") if _written(service, name)), None)
    if other is not None:
        where = service.locate((other,), "all")
        report(
            f"`socket_path` and `{other.lower()}` are both set",
            at=("SocketPath",),
            part="all",
            related=report.place((other,), "the other way") if where else (),
            help="keep one of them",
        )


def _written(service: Service, name: str) -> bool:
    """Whether a field stands in the file with a value: `null` is absence."""
    if getattr(service, service.attribute_of(name)):
        return True  # saves looking for it in the text
    at = service.written_at((name,))
    if not service.origin.has(at):
        return False
    location = service.origin.locate(at)
    return location is not None and not _is_null(location.document.value, location.path)


def _mentions_socket(service: Service) -> bool:
    """Whether the text may have a key of a socket; one with an escaped letter may be any."""
    document = service.origin.document
    return document is not None and ("\\" in document.text or "socket" in document.text.lower())


def _is_null(value: object, path: tuple[str | int, ...]) -> bool:
    for step in path:
        value = value[step]  # type: ignore[index]
    return value is None


@rule("mesh-gateway-mode-unknown", on="service", consul="Invalid Mesh Gateway Mode", stage="V")  # RG-23
def mesh_gateway_mode_unknown(value: Proxy | Upstream, report: Report) -> None:
    """A mesh gateway mode that is none of the three.

    `none`, `local` and `remote`, in lower case. Bodies of the API are not checked: an unknown word
    then counts as set, and works like `none`.

    Refused:

        service {
          name = "web"
          connect {
            sidecar_service {
              proxy {
                mesh_gateway { mode = "LOCAL" }
              }
            }
          }
        }

    Accepted:

        service {
          name = "web"
          connect {
            sidecar_service {
              proxy {
                mesh_gateway { mode = "local" }
              }
            }
          }
        }
    """
    mode = value.mesh_gateway.mode
    if mode not in MODES:
        lower = mode.strip().lower()
        report(
            f"`{mode}` is no mesh gateway mode",
            at=("MeshGateway", "Mode"),
            help=f"write `{lower}`" if lower in MODES[1:] else "one of `none`, `local`, `remote`",
        )


@rule("proxy-mode-unknown", on="service", consul="Invalid Proxy Mode", stage="V")  # RG-24
def proxy_mode_unknown(proxy: Proxy, report: Report) -> None:
    """A proxy mode that is neither `direct` nor `transparent`.

    Bodies of the API are not checked.

    Refused:

        service {
          name = "web"
          connect {
            sidecar_service {
              proxy { mode = "tproxy" }
            }
          }
        }

    Accepted:

        service {
          name = "web"
          connect {
            sidecar_service {
              proxy { mode = "transparent" }
            }
          }
        }
    """
    if proxy.mode not in ("", "direct", "transparent"):
        report(f"`{proxy.mode}` is no proxy mode", at=("Mode",), help="`direct` or `transparent`")


@rule(
    "socket-mode-invalid", on="upstream", consul="local_bind_socket_mode: invalid mode", stage="V"
)  # UPS-11
def socket_mode_invalid(upstream: Upstream, report: Report) -> None:
    """A mode of an upstream's socket that is no octal number.

    Refused:

        service {
          name = "web"
          connect {
            sidecar_service {
              proxy {
                upstreams {
                  destination_name       = "api"
                  local_bind_socket_path = "/run/api.sock"
                  local_bind_socket_mode = "rw"
                }
              }
            }
          }
        }

    Accepted:

        service {
          name = "web"
          connect {
            sidecar_service {
              proxy {
                upstreams {
                  destination_name       = "api"
                  local_bind_socket_path = "/run/api.sock"
                  local_bind_socket_mode = "0600"
                }
              }
            }
          }
        }
    """
    mode = upstream.local_bind_socket_mode
    if mode:
        bad = not re.fullmatch(r"[0-7]+", mode, re.ASCII) or int(mode[:30], 8) >= 2**32
    else:
        at = (*report.base, "LocalBindSocketMode")
        service: Service = report.root
        if not _mentions_socket(service):
            return
        bad = service.origin.has(service.written_at(at)) and _written_text(service, at)
    if bad:
        report(f"`{mode}` is no octal file mode", at=("LocalBindSocketMode",), help='write it like "0600"')


def _written_text(service: Service, at: tuple[str | int, ...]) -> bool:
    location = service.origin.locate(service.written_at(at))
    return location is not None and not _is_null(location.document.value, location.path)


@rule("sidecar-with-id", on="service", consul="sidecar_service can't specify an ID", stage="VHS")  # RG-26
def sidecar_with_id(service: Service, report: Report) -> None:
    """A sidecar that chooses its own id.

    The agent names it after its service: `<id>-sidecar-proxy`.

    Refused:

        service {
          name = "web"
          connect {
            sidecar_service { id = "web-proxy" }
          }
        }

    Accepted:

        service {
          name = "web"
          connect {
            sidecar_service {}
          }
        }
    """
    sidecar = service.connect.sidecar_service
    if sidecar is not None and sidecar.id:
        report(
            f"the sidecar has the id `{sidecar.id}`; the agent gives it `{service.id}-sidecar-proxy`",
            at=("Connect", "SidecarService", "ID"),
            part="all",
            consul=None if _in_file(report) else "A SidecarService cannot specify an ID",
            help="take `id` out",
        )


@rule(
    "sidecar-in-sidecar",
    on="service",
    consul="sidecar_service can't have a nested sidecar_service",
    stage="VHS",
)  # RG-27
def sidecar_in_sidecar(service: Service, report: Report) -> None:
    """A sidecar that wants a sidecar.

    Refused:

        service {
          name = "web"
          connect {
            sidecar_service {
              connect {
                sidecar_service {}
              }
            }
          }
        }

    Accepted:

        service {
          name = "web"
          connect {
            sidecar_service {}
          }
        }
    """
    sidecar = service.connect.sidecar_service
    if sidecar is not None and sidecar.connect.sidecar_service is not None:
        report(
            "a sidecar has a `sidecar_service` of its own",
            at=("Connect", "SidecarService", "Connect", "SidecarService"),
            part="key",
            consul=None if _in_file(report) else "A SidecarService cannot have a nested SidecarService",
            help="take the inner block out",
        )


def _in_file(report: Report) -> bool:
    return isinstance(report, ServiceReport) and report.place_of == "V"


def _has_proxy(service: Service, _: Report) -> bool:
    return service.proxy != _NO_PROXY


def _has_sidecar(service: Service, _: Report) -> bool:
    return service.connect.sidecar_service is not None


_NO_PROXY = Proxy()

FILE_FIELDS: Step = every(
    service_meta_invalid,  # RG-20
    service_weights_invalid,  # RG-21
    socket_path_with_address,  # RG-22
    when(
        _has_proxy,
        every(
            each("Proxy.Upstreams", every(socket_mode_invalid, mesh_gateway_mode_unknown), all_items=True),
            each("Proxy", every(mesh_gateway_mode_unknown, proxy_mode_unknown)),  # RG-23, RG-24
        ),
    ),
)

"""For every service and every nested sidecar of a file; Consul prints what they find as one list."""

SIDECAR_SHAPE: Step = when(_has_sidecar, every(sidecar_with_id, sidecar_in_sidecar))  # RG-26, RG-27
"""What a nested block may not have; the rest of it is judged as a service of its own."""

BODY_FIELDS: Step = first(service_weights_invalid, service_meta_invalid)
"""What the agent's API looks at of the same."""
