"""What Consul accepts in a service, and what becomes of it (service-registration.md 4.6, 7)."""

from __future__ import annotations

import re

from meshgw.diagnostics.evaluation import Step, each, every, when
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.shared import CONSUL
from meshgw.schema.spelling import spelling_of
from meshgw.schema.suggest import nearest
from meshgw.services.check_advice import CHECK_ADVICE
from meshgw.services.model import SERVICE_KINDS, Proxy, Service
from meshgw.services.opaque_config import CONFIG_ADVICE
from meshgw.services.permissions import in_words, to_register, to_work
from meshgw.services.upstream_advice import UPSTREAM_ADVICE
from meshgw.services.upstream_rules import leaves_datacenter_and_partition

_DNS_SAFE = re.compile(r"[A-Za-z0-9-]{1,63}", re.ASCII)
_NO_PROXY = Proxy()


@rule("service-kind-unknown", on="service")  # RG-W02
def service_kind_unknown(service: Service, report: Report) -> None:
    """A kind that Consul does not know.

    Nobody says so: the service is registered as an application, its `proxy` block does nothing.
    Kinds are compared exactly, in lower case.

    Found:

        service {
          kind = "mesh-gatway"
          name = "mesh-gateway"
          port = 8443
        }

    Accepted:

        service {
          kind = "mesh-gateway"
          name = "mesh-gateway"
          port = 8443
        }
    """
    if not service.kind or service.kind in SERVICE_KINDS:
        return
    close = nearest(service.kind, SERVICE_KINDS)
    in_body = service.parent is None or report.profile.entry_path == "http"
    taken_for = "an application" if in_body else "a sidecar"
    report(
        f"no kind of service is called `{service.kind}`",
        at=("Kind",),
        note=f"Consul registers it as {taken_for} without saying so",
        help=f"did you mean `{close}`?" if close else f"one of: {', '.join(SERVICE_KINDS)}",
    )


@rule("service-port-out-of-range", on="service")  # RG-W03
def service_port_out_of_range(service: Service, report: Report) -> None:
    """A port that does not exist.

    Consul accepts any number; Envoy does not.

    Found:

        service {
          name = "web"
          port = 80800
        }

    Accepted:

        service {
          name = "web"
          port = 8080
        }
    """
    if not 0 <= service.port <= 65535:
        report(f"port {service.port} is not 1 to 65535", at=("Port",), note="Consul stores it as it is")
    for name, tagged in sorted(service.tagged_addresses.items()):
        if not 0 <= tagged.port <= 65535 and tagged.port != service.port:
            report(f"port {tagged.port} of `{name}` is not 1 to 65535", at=("TaggedAddresses", name, "Port"))


@rule("proxy-block-ignored", on="service", severity="warning")  # RG-W04
def proxy_block_ignored(service: Service, report: Report) -> None:
    """A `proxy` block in the registration of an application.

    Only proxies and gateways have one. The settings of a sidecar belong to
    `connect.sidecar_service.proxy`.

    Found:

        service {
          name = "web"
          port = 8080
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
                }
              }
            }
          }
        }
    """
    if service.kind == "" and service.proxy != _NO_PROXY:
        kind = spelling_of(report).setting("kind", "connect-proxy")
        report(
            "the `proxy` block of an application does nothing",
            at=("Proxy",),
            part="key",
            help=f"move it to `connect.sidecar_service`, or set `{kind}`",
        )


