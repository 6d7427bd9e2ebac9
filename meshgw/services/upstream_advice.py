"""What Consul accepts in upstreams, and what becomes of it (service-registration.md 4.4)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import Step, each, every
from meshgw.diagnostics.rules import Report, rule
from meshgw.services.model import Upstream


@rule("upstream-tenancy-ignored", on="upstream", severity="warning", edition="community")  # UPS-W01
def upstream_tenancy_ignored(upstream: Upstream, report: Report) -> None:
    """A namespace or partition of an upstream, in Community.

    Consul accepts both and looks at neither.

    Found:

        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service {
              proxy {
                upstreams {
                  destination_name      = "api"
                  destination_namespace = "billing"
                  local_bind_port       = 5000
                }
              }
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
    matters = upstream.destination_peer or upstream.datacenter  # then the partition is looked at
    for name in ("DestinationNamespace",) if matters else ("DestinationNamespace", "DestinationPartition"):
        attribute = upstream.attribute_of(name)
        if getattr(upstream, attribute) not in ("", "default"):
            report(f"`{attribute}` has no effect in Community", at=(name,), part="all")


@rule("upstream-port-out-of-range", on="upstream")  # UPS-W03
def upstream_port_out_of_range(upstream: Upstream, report: Report) -> None:
    """A port of an upstream that does not exist.

    Consul accepts any number but 0; Envoy refuses the listener.

    Found:

        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service {
              proxy {
                upstreams {
                  destination_name = "api"
                  local_bind_port  = 70000
                }
              }
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
                  local_bind_port  = 7000
                }
              }
            }
          }
        }
    """
    if not 0 <= upstream.local_bind_port <= 65535:
        report(
            f"the upstream's port {upstream.local_bind_port} is not 1 to 65535",
            at=("LocalBindPort",),
            note="Consul accepts it, Envoy refuses the listener",
        )


@rule("upstream-in-two-datacenters", on="upstream", severity="warning")  # UPS-W04
def upstream_in_two_datacenters(upstream: Upstream, report: Report) -> None:
    """One service twice among the upstreams, in two datacenters.

    Central settings are kept by name, namespace, partition and peer. An agent can then take this
    proxy for another one, and give it no central settings for its upstreams.

    Found:

        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service {
              proxy {
                upstreams = [
                  { destination_name = "api", local_bind_port = 5000 },
                  { destination_name = "api", datacenter = "dc2", local_bind_port = 5001 },
                ]
              }
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
                upstreams = [
                  { destination_name = "api", local_bind_port = 5000 },
                  { destination_name = "db", datacenter = "dc2", local_bind_port = 5001 },
                ]
              }
            }
          }
        }
    """
    before = report.met(
        (
            upstream.destination_name,
            upstream.destination_namespace,
            upstream.destination_partition,
            upstream.destination_peer,
        )
    )
    others = report.root.proxy.upstreams
    if before is None or others[before[-1]].datacenter == upstream.datacenter:
        return
    report(
        f"`{upstream.destination_name}` is an upstream in two datacenters",
        at=("Datacenter",),
        part="all",
        related=report.place((*before, "DestinationName"), "the other one"),
        note="an agent may then lose the central settings of this proxy's upstreams",
    )


@rule("upstream-marked-central", on="upstream", severity="warning")  # UPS-W05
def upstream_marked_central(upstream: Upstream, report: Report) -> None:
    """An upstream that claims to come from config entries.

    `CentrallyConfigured` marks what Consul made itself: such an upstream has no listener.

    Found (http):

        {
          "Name": "web-proxy", "Kind": "connect-proxy", "Port": 20000,
          "Proxy": {
            "DestinationServiceName": "web", "LocalServicePort": 8080,
            "Upstreams": [{ "DestinationName": "api", "CentrallyConfigured": true }]
          }
        }

    Accepted (http):

        {
          "Name": "web-proxy", "Kind": "connect-proxy", "Port": 20000,
          "Proxy": {
            "DestinationServiceName": "web", "LocalServicePort": 8080,
            "Upstreams": [{ "DestinationName": "api", "LocalBindPort": 5000 }]
          }
        }
    """
    if upstream.centrally_configured:
        report("`CentrallyConfigured` is Consul's own mark", at=("CentrallyConfigured",), part="all")


@rule("query-setting-ignored", on="upstream", severity="warning")  # UPS-W07
def query_setting_ignored(upstream: Upstream, report: Report) -> None:
    """A setting that an upstream by prepared query does not use.

    A query says itself where its service is; namespace, partition, peer and mesh gateway mode of the
    upstream do nothing.

    Found:

        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service {
              proxy {
                upstreams {
                  destination_type = "prepared_query"
                  destination_name = "api"
                  local_bind_port  = 5000
                  mesh_gateway     = { mode = "local" }
                }
              }
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
                  destination_type = "prepared_query"
                  destination_name = "api"
                  local_bind_port  = 5000
                }
              }
            }
          }
        }
    """
    if upstream.destination_type != "prepared_query":
        return
    if upstream.mesh_gateway.mode:
        report("an upstream by prepared query does not use `mesh_gateway`", at=("MeshGateway",), part="key")
    if upstream.destination_peer:
        report(
            "an upstream by prepared query does not use `destination_peer`",
            at=("DestinationPeer",),
            part="all",
        )


UPSTREAM_ADVICE: Step = each(
    "Proxy.Upstreams",
    every(
        upstream_tenancy_ignored,  # UPS-W01
        upstream_port_out_of_range,  # UPS-W03
        upstream_in_two_datacenters,  # UPS-W04
        upstream_marked_central,  # UPS-W05
        query_setting_ignored,  # UPS-W07
    ),
    all_items=True,
)
