"""Rules about an agent's own settings, as far as a mesh depends on them (service-registration.md 1.5)."""

from __future__ import annotations

import re

from meshgw.diagnostics.evaluation import Step, every, first
from meshgw.diagnostics.model import Location
from meshgw.diagnostics.rules import Report, rule
from meshgw.services.agent import AgentConfig
from meshgw.services.agent_keys import DEPRECATED, ENTERPRISE
from meshgw.services.check import Check
from meshgw.services.field_rules import report_meta

_DATACENTER = re.compile(r"[a-z0-9_-]+", re.ASCII)
_RANGES = ("sidecar", "expose", "proxy")
_CA_PROVIDERS = ("", "consul", "vault", "aws-pca")


@rule(
    "datacenter-name-invalid",
    on="agent",
    consul="can only contain lowercase alphanumeric, - or _ characters",
    stage="V",
)  # RG-60
def datacenter_name_invalid(config: AgentConfig, report: Report) -> None:
    """A name of a datacenter with other characters than letters, digits, `-` and `_`.

    Capitals are lower-cased.

    Refused:

        datacenter = "dc.1"

    Accepted:

        datacenter = "dc-1"
    """
    for name in ("datacenter", "primary_datacenter"):
        given = getattr(config, name)
        if given is None or (not given and name == "primary_datacenter"):
            continue
        if not _DATACENTER.fullmatch(given.lower()):
            report(f"`{given}` is no name of a datacenter", at=(name,), help="letters, digits, `-` and `_`")


@rule("port-range-reversed", on="agent", consul="must be less than", stage="V")
def port_range_reversed(config: AgentConfig, report: Report) -> None:
    """A range of ports that ends before it begins.

    Refused:

        ports {
          sidecar_min_port = 21255
          sidecar_max_port = 21000
        }

    Accepted:

        ports {
          sidecar_min_port = 21000
          sidecar_max_port = 21255
        }
    """
    defaults = {"sidecar": (21000, 21255), "expose": (21500, 21755), "proxy": (20000, 20255)}
    for name in _RANGES:
        low = getattr(config.ports, f"{name}_min_port")
        high = getattr(config.ports, f"{name}_max_port")
        low_used = defaults[name][0] if low is None else low
        high_used = defaults[name][1] if high is None else high
        if high_used < low_used and (low is not None or high is not None):
            report(
                f"`{name}_max_port` is {high_used}, below `{name}_min_port`, {low_used}",
                at=("ports", f"{name}_max_port" if high is not None else f"{name}_min_port"),
                consul=f"{name}_min_port must be less than",
            )


@rule("agent-port-invalid", on="agent", consul="invalid port", stage="V")
def agent_port_invalid(config: AgentConfig, report: Report) -> None:
    """A port of the agent that is above 65535.

    Refused:

        ports { grpc = 85020 }

    Accepted:

        ports { grpc = 8502 }
    """
    ports = config.ports
    for spec in ports.specs:
        value = getattr(ports, spec.attribute)
        if value is not None and value > 65535:
            report(f"`{spec.name}` is {value}; at most 65535", at=("ports", spec.name))


@rule("ca-provider-unknown", on="agent", consul="is not a valid CA provider", stage="V")
def ca_provider_unknown(config: AgentConfig, report: Report) -> None:
    """A certificate authority that Consul does not know.

    Refused:

        connect { ca_provider = "step" }

    Accepted:

        connect { ca_provider = "vault" }
    """
    provider = config.connect.ca_provider
    if provider is not None and provider not in _CA_PROVIDERS:
        report(
            f"`{provider}` is no CA provider",
            at=("connect", "ca_provider"),
            help="one of `consul`, `vault`, `aws-pca`",
        )