@rule("proxy-without-local-service", on="service", severity="warning")  # RG-W06
def proxy_without_local_service(service: Service, report: Report) -> None:
    """A proxy that does not know where its application listens.

    `local_service_port` defaults to the port of the service inside a `sidecar_service` only. In a
    proxy that is registered by itself it stays 0.

    Found:

        service {
          kind  = "connect-proxy"
          name  = "web-proxy"
          port  = 20000
          proxy = { destination_service_name = "web" }
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
    proxy = service.proxy
    if service.parent is None and not proxy.local_service_port and not proxy.local_service_socket_path:
        report(
            "the proxy has no `local_service_port`",
            at=("Proxy",),
            part="key",
            note="calls to the service end at port 0",
            help="set `local_service_port` to the application's port",
        )


@rule("wan-address-differs", on="service", severity="info")  # RG-W09
def wan_address_differs(service: Service, report: Report) -> None:
    """A `wan` address beside a `wan_ipv4` that says something else.

    The mesh reads `wan` only.

    Found:

        service {
          name = "web"
          port = 8080
          tagged_addresses {
            wan {
              address = "198.51.100.1"
              port    = 8080
            }
            wan_ipv4 {
              address = "198.51.100.2"
              port    = 8080
            }
          }
        }

    Accepted:

        service {
          name = "web"
          port = 8080
          tagged_addresses {
            wan {
              address = "198.51.100.1"
              port    = 8080
            }
          }
        }
    """
    wan, ipv4 = service.tagged_addresses.get("wan"), service.tagged_addresses.get("wan_ipv4")
    if wan is not None and ipv4 is not None and wan != ipv4:
        report(
            f"`wan` is `{wan.address}`, `wan_ipv4` is `{ipv4.address}`",
            at=("TaggedAddresses", "wan_ipv4"),
            part="key",
            note="the mesh reads `wan` only",
        )


@rule("service-name-not-dns", on="service", severity="warning")  # RG-W10
def service_name_not_dns(service: Service, report: Report) -> None:
    """A name that DNS cannot carry.

    Consul takes any name. Letters, digits and `-`, up to 63 of them, can be looked up; a dot or a
    space also breaks names that the mesh makes of it.

    Found:

        service {
          name = "web_v2"
          port = 8080
        }

    Accepted:

        service {
          name = "web-v2"
          port = 8080
        }
    """
    name = service.name
    if not name or _DNS_SAFE.fullmatch(name):
        return
    if name != name.strip():
        why = "it begins or ends with a space, which is part of the name"
    elif len(name.encode()) > 63:
        why = "it is longer than 63 bytes"
    elif "." in name:
        why = "a dot also breaks the names of the mesh"
    else:
        why = "it has characters other than letters, digits and `-`"
    report(f"`{name}` cannot be found by DNS", at=("Name",), note=why)


@rule("service-named-consul", on="service", severity="warning")  # RG-W12
def service_named_consul(service: Service, report: Report) -> None:
    """A service with the name of Consul's own.

    The servers register themselves as `consul`.

    Found:

        service {
          name = "consul"
          port = 8080
        }

    Accepted:

        service {
          name = "consul-helper"
          port = 8080
        }
    """
    if service.name == CONSUL:
        report("`consul` is the name of Consul's own servers", at=("Name",), help="choose another name")


@rule("token-in-file", on="service", severity="warning")  # RG-W15
def token_in_file(service: Service, report: Report) -> None:
    """An ACL token in a file.

    Files end in repositories and backups. The agent has
    `acl.tokens.config_file_service_registration` for services without a token of their own, and
    `consul services register` does not use tokens of files at all.

    Found:

        service {
          name  = "web"
          port  = 8080
          token = "8b8b7f6c-0000-0000-0000-000000000000"
        }

    Accepted:

        service {
          name = "web"
          port = 8080
        }
    """
    if service.token and service.origin.has(service.written_at(("Token",))):
        report(
            "a token is written in this file",
            at=("Token",),
            part="key",
            help="set `acl.tokens.config_file_service_registration` of the agent in its place",
        )


@rule("native-with-sidecar", on="service", severity="warning")  # RG-W16
def native_with_sidecar(service: Service, report: Report) -> None:
    """A sidecar for what needs none.

    A native service speaks the mesh's TLS itself, and a proxy is a proxy already.

    Found:

        service {
          name = "web"
          port = 8080
          connect {
            native = true
            sidecar_service {}
          }
        }

    Accepted:

        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service {}
          }
        }
    """
    if service.connect.sidecar_service is None or service.is_gateway or service.parent is not None:
        return
    what = "`native` service" if service.connect.native else "proxy" if service.is_proxy else ""
    if what:
        report(f"a {what} has a `sidecar_service`", at=("Connect", "SidecarService"), part="key")


@rule("field-lost-by-register", on="service", severity="warning")  # RG-W01
def field_lost_by_register(service: Service, report: Report) -> None:
    """A setting that `consul services register` does not send.

    The command turns the file into a body of the API and loses script checks, checks of services of
    the operating system, tokens and a few settings of checks.

    Found (register):

        service {
          name = "web"
          port = 8080
          check {
            http              = "http://localhost:8080/health"
            interval          = "10s"
            disable_redirects = true
          }
        }

    Accepted (register):

        service {
          name = "web"
          port = 8080
          check {
            http     = "http://localhost:8080/health"
            interval = "10s"
          }
        }
    """
    for index, check in enumerate(service.checks):
        lost = {
            "ScriptArgs": check.args,
            "OSService": check.os_service,
            "DisableRedirects": check.disable_redirects,
            "OutputMaxSize": check.output_max_size not in (None, 4096),
            "H2PingUseTLS": check.h2ping_use_tls is False,
        }
        for name in (name for name, given in lost.items() if given):
            report(
                "`consul services register` does not send this setting",
                at=("Checks", index, name),
                part="all",
                help="load the file with an agent, or send a body to the API",
            )


@rule("service-without-token", on="service", severity="warning")
def service_without_token(made: tuple[Service, ...], report: Report) -> None:
    """A service without a token on an agent with ACLs.

    The agent starts; the catalog answers "Permission denied", which the agent logs as "Service
    registration blocked by ACLs", and nobody finds the service. A proxy without a token also gets no
    settings and no certificates.

    Found:

        acl { enabled = true }
        service {
          name = "web"
          port = 8080
        }

    Accepted:

        acl {
          enabled = true
          tokens { config_file_service_registration = "8b8b7f6c-0000-0000-0000-000000000000" }
        }
        service {
          name = "web"
          port = 8080
        }
    """
    bare = [one for one in made if not one.token]
    if not bare:
        return
    registering = [permission for one in bare for permission in to_register(one)]
    working = [permission for one in bare for permission in to_work(one)]
    besides = f"; to work it needs {in_words(working)} too" if working else ""
    report(
        f"the agent has ACLs on, and `{bare[0].name}` no token",
        note="without one the catalog refuses the registration, unless anonymous may write it; "
        f"the token needs {in_words(registering)}{besides}",
        help="set `acl.tokens.config_file_service_registration` of the agent",
    )


@rule("upstream-in-own-datacenter", on="upstream", severity="info")  # UPS-W06
def upstream_in_own_datacenter(found: tuple[Service, str], report: Report) -> None:
    """An upstream that names the datacenter of its own agent.

    It leads to the same instances as one without `datacenter`, but it has another name in Envoy, and
    `datacenter` excludes partitions.

    Found:

        datacenter = "dc1"
        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service {
              proxy {
                upstreams {
                  destination_name = "api"
                  datacenter       = "dc1"
                  local_bind_port  = 5000
                }
              }
            }
          }
        }

    Accepted:

        datacenter = "dc1"
        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service {
              proxy {
                upstreams {
                  destination_name = "api"
                  local_bind_port  = 5000
                }
              }
            }
          }
        }
    """
    proxy, datacenter = found
    for index, upstream in enumerate(proxy.proxy.upstreams):
        if leaves_datacenter_and_partition(upstream, proxy, report):
            continue  # UPS-01 is told of it
        if upstream.datacenter == datacenter and not upstream.destination_peer:
            report(
                f"`{datacenter}` is the datacenter of this agent",
                at=("Proxy", "Upstreams", index, "Datacenter"),
                part="all",
                help="take `datacenter` out",
            )


def _is_proxy(service: Service, _: Report) -> bool:
    return service.is_proxy


def _is_registered(service: Service, report: Report) -> bool:
    return report.profile.entry_path == "register" and service.parent is None


def _is_in_mesh(service: Service, _: Report) -> bool:
    return not service.is_typical


WRITTEN_ADVICE: Step = every(service_kind_unknown)  # RG-W02
"""About a definition as it is written, before Consul drops what it does not know."""

ADVICE: Step = every(
    service_port_out_of_range,  # RG-W03
    proxy_block_ignored,  # RG-W04
    wan_address_differs,  # RG-W09
    service_name_not_dns,  # RG-W10
    service_named_consul,  # RG-W12
    token_in_file,  # RG-W15
    native_with_sidecar,  # RG-W16
    when(_is_registered, field_lost_by_register),  # RG-W01
    each("Checks", CHECK_ADVICE, all_items=True),
    when(
        _is_in_mesh,
        every(
            when(_is_proxy, every(proxy_without_local_service, UPSTREAM_ADVICE)),
            CONFIG_ADVICE,  # RG-W07
        ),
    ),
)
