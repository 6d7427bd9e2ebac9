"""What builtin/property-override changes, and where (config-entries.md 2.0.3)."""

from __future__ import annotations

from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.extensions.arguments import CONNECT_PROXY, DIRECTIONS
from meshgw.entries.extensions.envoy_fields import (
    RESOURCE_TYPES,
)
from meshgw.entries.extensions.property_parts import Patch, PropertyArguments
from meshgw.entries.extensions.services import ServiceName


@rule("override-without-patches", on="extension", consul="at least one patch is required")  # EX-14
def override_without_patches(arguments: PropertyArguments, report: Report) -> None:
    """A property override that changes nothing.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            ProxyType = "connect-proxy"
          }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = { ResourceType = "cluster", TrafficDirection = "outbound" }
              Op             = "add"
              Path           = "/respect_dns_ttl"
              Value          = true
            }]
          }
        }]
    """
    if not arguments.patches:
        report("the extension has no `Patches`", at=("Patches",), help="add a patch")


@rule("override-proxy-type-unsupported", on="extension", consul="invalid ProxyType")  # EX-29
def override_proxy_type_unsupported(arguments: PropertyArguments, report: Report) -> None:
    """A property override for another kind of proxy than sidecars.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            ProxyType = "api-gateway"
            Patches = [{
              ResourceFilter = { ResourceType = "cluster", TrafficDirection = "outbound" }
              Op   = "remove"
              Path = "/outlier_detection"
            }]
          }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            ProxyType = "connect-proxy"
            Patches = [{
              ResourceFilter = { ResourceType = "cluster", TrafficDirection = "outbound" }
              Op   = "remove"
              Path = "/outlier_detection"
            }]
          }
        }]
    """
    if arguments.proxy_type not in ("", CONNECT_PROXY):
        report(
            f"the extension does not work on `{arguments.proxy_type}`",
            at=("ProxyType",),
            help=f"write `{CONNECT_PROXY}` or leave it out",
        )


@rule("patch-without-filter", on="extension", consul="field ResourceFilter is required")  # EX-15
def patch_without_filter(patch: Patch, report: Report) -> None:
    """A patch that does not say which resources it changes.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              Op   = "remove"
              Path = "/outlier_detection"
            }]
          }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = { ResourceType = "cluster", TrafficDirection = "outbound" }
              Op             = "remove"
              Path           = "/outlier_detection"
            }]
          }
        }]
    """
    filter_ = patch.resource_filter
    if not (filter_.resource_type or filter_.traffic_direction or filter_.services):
        report(
            "the patch has no `ResourceFilter`", at=("ResourceFilter",), help="say which resources it changes"
        )


@rule("patch-resource-type-unknown", on="extension", consul="ResourceType")  # EX-16
def patch_resource_type_unknown(patch: Patch, report: Report) -> None:
    """A patch of a type of resource that does not exist.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = { ResourceType = "endpoint", TrafficDirection = "outbound" }
              Op             = "remove"
              Path           = "/outlier_detection"
            }]
          }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = { ResourceType = "cluster", TrafficDirection = "outbound" }
              Op             = "remove"
              Path           = "/outlier_detection"
            }]
          }
        }]
    """
    found = patch.resource_filter.resource_type
    if not found:
        report(
            "the patch does not say what type of resource it changes",
            at=("ResourceFilter", "ResourceType"),
            consul="field ResourceType is required",
            help=f"one of: {', '.join(RESOURCE_TYPES)}",
        )
    elif not patch.resource_type:
        report(
            f"no type of resource is called `{found}`",
            at=("ResourceFilter", "ResourceType"),
            consul="invalid ResourceType",
            help=f"one of: {', '.join(RESOURCE_TYPES)}",
        )


@rule("patch-direction-unknown", on="extension", consul="TrafficDirection")  # EX-17
def patch_direction_unknown(patch: Patch, report: Report) -> None:
    """A patch that does not say whether it is about inbound or outbound traffic.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = { ResourceType = "cluster" }
              Op             = "remove"
              Path           = "/outlier_detection"
            }]
          }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = { ResourceType = "cluster", TrafficDirection = "outbound" }
              Op             = "remove"
              Path           = "/outlier_detection"
            }]
          }
        }]
    """
    direction = patch.resource_filter.traffic_direction
    if direction not in DIRECTIONS:
        report(
            f"no direction is called `{direction}`" if direction else "the patch has no `TrafficDirection`",
            at=("ResourceFilter", "TrafficDirection"),
            help="write `inbound` or `outbound`",
        )


@rule("patch-services-inbound", on="extension", consul="non-empty ResourceFilter.Services")  # EX-18
def patch_services_inbound(patch: Patch, report: Report) -> None:
    """Services in the filter of a patch of inbound traffic.

    Only outbound traffic goes to services that can be told apart.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = {
                ResourceType = "cluster"
                TrafficDirection = "inbound"
                Services = [{ Name = "a" }]
              }
              Op             = "remove"
              Path           = "/outlier_detection"
            }]
          }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = {
                ResourceType = "cluster"
                TrafficDirection = "outbound"
                Services = [{ Name = "a" }]
              }
              Op             = "remove"
              Path           = "/outlier_detection"
            }]
          }
        }]
    """
    filter_ = patch.resource_filter
    if filter_.services and filter_.traffic_direction == "inbound":
        report("inbound traffic goes to one service only", at=("ResourceFilter", "Services"), part="key")


@rule("patch-service-unnamed", on="extension", consul="service name is required")  # EX-19
def patch_service_unnamed(service: ServiceName, report: Report) -> None:
    """A service without a name in the filter of a patch.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = {
                ResourceType = "cluster"
                TrafficDirection = "outbound"
                Services = [{ Namespace = "a" }]
              }
              Op             = "remove"
              Path           = "/outlier_detection"
            }]
          }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = {
                ResourceType = "cluster"
                TrafficDirection = "outbound"
                Services = [{ Name = "a" }]
              }
              Op             = "remove"
              Path           = "/outlier_detection"
            }]
          }
        }]
    """
    if not service.name:
        report("the service has no `Name`", at=("Name",), help="name the upstream service")
