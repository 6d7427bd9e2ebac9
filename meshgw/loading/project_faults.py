"""Faults of a project file: by its JSON Schema, with the nearest known key or value as help."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from meshgw.loading.patterns import captures
from meshgw.loading.project import PEERING_KEYS, ProjectFault
from meshgw.loading.project_schema import PROJECT_SCHEMA
from meshgw.schema.suggest import nearest

_TENANCY_KEYS = ("datacenter", "partition", "namespace", "node")
"""What a tenancy rule settles; a capture of the same name fills it."""


def find_faults(value: Any) -> list[ProjectFault]:
    """All faults in the order in which they stand."""
    import jsonschema

    validator = jsonschema.Draft202012Validator(PROJECT_SCHEMA)
    faults = [fault for error in validator.iter_errors(value) for fault in _explained(error)]
    if not faults:
        faults.extend(_meaning(value))
    return sorted(faults, key=lambda fault: tuple(map(str, fault.path)))


def _explained(error: Any) -> Iterator[ProjectFault]:
    path = tuple(error.absolute_path)
    match error.validator:
        case "additionalProperties" if isinstance(error.instance, dict):
            known = error.schema.get("properties", {})
            for key in sorted(set(error.instance) - set(known)):
                close = nearest(str(key), known)
                help_ = f"did you mean `{close}`?" if close else f"known here: {', '.join(sorted(known))}"
                yield ProjectFault((*path, key), f"unknown key `{key}`", help_)
        case "enum":
            words = ", ".join(str(word) for word in error.validator_value)
            yield ProjectFault(path, f"`{error.instance}` is not allowed here", f"one of: {words}")
        case "required":
            missing = [key for key in error.validator_value if key not in error.instance]
            yield ProjectFault(path, f"`{missing[0]}` is missing")
        case "type":
            yield ProjectFault(path, f"this must be of type {error.validator_value}")
        case _:
            yield ProjectFault(path, error.message[:200])


def _meaning(value: dict[str, Any]) -> Iterator[ProjectFault]:
    """What a schema cannot say."""
    for index, peering in enumerate(value.get("peerings", ())):
        ends = [key for key in peering if key not in PEERING_KEYS]
        if "name" not in peering and len(ends) != 2:
            yield ProjectFault(
                ("peerings", index),
                "a peering has two ends",
                "write `{DC1: NAME, DC2: NAME}`, or `name` and `trust_domain` of an end that is elsewhere",
            )
    for index, rule in enumerate(value.get("tenancy", ())):
        for key, message, help_ in _capture_faults(rule):
            yield ProjectFault(("tenancy", index, key), message, help_)
    for place, addresses in _virtual_ips(value):
        for name, address in addresses.items():
            if not _ip(address):
                yield ProjectFault((*place, name), f"`{address}` is no IP address")
    for name, node in value.get("nodes", {}).items():
        for tag, address in node.get("tagged_addresses", {}).items():
            if not _ip(address) and " " in address:
                yield ProjectFault(
                    ("nodes", name, "tagged_addresses", tag), f"`{address}` is neither an IP nor a host name"
                )


def _capture_faults(rule: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Captures that fill nothing, that come twice, or that a value wants without there being one."""
    captured = captures(rule["path"])
    used = [(key, name) for key, text in rule.items() if key != "path" for name in captures(text)]
    filled = {*_TENANCY_KEYS, *(name for _, name in used)}
    for name in dict.fromkeys(captured):
        if captured.count(name) > 1:
            yield "path", f"`{{{name}}}` stands twice in the path", "write `*` for one of them"
        if name not in filled:
            close = nearest(name, _TENANCY_KEYS)
            yield (
                "path",
                f"`{{{name}}}` fills nothing",
                f"did you mean `{{{close}}}`?"
                if close
                else "write `*`, or name it in a value beside the path",
            )
    for key, name in used:
        if name not in captured:
            yield key, f"`{{{name}}}` is not in the path", f"the path has {_braced(captured)}"


def _braced(names: list[str]) -> str:
    return ", ".join(f"`{{{name}}}`" for name in names) or "no names in braces"


def _virtual_ips(value: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    yield ("virtual_ips",), value.get("virtual_ips", {})
    for name, datacenter in value.get("datacenters", {}).items():
        yield ("datacenters", name, "virtual_ips"), (datacenter or {}).get("virtual_ips", {})


def _ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
