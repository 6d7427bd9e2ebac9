"""The rules of every Envoy extension, and then those of its own arguments (config-entries.md 2.0)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import Step, every, first, inside, when
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.blocks import EnvoyExtension
from meshgw.entries.extensions.arguments import Extension, arguments_of, decode_arguments
from meshgw.entries.extensions.aws_lambda import AWS_LAMBDA
from meshgw.entries.extensions.ext_authz import EXT_AUTHZ
from meshgw.entries.extensions.lua import LUA
from meshgw.entries.extensions.otel_access_logging import OTEL_ACCESS_LOGGING
from meshgw.entries.extensions.property_override import PROPERTY_OVERRIDE
from meshgw.entries.extensions.versions import is_constraint
from meshgw.entries.extensions.wasm import WASM
from meshgw.schema.suggest import nearest

BUILT_IN: dict[str, Extension] = {
    "builtin/aws/lambda": AWS_LAMBDA,
    "builtin/ext-authz": EXT_AUTHZ,
    "builtin/lua": LUA,
    "builtin/otel-access-logging": OTEL_ACCESS_LOGGING,
    "builtin/property-override": PROPERTY_OVERRIDE,
    "builtin/wasm": WASM,
}


@rule("extension-name-missing", on="extension", consul="Name is required")  # EX-01
def extension_name_missing(extension: EnvoyExtension, report: Report) -> None:
    """An Envoy extension without a name.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{ Arguments = { Script = "x = 1", Listener = "inbound" } }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{ Name = "builtin/lua", Arguments = { Script = "x = 1", Listener = "inbound" } }]
    """
    if not extension.name:
        report("the extension has no `Name`", at=("Name",), help=f"one of: {', '.join(BUILT_IN)}")


@rule("extension-envoy-version-invalid", on="extension", consul="EnvoyVersion")  # EX-02
def extension_envoy_version_invalid(extension: EnvoyExtension, report: Report) -> None:
    """An Envoy version of an extension that is no version constraint.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name         = "builtin/lua"
          EnvoyVersion = "latest"
          Arguments    = { Script = "x = 1", Listener = "inbound" }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name         = "builtin/lua"
          EnvoyVersion = ">= 1.25, < 2"
          Arguments    = { Script = "x = 1", Listener = "inbound" }
        }]
    """
    _constraint("EnvoyVersion", extension.envoy_version, report)


@rule("extension-consul-version-invalid", on="extension", consul="ConsulVersion")  # EX-03
def extension_consul_version_invalid(extension: EnvoyExtension, report: Report) -> None:
    """A Consul version of an extension that is no version constraint.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name          = "builtin/lua"
          ConsulVersion = "> "
          Arguments     = { Script = "x = 1", Listener = "inbound" }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name          = "builtin/lua"
          ConsulVersion = "> 1.15"
          Arguments     = { Script = "x = 1", Listener = "inbound" }
        }]
    """
    _constraint("ConsulVersion", extension.consul_version, report)


def _constraint(key: str, constraint: str, report: Report) -> None:
    if constraint and not is_constraint(constraint):
        report(
            f"`{constraint}` is no version constraint",
            at=(key,),
            help='write an operator and a version, such as ">= 1.25, < 2"',
        )


@rule("extension-unknown", on="extension", consul="is not a built-in extension")  # EX-04
def extension_unknown(extension: EnvoyExtension, report: Report) -> None:
    """An Envoy extension that does not exist.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{ Name = "builtin/Lua", Arguments = { Script = "x = 1", Listener = "inbound" } }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{ Name = "builtin/lua", Arguments = { Script = "x = 1", Listener = "inbound" } }]
    """
    if extension.name and extension.name not in BUILT_IN:
        close = nearest(extension.name, BUILT_IN) or nearest(f"builtin/{extension.name}", BUILT_IN)
        report(
            f"no built-in extension is called `{extension.name}`",
            at=("Name",),
            help=f"did you mean `{close}`?" if close else f"one of: {', '.join(BUILT_IN)}",
        )


@rule("extension-arguments-invalid", on="extension", consul="error(s) decoding")  # EX-05
def extension_arguments_invalid(extension: EnvoyExtension, report: Report) -> None:
    """An argument of an Envoy extension that has the wrong type.

    Arguments are read more strictly than the entry around them: strings stay strings, and a list of
    one that is written in HCL has become its element before the extension sees it. Write such lists
    in JSON, where only those directly in `Arguments` suffer.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{ Name = "builtin/lua", Arguments = { Script = 5, Listener = "inbound" } }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{ Name = "builtin/lua", Arguments = { Script = "5", Listener = "inbound" } }]
    """
    built_in = BUILT_IN.get(extension.name)
    if built_in is None:
        return
    for fault in decode_arguments(extension, built_in).faults:
        report(
            f"`{fault.printed}` wants {fault.wanted}, not {fault.found}",
            at=("Arguments", *fault.source),
            consul=fault.consul,
            help=_unwrapped_list(fault.wanted),
        )


def _unwrapped_list(wanted: str) -> str | None:
    if wanted != "a list":
        return None
    return "a list of one in HCL is read as its element: write two elements, or write the entry in JSON"


def _named(name: str) -> Step:
    """The rules of one extension's arguments."""

    def holds(extension: EnvoyExtension, report: Report) -> bool:  # noqa: ARG001  conditions take both
        return extension.name == name

    return when(holds, inside(arguments_of(BUILT_IN[name]), BUILT_IN[name].order))


EXTENSION = first(
    extension_name_missing,  # EX-01
    extension_envoy_version_invalid,  # EX-02
    extension_consul_version_invalid,  # EX-03
    extension_unknown,  # EX-04
    extension_arguments_invalid,  # EX-05
    every(*(_named(name) for name in BUILT_IN)),  # EX-10 to EX-62
)
"""One `EnvoyExtensions` element: `each("EnvoyExtensions", EXTENSION, all_items=True)`."""
