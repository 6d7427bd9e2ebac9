# ruff: noqa: E501  # rows of tables are read more easily than wrapped
"""Small trees with a terminating gateway, and what it is served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trees import mesh_of, resources

from meshgw.envoy.resources import Resources

LISTENER = "default:1.2.3.4:8443"


def n(name: str, subset: str = "") -> str:
    return f"{subset}.{n(name)}" if subset else f"{name}.default.dc1.internal.t.consul"


def gateway(options: str = "", more: str = "") -> str:
    return (
        'service { name = "terminating-gateway" kind = "terminating-gateway" address = "1.2.3.4" port = 8443\n'
        f'tagged_addresses {{ wan = {{ address = "198.18.0.1" port = 443 }} }}\nproxy {{ {more} config {{ {options} }} }} }}\n'
    )


def entry(kind: str, name: str, text: str = "") -> str:
    return f'Kind = "{kind}"\nName = "{name}"\n{text}\n'


def links(*services: str) -> str:
    """The gateway's entry; each service as in HCL, or only its name."""
    listed = [each if "=" in each else f'Name = "{each}"' for each in services]
    return entry(
        "terminating-gateway",
        "terminating-gateway",
        f"Services = [{', '.join(f'{{ {each} }}' for each in listed)}]",
    )


CRITICAL = 'check { ttl = "48h" status = "critical" }'


def instances(name: str, *rows: str) -> str:
    """Instances of a service in order: `ADDRESS:PORT [more HCL]`."""
    found = ""
    for number, row in enumerate(rows, 1):
        address, _, more = row.partition(" ")
        host, _, port = address.rpartition(":")
        found += (
            f'services {{ id = "{name}-{number}" name = "{name}" address = "{host}" port = {port} {more} }}\n'
        )
    return found


def meta(**values: str) -> str:
    return f"meta {{ {' '.join(f'{key} = {chr(34)}{value}{chr(34)}' for key, value in values.items())} }}"


def protocol(name: str, value: str = "http") -> str:
    return entry("service-defaults", name, f'Protocol = "{value}"')


def subsets(name: str, more: str = "", **filters: str) -> str:
    made = "\n".join(
        f"{subset} = {{ Filter = {chr(34)}{found}{chr(34)}\nOnlyPassing = {'true' if subset == 'v2' else 'false'} }}"
        for subset, found in filters.items()
    )
    return entry("service-resolver", name, f"{more}\nSubsets = {{ {made} }}")


def served(
    folder: Path, files: dict[str, str], options: str = "", *, own: str = "", **said: Any
) -> Resources:
    named = {f"dc1/{name}.hcl": text for name, text in {"gw": gateway(options, own), **files}.items()}
    found = resources(
        mesh_of(folder, named, **{"default_intention_policy": "deny"} | said), "terminating-gateway"
    )
    assert [fault for fault in found.faults if fault.rule != "setting-unreadable"] == []
    return found


def chain(found: Resources, name: str, listener: str = LISTENER) -> dict[str, Any]:
    """The filter chain whose first server name is this."""
    (chosen,) = [
        each
        for each in found.listeners[listener]["filterChains"]
        if each.get("filterChainMatch", {}).get("serverNames", [""])[0] == name
    ]
    return dict(chosen)


def destination(name: str, port: int, *addresses: str, speaks: str = "tcp") -> str:
    listed = ", ".join(f'"{address}"' for address in addresses)
    return entry(
        "service-defaults",
        name,
        f'Protocol = "{speaks}"\nDestination {{ Addresses = [{listed}] Port = {port} }}',
    )


def d(address: str, name: str) -> str:
    return f"destination.{address}.{n(name)}"