@rule("wan-federation-without-server", on="agent", consul="requires 'server = true'", stage="V")
def wan_federation_without_server(config: AgentConfig, report: Report) -> None:
    """Federation through mesh gateways on an agent that is no server.

    Refused:

        server  = false
        connect = { enable_mesh_gateway_wan_federation = true }

    Accepted:

        server  = true
        connect = { enable_mesh_gateway_wan_federation = true }
    """
    if config.connect.enable_mesh_gateway_wan_federation and not config.server:
        report(
            "`enable_mesh_gateway_wan_federation` is set on an agent that is no server",
            at=("connect", "enable_mesh_gateway_wan_federation"),
            part="all",
            help="set it on servers only",
        )


@rule(
    "primary-gateways-in-primary",
    on="agent",
    consul="should only be configured in a secondary datacenter",
    stage="V",
)
def primary_gateways_in_primary(config: AgentConfig, report: Report) -> None:
    """Gateways of the primary datacenter, told to an agent of the primary itself.

    Refused:

        server           = true
        datacenter       = "dc1"
        primary_gateways = ["198.51.100.1:8443"]
        connect          = { enable_mesh_gateway_wan_federation = true }

    Accepted:

        server             = true
        datacenter         = "dc2"
        primary_datacenter = "dc1"
        primary_gateways   = ["198.51.100.1:8443"]
        connect            = { enable_mesh_gateway_wan_federation = true }
    """
    own = (config.datacenter or "dc1").lower()
    if config.primary_gateways and (config.primary or own).lower() == own:
        report(
            "`primary_gateways` is set in the primary datacenter",
            at=("primary_gateways",),
            part="key",
            help="set `primary_datacenter`, or take `primary_gateways` out",
        )


@rule("node-zone-without-region", on="agent", consul="zone cannot be set without region", stage="V")
def node_zone_without_region(config: AgentConfig, report: Report) -> None:
    """A node's locality with a zone and no region.

    Refused:

        locality { zone = "us-west-1a" }

    Accepted:

        locality {
          region = "us-west-1"
          zone   = "us-west-1a"
        }
    """
    if config.locality is not None and config.locality.zone and not config.locality.region:
        report("the node's zone has no region", at=("locality", "Zone"))


@rule("node-meta-invalid", on="agent", consul="node_meta invalid", stage="V")
def node_meta_invalid(config: AgentConfig, report: Report) -> None:
    """Metadata of a node that Consul does not store.

    The limits are those of a service's `meta`.

    Refused:

        node_meta = { "consul-rack" = "12" }

    Accepted:

        node_meta = { rack = "12" }
    """
    if len(config.node_meta) > 64:
        report(f"{len(config.node_meta)} pairs in `node_meta`; at most 64", at=("node_meta",), part="key")
    else:
        report_meta(config.node_meta, report, name="node_meta")


@rule(
    "segments-in-community",
    on="agent",
    consul="Network segments are not supported in this version of Consul",
    edition="community",
    stage="V",
)
def segments_in_community(config: AgentConfig, report: Report) -> None:
    """Network segments, which are Enterprise's.

    Refused:

        segment = "alpha"

    Accepted:

        segment = ""
    """
    for name in ("segment", "segments"):
        if getattr(config, name):
            report("network segments exist in Consul Enterprise only", at=(name,), part="key")


@rule("check-output-limit-invalid", on="agent", consul="check_output_max_size", stage="V")
def check_output_limit_invalid(config: AgentConfig, report: Report) -> None:
    """A limit for the output of checks below 1.

    Refused:

        check_output_max_size = 0

    Accepted:

        check_output_max_size = 4096
    """
    if config.check_output_max_size is not None and config.check_output_max_size < 1:
        report(
            f"`check_output_max_size` is {config.check_output_max_size}; at least 1",
            at=("check_output_max_size",),
        )


@rule("enterprise-setting-in-community", on="agent", severity="warning", edition="community")
def enterprise_setting_in_community(config: AgentConfig, report: Report) -> None:  # noqa: ARG001
    """A setting of an agent that does nothing in Community.

    Consul prints "is a Consul Enterprise configuration and will have no effect" and goes on.

    Found:

        partition = "billing"
        node_name = "node-1"

    Accepted:

        node_name = "node-1"
    """
    for path in ENTERPRISE:
        if _written(report.root, path):
            report(
                f"`{'.'.join(path)}` has no effect in Community",
                location=_locate_raw(report, path),
                note="Consul warns about it when it starts",
            )


