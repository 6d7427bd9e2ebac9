"""Rules about upstreams (service-registration.md 4.4): those of every `connect-proxy`, however made.

Consul reports the first fault of each upstream; one that is wrong by itself is nobody's duplicate.
"""

from __future__ import annotations

from typing import TypeAlias

from meshgw.diagnostics.evaluation import Step, each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.services.model import Service, Upstream

UpstreamKey: TypeAlias = tuple[str, str, str, str, str, str]


@rule(
    "datacenter-with-partition",
    on="upstream",
    consul="upstreams cannot target another datacenter in non default partition",
    stage="VHS",
)  # UPS-01
def datacenter_with_partition(upstream: Upstream, report: Report) -> None:
    """An upstream in another datacenter of a partition that is not the default one.

    Federated datacenters share the default partition only. What counts is the mere presence of
    `datacenter`, even of the own one; other partitions are reached within a datacenter, other
    clusters by peering. In Community any written `destination_partition` is too much.

    Refused (enterprise):

        service {
          name = "web"
          kind = "connect-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            upstreams {
              destination_name      = "api"
              destination_partition = "billing"
              datacenter            = "dc2"
              local_bind_port       = 5000
            }
          }
        }

    Accepted (enterprise):

        service {
          name = "web"
          kind = "connect-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            upstreams {
              destination_name      = "api"
              destination_partition = "billing"
              local_bind_port       = 5000
            }
          }
        }
    """
    if leaves_datacenter_and_partition(upstream, report.root, report):
        partition = upstream.destination_partition or report.root.partition
        report(
            f"`{upstream.destination_name}` is in datacenter `{upstream.datacenter}` and in partition "
            f"`{partition}`",
            at=("Datacenter",),
            help="take `datacenter` out, or `destination_partition`",
        )


def leaves_datacenter_and_partition(upstream: Upstream, proxy: Service, report: Report) -> bool:
    """Whether an upstream names a datacenter where a partition other than the default one counts."""
    if upstream.destination_peer or not upstream.datacenter:
        return False
    if not report.profile.enterprise:
        return bool(upstream.destination_partition)
    return not (_is_default(upstream.destination_partition) and _is_default(proxy.partition))


def _is_default(partition: str) -> bool:
    return partition.lower() in ("", "default")


@rule(
    "peer-of-other-partition",
    on="upstream",
    consul="upstreams must target peers in the same partition as the service",
    stage="VHS",
)  # UPS-02
def peer_of_other_partition(upstream: Upstream, report: Report) -> None:
    """An upstream from a peer of another partition.

    Peerings belong to one partition; a proxy uses those of its own.

    Refused:

        service {
          name = "web"
          kind = "connect-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            upstreams {
              destination_name      = "api"
              destination_peer      = "east"
              destination_partition = "billing"
              local_bind_port       = 5000
            }
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
            upstreams {
              destination_name = "api"
              destination_peer = "east"
              local_bind_port  = 5000
            }
          }
        }
    """
    if _peer_elsewhere(upstream, report.root):
        report(
            f"the peer `{upstream.destination_peer}` is looked for in partition "
            f"`{upstream.destination_partition}`, the proxy is in `{report.root.partition}`",
            at=("DestinationPartition",),
            help="take `destination_partition` out",
        )


def _peer_elsewhere(upstream: Upstream, proxy: Service) -> bool:
    if not upstream.destination_peer or not upstream.destination_partition:
        return False
    return upstream.destination_partition.lower() != proxy.partition


@rule(
    "upstream-type-unknown", on="upstream", consul="unknown upstream destination type", stage="VHS"
)  # UPS-03
def upstream_type_unknown(upstream: Upstream, report: Report) -> None:
    """A destination type other than `service` and `prepared_query`.

    Refused:

        service {
          name = "web"
          kind = "connect-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            upstreams {
              destination_type = "query"
              destination_name = "api"
              local_bind_port  = 5000
            }
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
            upstreams {
              destination_type = "prepared_query"
              destination_name = "api"
              local_bind_port  = 5000
            }
          }
        }
    """
    if upstream.destination_type not in ("", "service", "prepared_query"):
        report(
            f"`{upstream.destination_type}` is no destination type",
            at=("DestinationType",),
            help="`service` or `prepared_query`",
        )


@rule(
    "upstream-without-name", on="upstream", consul="upstream destination name cannot be empty", stage="VHS"
)  # UPS-04a
def upstream_without_name(upstream: Upstream, report: Report) -> None:
    """An upstream that does not say which service it is.

    Inside a `sidecar_service` neither `consul validate` nor the agent notices: the agent starts, and
    the sidecar never reaches the catalog.

    Refused:

        service {
          name = "web"
          kind = "connect-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            upstreams {
              local_bind_port = 5000
            }
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
            upstreams {
              destination_name = "api"
              local_bind_port  = 5000
            }
          }
        }
    """
    if not upstream.destination_name:
        report(
            "an upstream has no `destination_name`",
            at=("DestinationName",),
            help="set `destination_name` to the service that is called",
        )


