"""Rules about what cannot be decoded as a service definition (service-registration.md 1.2–1.4, 1.7)."""

from __future__ import annotations

from typing import Any

from meshgw.diagnostics.rules import Report, rule
from meshgw.schema.decode import Decoded, Dialect, TypeFault, UnknownKey, table_of
from meshgw.schema.suggest import nearest, spelled_otherwise
from meshgw.services.agent import AgentConfig
from meshgw.services.agent_keys import AGENT_KEYS, KNOWN, unknown_below
from meshgw.services.model import Connect
from meshgw.source.document import Path


@rule("service-wrong-type", on="service", consul="got unconvertible type", stage="V")  # RG-03, 04, 05
def service_wrong_type(fault: TypeFault, report: Report) -> None:
    """A value of an agent file that has not the type of its setting.

    Agent files are strict, unlike config entries: `"8080"` is not a number, `"true"` is no boolean,
    a single value is no list. A block may be written once where one object is expected.

    Refused:

        service {
          name = "web"
          port = "8080"
        }

    Accepted:

        service {
          name = "web"
          port = 8080
        }
    """
    report(
        f"`{fault.printed}` wants {fault.wanted}, not {fault.found}",
        location=report.subject.at_source(fault.source),
        consul=fault.consul,
        help=_how_to_write(fault),
    )


def _how_to_write(fault: TypeFault) -> str | None:
    last = fault.printed.rpartition(".")[2]
    if fault.kind == "list":
        return f"write `{last} = [ … ]`"
    if fault.kind == "object":
        if last == "mesh_gateway":
            return 'write `mesh_gateway { mode = "local" }`'
        if fault.found.startswith("a list"):
            return "write `services` for several" if fault.printed == "service" else "write the block once"
    return None


@rule("service-unknown-key", on="service", consul="invalid config key", stage="V")  # RG-02, RG-09
def service_unknown_key(found: tuple[UnknownKey, Dialect], report: Report) -> None:
    """A key that agent files do not have.

    Keys are the snake_case names in any case; `EnableTagOverride` is not one. A block has no label:
    the name of a service is its `name`. `namespace` and `partition` are known in Enterprise only.

    Refused:

        service {
          name = "web"
          prot = 8080
        }

    Accepted:

        service {
          name = "web"
          port = 8080
        }
    """
    unknown, dialect = found
    _report_unknown(unknown, dialect, report)


@rule("body-unknown-key", on="service", consul="json: unknown field", stage="HS")  # RG-07, RG-09
def body_unknown_key(found: tuple[UnknownKey, Dialect], report: Report) -> None:
    """A key that bodies of the API do not have.

    Bodies have the CamelCase names in any case, and few snake_case ones: `socket_path` and
    `outbound_listener_port` are none. `Namespace` and `Partition` are known in Enterprise only.

    Refused (http):

        { "Name": "web", "socket_path": "/run/web.sock" }

    Accepted (http):

        { "Name": "web", "SocketPath": "/run/web.sock" }
    """
    unknown, dialect = found
    _report_unknown(unknown, dialect, report)


def _report_unknown(unknown: UnknownKey, dialect: Dialect, report: Report) -> None:
    key = str(unknown.path[-1])
    known = table_of(unknown.block, dialect).keys
    if unknown.block is AgentConfig:
        known = (*known, *AGENT_KEYS)
    report(
        f"unknown key `{unknown.printed}`",
        part="key",
        note=_enterprise_word(key, dialect),
        help=_meant(key, known, unknown),
        location=None if unknown.source is None else report.subject.at_source(unknown.source, "key"),
    )


def _enterprise_word(key: str, dialect: Dialect) -> str | None:
    if dialect.edition == "community" and key.lower() in ("namespace", "partition"):
        return f"{key.lower()}s of services exist in Consul Enterprise only"
    return None


def _meant(key: str, known: tuple[str, ...], unknown: UnknownKey) -> str | None:
    if key in ("service", "services") or isinstance(unknown.value, list | dict):
        labelled = unknown.printed.partition(".")[0].partition("[")[0] in ("service", "services")
        if labelled and unknown.printed.count(".") == 1 and not nearest(key, known):
            return f'blocks have no labels; write `name = "{key}"` inside'
    same = spelled_otherwise(key, known)
    if same:
        return "write " + " or ".join(f"`{name}`" for name in same)
    close = nearest(key, known)
    return f"did you mean `{close}`?" if close else None


@rule("body-wrong-type", on="service", consul="Request decode failed", stage="HS")  # RG-08, CHK-11
def body_wrong_type(fault: TypeFault, report: Report) -> None:
    """A value in a body of the API that has not the type of its field.

    Bodies are strict JSON: integers have no fraction and no exponent, a list of one is no object,
    durations are strings such as `"10s"` or numbers of nanoseconds.

    Refused (http):

        { "Name": "web", "Port": "8080" }

    Accepted (http):

        { "Name": "web", "Port": 8080 }
    """
    report(
        f"`{fault.printed}` wants {fault.wanted}, not {fault.found}",
        location=report.subject.at_source(fault.source),
        consul=fault.consul,
    )


def report_agent_faults(decoded: Decoded[AgentConfig], report: Report, dialect: Dialect) -> bool:
    """Report what cannot be decoded in an agent file; whether there was anything."""
    for fault in decoded.faults:
        report.run(service_wrong_type, fault)
    unknown = [] if decoded.faults else [part for key in decoded.unknown for part in _really_unknown(key)]
    for key in unknown:
        report.run(service_unknown_key, (key, dialect))
    return bool(decoded.faults or unknown)


def _really_unknown(key: UnknownKey) -> list[UnknownKey]:
    """Nothing for a setting that Consul knows, but for the keys inside it that it does not."""
    known: Any = KNOWN
    for step in key.path:
        if not isinstance(known, dict) or str(step).lower() not in known or step in ("service", "services"):
            return [key]
        known = known[str(step).lower()]
    source = key.source or ()
    return [
        UnknownKey(path, path, _printed(key.path, path[len(source) :]), key.block)
        for path in unknown_below(key.value, known, source)
    ]


def _printed(above: Path, below: Path) -> str:
    return ".".join(str(step) for step in (*above, *below) if isinstance(step, str))


def report_body_faults(decoded: Decoded[Any], report: Report, dialect: Dialect) -> bool:
    """Report what cannot be decoded in a body of the API; whether there was anything."""
    for fault in decoded.faults:
        report.run(body_wrong_type, fault)
    # Connect is the one object of a body that ignores what it does not know (1.7).
    unknown = [key for key in decoded.unknown if key.block is not Connect]
    if not decoded.faults:
        for key in unknown:
            report.run(body_unknown_key, (key, dialect))
    return bool(decoded.faults or unknown)
