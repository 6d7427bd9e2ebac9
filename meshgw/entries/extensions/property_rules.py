"""How builtin/property-override changes a field (config-entries.md 2.0.3)."""

from __future__ import annotations

from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.extensions.envoy_fields import (
    FieldFault,
    envoy_known,
    field_at,
    value_fault,
)
from meshgw.entries.extensions.property_parts import OPS, Patch, PropertyArguments
from meshgw.schema.suggest import nearest

_SHOWN = 10


@rule("patch-op-unknown", on="extension", consul="Op")  # EX-20
def patch_op_unknown(patch: Patch, report: Report) -> None:
    """A patch whose operation does not exist.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = { ResourceType = "cluster", TrafficDirection = "outbound" }
              Op             = "replace"
              Path           = "/respect_dns_ttl"
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
    if patch.op not in OPS:
        report(
            f"no operation is called `{patch.op}`" if patch.op else "the patch has no `Op`",
            at=("Op",),
            consul="invalid Op" if patch.op else "field Op is required",
            help="write `add`, which also replaces, or `remove`",
        )


@rule("patch-value-with-remove", on="extension", consul="field Value is not supported for remove")  # EX-21
def patch_value_with_remove(patch: Patch, report: Report) -> None:
    """A value in a patch that removes a field.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = { ResourceType = "cluster", TrafficDirection = "outbound" }
              Op             = "remove"
              Path           = "/outlier_detection"
              Value          = 5
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
    if patch.op == "remove" and patch.value is not None:
        report("a field that is removed has no value", at=("Value",), help="take `Value` out")


@rule("patch-without-path", on="extension", consul="non-empty, non-root Path is required")  # EX-22
def patch_without_path(patch: Patch, report: Report) -> None:
    """A patch that names no field.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = { ResourceType = "cluster", TrafficDirection = "outbound" }
              Op             = "remove"
              Path           = "/"
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
    if patch.is_root:
        report("the patch names no field", at=("Path",), help="write a path such as `/outlier_detection`")


@rule("patch-path-unknown", on="extension", consul="no match for field")  # EX-23, EX-24, EX-25
def patch_path_unknown(patch: Patch, report: Report) -> None:
    """A path that leads to no field of the resource.

    Parts are the snake_case names of the fields of Envoy's v3 messages. Lists, maps and fields of
    any type have no fields that a path can lead to.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = { ResourceType = "cluster", TrafficDirection = "outbound" }
              Op             = "remove"
              Path           = "/outlierDetection"
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
    if not patch.resource_type or patch.is_root or not envoy_known():
        return
    found = field_at(patch.resource_type, patch.path)
    if isinstance(found, FieldFault):
        report(found.message, at=("Path",), consul=found.consul, help=_hint(found))


@rule("patch-without-value", on="extension", consul="non-nil Value is required")  # EX-26
def patch_without_value(patch: Patch, report: Report) -> None:
    """A patch that sets a field to nothing.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = { ResourceType = "cluster", TrafficDirection = "outbound" }
              Op             = "add"
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
              Op             = "add"
              Path           = "/respect_dns_ttl"
              Value          = true
            }]
          }
        }]
    """
    if patch.op == "add" and patch.value is None:
        report("the patch has no `Value`", at=("Value",), help="write `{}` to reset all fields of an object")


@rule("patch-value-unfit", on="extension", consul="invalid Patches")  # EX-27, EX-28
def patch_value_unfit(patch: Patch, report: Report) -> None:
    """A value that the field cannot hold.

    Strings are for strings, numbers for numbers; enumerations take the name of a value, objects the
    fields of their message. Lists never fit.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/property-override"
          Arguments = {
            Patches = [{
              ResourceFilter = { ResourceType = "cluster", TrafficDirection = "outbound" }
              Op             = "add"
              Path           = "/respect_dns_ttl"
              Value          = "yes"
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
              Op             = "add"
              Path           = "/respect_dns_ttl"
              Value          = true
            }]
          }
        }]
    """
    if patch.op != "add" or patch.value is None:
        return
    if not patch.resource_type or patch.is_root or not envoy_known():
        return
    field = field_at(patch.resource_type, patch.path)
    fault = None if isinstance(field, FieldFault) else value_fault(field, patch.value)
    if fault is not None:
        report(fault.message, at=("Value",), consul=fault.consul, help=_hint(fault))


def _hint(fault: FieldFault) -> str | None:
    close = nearest(fault.unknown, fault.known) if fault.unknown else None
    if close:
        return f"did you mean `{close}`?"
    if not fault.known:
        return None
    more = ", …" if len(fault.known) > _SHOWN else ""
    return f"one of: {', '.join(fault.known[:_SHOWN])}{more}"


@rule("property-override-not-checked", on="extension", severity="info")
def patches_not_checked(arguments: PropertyArguments, report: Report) -> None:
    """A property override whose paths and values were not checked.

    Envoy's messages are needed for it: install the extra `envoy`.

    Found:

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

    Accepted:

        Kind = "service-defaults"
        Name = "web"
    """
    if arguments.patches and not envoy_known():
        report(
            "paths and values of the patches were not checked",
            at=("Patches",),
            part="key",
            note="the package with Envoy's messages is not installed",
            help='install "meshgw[envoy]"',
        )