@rule(
    "upstream-wildcard", on="upstream", consul="upstream destination name cannot be a wildcard", stage="VHS"
)  # UPS-04b
def upstream_wildcard(upstream: Upstream, report: Report) -> None:
    """An upstream to every service at once.

    Defaults for all upstreams belong to `service-defaults`, all services at once to a transparent
    proxy.

    Refused:

        service {
          name = "web"
          kind = "connect-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            upstreams {
              destination_name = "*"
              local_bind_port  = 5000
            }
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
            upstreams {
              destination_name = "api"
              local_bind_port  = 5000
            }
          }
        }
    """
    if upstream.destination_name == "*" and not upstream.centrally_configured:
        report("an upstream's `destination_name` is `*`", at=("DestinationName",))


@rule(
    "upstream-wildcard-tenancy",
    on="upstream",
    consul="wildcard",
    edition="enterprise",
    inferred=True,
    stage="HS",
)  # UPS-10
def upstream_wildcard_tenancy(upstream: Upstream, report: Report) -> None:
    """An upstream in every namespace or partition at once.

    Refused:

        service {
          name = "web"
          kind = "connect-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            upstreams {
              destination_name      = "api"
              destination_namespace = "*"
              local_bind_port       = 5000
            }
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
            upstreams {
              destination_name      = "api"
              destination_namespace = "billing"
              local_bind_port       = 5000
            }
          }
        }
    """
    for name in ("DestinationNamespace", "DestinationPartition"):
        if getattr(upstream, upstream.attribute_of(name)) == "*":
            report(f"the upstream's `{upstream.attribute_of(name)}` is `*`", at=(name,))


@rule(
    "peer-with-datacenter",
    on="upstream",
    consul="upstream cannot specify both destination peer and datacenter",
    stage="VHS",
)  # UPS-05
def peer_with_datacenter(upstream: Upstream, report: Report) -> None:
    """An upstream from a peer and from another datacenter at once.

    A peer is a cluster of its own; `datacenter` names one of the own federation.

    Refused:

        service {
          name = "web"
          kind = "connect-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            upstreams {
              destination_name = "api"
              destination_peer = "east"
              datacenter       = "dc2"
              local_bind_port  = 5000
            }
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
            upstreams {
              destination_name = "api"
              destination_peer = "east"
              local_bind_port  = 5000
            }
          }
        }
    """
    if upstream.destination_peer and upstream.datacenter:
        report(
            f"`destination_peer` and `datacenter` are both set for `{upstream.destination_name}`",
            at=("Datacenter",),
            part="all",
            help="keep `destination_peer` for a peered cluster, `datacenter` for a federated one",
        )


@rule(
    "upstream-without-listener",
    on="upstream",
    consul="upstream local bind port or local socket path must be defined and nonzero",
    stage="VHS",
)  # UPS-06
def upstream_without_listener(upstream: Upstream, report: Report) -> None:
    """An upstream without a listener.

    The application reaches it at a local port or socket. This holds for transparent proxies too: an
    upstream that is written needs one.

    Refused:

        service {
          name = "web"
          kind = "connect-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            upstreams {
              destination_name = "api"
            }
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
            upstreams {
              destination_name = "api"
              local_bind_port  = 5000
            }
          }
        }
    """
    if not (upstream.local_bind_port or upstream.local_bind_socket_path or upstream.centrally_configured):
        report(
            f"the upstream `{upstream.destination_name}` has no `local_bind_port`",
            at=("LocalBindPort",),
            help="set `local_bind_port` to a free port; the application calls the service there",
        )


@rule(
    "upstream-with-two-listeners",
    on="upstream",
    consul="only one of upstream local bind port or local socket path can be defined and nonzero",
    stage="VHS",
)  # UPS-07
def upstream_with_two_listeners(upstream: Upstream, report: Report) -> None:
    """An upstream with a port and a socket.

    Refused:

        service {
          name = "web"
          kind = "connect-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            upstreams {
              destination_name       = "api"
              local_bind_port        = 5000
              local_bind_socket_path = "/run/api.sock"
            }
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
            upstreams {
              destination_name       = "api"
              local_bind_socket_path = "/run/api.sock"
            }
          }
        }
    """
    if upstream.local_bind_port and upstream.local_bind_socket_path and not upstream.centrally_configured:
        report(
            f"the upstream `{upstream.destination_name}` has a port and a socket path",
            at=("LocalBindSocketPath",),
            part="all",
            help="keep one of them",
        )