@rule("agent-setting-deprecated", on="agent", severity="warning")
def agent_setting_deprecated(config: AgentConfig, report: Report) -> None:  # noqa: ARG001
    """A setting of an agent in its old place.

    Consul still reads it and prints a warning.

    Found:

        acl_datacenter = "dc1"

    Accepted:

        primary_datacenter = "dc1"
    """
    for key in report.root:
        if key.lower() in DEPRECATED:
            report(f"`{key}` is deprecated", location=report.subject.at_source((key,), "key"))


@rule("acl-policy-unknown", on="agent", severity="warning")
def acl_policy_unknown(config: AgentConfig, report: Report) -> None:
    """A default policy other than `allow` and `deny`.

    `consul validate` does not look at it.

    Found:

        acl {
          enabled        = true
          default_policy = "denied"
        }

    Accepted:

        acl {
          enabled        = true
          default_policy = "deny"
        }
    """
    told = (
        (("acl", "default_policy"), config.acl.default_policy),
        (("default_intention_policy",), config.default_intention_policy),
    )
    for path, value in told:
        if value and value not in ("allow", "deny"):
            report(f"`{path[-1]}` is `{value}`", at=path, help="`allow` or `deny`")


@rule("mesh-switched-off", on="agent", severity="warning")  # RG-W13
def mesh_switched_off(config: AgentConfig, report: Report) -> None:
    """Proxies on an agent without a mesh.

    With `connect.enabled = false` there is no certificate authority, and Envoy gets nothing.

    Found:

        connect { enabled = false }
        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service {}
          }
        }

    Accepted:

        connect { enabled = true }
        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service {}
          }
        }
    """
    if config.connect.enabled is not False:
        return
    definitions = config.services if config.service is None else (*config.services, config.service)
    for service in definitions:
        if service.kind or service.connect.sidecar_service is not None or service.connect.native:
            report(
                f"`{service.name}` takes part in a mesh, and the agent has `connect.enabled = false`",
                at=("connect", "enabled"),
                part="all",
            )
            return


@rule("node-check-without-id", on="check", consul="CheckID missing", stage="L")
def node_check_without_id(check: Check, report: Report) -> None:
    """A check of a node with neither id nor name.

    The agent does not start with it; checks inside a service get an id of their own.

    Refused:

        check { ttl = "10s" }

    Accepted:

        check {
          id  = "disk"
          ttl = "10s"
        }
    """
    if not check.id and not check.name:
        report("the check has neither `id` nor `name`", help="set `id`")


def _written(raw: object, path: tuple[str, ...]) -> bool:
    for step in path:
        if isinstance(raw, list) and len(raw) == 1:
            raw = raw[0]
        if not isinstance(raw, dict):
            return False
        raw = next((value for key, value in raw.items() if key.lower() == step), None)
    return raw not in (None, "", [], {})


def _locate_raw(report: Report, path: tuple[str, ...]) -> Location | None:
    source: list[str | int] = []
    raw: object = report.root
    for step in path:
        if isinstance(raw, list):
            source.append(0)
            raw = raw[0]
        assert isinstance(raw, dict)
        key = next(key for key in raw if key.lower() == step)
        source.append(key)
        raw = raw[key]
    return report.subject.at_source(tuple(source), "key")


AGENT: Step = first(
    every(port_range_reversed, agent_port_invalid),
    datacenter_name_invalid,  # RG-60
    node_zone_without_region,
    segments_in_community,
    check_output_limit_invalid,
    wan_federation_without_server,
    primary_gateways_in_primary,
    node_meta_invalid,
    ca_provider_unknown,
)

AGENT_ADVICE: Step = every(
    enterprise_setting_in_community, agent_setting_deprecated, acl_policy_unknown, mesh_switched_off
)