@rule(
    "upstream-twice", on="upstream", consul="upstreams cannot contain duplicates of [type=", stage="VHS"
)  # UPS-08
def upstream_twice(upstream: Upstream, report: Report) -> None:
    """Two upstreams of one proxy that lead to the same destination.

    Type, name, partition, namespace, peer and datacenter are compared as they stand after defaults:
    in Enterprise an empty namespace is the proxy's own. In Community a namespace that is written
    makes another upstream of it.

    Refused:

        service {
          name = "web"
          kind = "connect-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            upstreams = [
              { destination_name = "api", local_bind_port = 5000 },
              { destination_name = "api", local_bind_port = 5001 },
            ]
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
            upstreams = [
              { destination_name = "api", local_bind_port = 5000 },
              { destination_name = "db", local_bind_port = 5001 },
            ]
          }
        }
    """
    if _wrong_by_itself(upstream, report):
        return
    before = report.met(key_of(upstream))
    if before is not None:
        report(
            f"`{upstream.destination_name}` is an upstream of this proxy already",
            at=("DestinationName",),
            related=report.place((*before, "DestinationName"), "the first one"),
        )


@rule(
    "upstream-address-twice",
    on="upstream",
    consul="upstreams cannot contain duplicates by local bind address and port or unix path",
    stage="VHS",
)  # UPS-09
def upstream_address_twice(upstream: Upstream, report: Report) -> None:
    """Two upstreams of one proxy that listen at the same place.

    An empty `local_bind_address` is `127.0.0.1`.

    Refused:

        service {
          name = "web"
          kind = "connect-proxy"
          port = 20000
          proxy {
            destination_service_name = "web"
            local_service_port       = 8080
            upstreams = [
              { destination_name = "api", local_bind_port = 5000 },
              { destination_name = "db", local_bind_port = 5000, local_bind_address = "127.0.0.1" },
            ]
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
            upstreams = [
              { destination_name = "api", local_bind_port = 5000 },
              { destination_name = "db", local_bind_port = 5001 },
            ]
          }
        }
    """
    if upstream.centrally_configured or _wrong_by_itself(upstream, report):
        return
    name = "LocalBindPort" if upstream.local_bind_port else "LocalBindSocketPath"
    before = report.met(bind_text(upstream), (name,))
    if before is not None and before[:-1] != report.base:
        report(
            f"two upstreams listen at `{bind_text(upstream)}`",
            at=(name,),
            related=report.place(before, "the first one"),
            help="give each upstream a port of its own",
        )


def key_of(upstream: Upstream) -> UpstreamKey:
    """What makes two upstreams the same (3.4): type, name, partition, namespace, peer, datacenter."""
    return (
        upstream.destination_type or "service",
        upstream.destination_name,
        upstream.destination_partition,
        upstream.destination_namespace,
        upstream.destination_peer,
        upstream.datacenter,
    )


def bind_text(upstream: Upstream) -> str:
    """Where an upstream listens, as Consul compares it (3.4)."""
    port, host, socket = (
        upstream.local_bind_port,
        upstream.local_bind_address,
        upstream.local_bind_socket_path,
    )
    if not port and not host and socket:
        return socket
    host = host or "127.0.0.1"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _wrong_by_itself(upstream: Upstream, report: Report) -> bool:
    """Whether one of the rules before the duplicates refuses it: UPS-01 to UPS-07."""
    central = upstream.centrally_configured
    listeners = bool(upstream.local_bind_port) + bool(upstream.local_bind_socket_path)
    return (
        upstream.destination_type not in ("", "service", "prepared_query")
        or not upstream.destination_name
        or (upstream.destination_name == "*" and not central)
        or bool(upstream.destination_peer and upstream.datacenter)
        or (listeners != 1 and not central)
        or leaves_datacenter_and_partition(upstream, report.root, report)
        or _peer_elsewhere(upstream, report.root)
    )


UPSTREAMS: Step = each(
    "Proxy.Upstreams",
    first(
        datacenter_with_partition,  # UPS-01
        peer_of_other_partition,  # UPS-02
        upstream_type_unknown,  # UPS-03
        upstream_without_name,  # UPS-04a
        upstream_wildcard,  # UPS-04b
        upstream_wildcard_tenancy,  # UPS-10
        peer_with_datacenter,  # UPS-05
        upstream_without_listener,  # UPS-06
        upstream_with_two_listeners,  # UPS-07
        upstream_twice,  # UPS-08
        upstream_address_twice,  # UPS-09
    ),
    all_items=True,
)
"""Consul reports the first fault of each upstream."""

WRONG_DESTINATIONS = (
    datacenter_with_partition,
    peer_of_other_partition,
    upstream_type_unknown,
    upstream_without_name,
    upstream_wildcard,
    upstream_wildcard_tenancy,
    peer_with_datacenter,
)
"""What is wrong with where an upstream leads: such a one is no call that could be judged further."""
