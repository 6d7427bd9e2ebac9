"""Explanations of settings: every place of each, as text and as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from meshgw.diagnostics.model import Location
from meshgw.output.json import location_object
from meshgw.output.text import Paint
from meshgw.output.values import NOTHING, value_object, value_text
from meshgw.output.visible import columns, visible
from meshgw.resolve.layers import Layer, Resolved
from meshgw.resolve.settings import PROXY_SETTINGS, UPSTREAM_SETTINGS
from meshgw.snapshot.settings import SettingValue

_UNSET = ("not set",)


def setting_list() -> str:
    """The names of all settings and what they are about."""
    names = [setting.name for setting in PROXY_SETTINGS] + [setting.name for setting in UPSTREAM_SETTINGS]
    width = max(map(len, names))
    lines = ["of a proxy (meshgw explain SERVICE --setting NAME):"]
    lines += [f"  {setting.name:<{width}}  {setting.doc}" for setting in PROXY_SETTINGS]
    lines.append(f"  {'config.KEY':<{width}}  any key of the proxy's `config`")
    lines += ["", "of an upstream (meshgw explain SERVICE UPSTREAM --setting NAME):"]
    lines += [f"  {setting.name:<{width}}  {setting.doc}" for setting in UPSTREAM_SETTINGS]
    lines.append(f"  {'config.KEY':<{width}}  any key of the upstream's `config`")
    return "\n".join(lines) + "\n"


def setting_list_object() -> list[dict[str, str]]:
    """The same for programs."""
    of_proxies = [
        {"name": setting.name, "of": "proxy", "about": setting.doc, "default": setting.default}
        for setting in PROXY_SETTINGS
    ]
    return of_proxies + [
        {"name": setting.name, "of": "upstream", "about": setting.doc, "default": setting.default}
        for setting in UPSTREAM_SETTINGS
    ]


def settings_text(values: Sequence[SettingValue], paint: Paint) -> str:
    """Each setting with all its places, the strongest first."""
    return "\n".join("\n".join(_value_lines(value, paint)) + "\n" for value in values)


def _value_lines(found: SettingValue, paint: Paint) -> Iterator[str]:
    yield paint(visible(subject_of(found)), "strong")
    yield f"  {found.name}  {paint(visible(effective_text(found)), 'strong')}"
    yield from place_lines(found.resolved, paint)


def subject_of(found: SettingValue) -> str:
    """Whose setting it is: `web-sidecar-proxy in partition default of dc1 → api`."""
    proxy = found.proxy
    text = f"{proxy.service.id} in partition {proxy.partition} of {proxy.datacenter}"
    if found.upstream == "*":
        text += " → upstreams without settings of their own"
    elif found.upstream:
        text += f" → {found.upstream}"
    return text + (f", target {found.target}" if found.target else "")


def effective_text(found: SettingValue) -> str:
    """The value, or in words what applies without one."""
    value = found.resolved.value
    if found.resolved.winners or not _blank(value):
        return value_text(value)
    return f"not set: {found.default}"


def _blank(value: Any) -> bool:
    return value in (None, "", 0, False, (), [], {})


def place_lines(resolved: Resolved[Any], paint: Paint) -> Iterator[str]:
    """Every place: what stands there, where, and why it does not count; what has a part is marked."""
    names = [visible(layer.name) for layer in resolved.layers]
    values = [visible(_layer_value(layer)) for layer in resolved.layers]
    name_width = max(map(columns, names), default=0)
    value_width = max(map(columns, values), default=0)
    winners = resolved.winners
    for layer, name, value in zip(resolved.layers, names, values, strict=True):
        won = any(layer is winner for winner in winners)
        mark = "→" if won else " "
        cells = f"{_padded(name, name_width)}  {_padded(value, value_width)}"
        line = f"    {mark} {cells}  {_detail(layer, won=won)}"
        yield paint(line.rstrip(), "strong") if won else line.rstrip()


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns(text))


def _layer_value(layer: Layer[Any]) -> str:
    return NOTHING if layer.value is None else value_text(layer.value)


def _detail(layer: Layer[Any], *, won: bool) -> str:
    parts = []
    if layer.value is not None and layer.location is not None:
        parts.append(visible(str(layer.location)))
    if layer.counts and not won:
        parts.append("a stronger place is set")
    elif layer.why and layer.why not in _UNSET:
        parts.append(visible(layer.why))
    return "  ".join(parts)


def settings_overview(values: Sequence[SettingValue], paint: Paint) -> str:
    """One line a proxy or upstream: the value and where it is set."""
    if not values:
        return "nothing in the tree has this setting\n"
    rows = [
        (visible(subject_of(found)), visible(effective_text(found)), visible(_winners_at(found)))
        for found in values
    ]
    widths = [max(columns(row[column]) for row in rows) for column in range(2)]
    lines = (
        f"{_padded(subject, widths[0])}  {paint(_padded(value, widths[1]), 'strong')}  {where}".rstrip()
        for subject, value, where in rows
    )
    return "\n".join(lines) + "\n"


def _winners_at(found: SettingValue) -> str:
    return ", ".join(_place(layer) for layer in found.resolved.winners)


def _place(layer: Layer[Any]) -> str:
    return str(layer.location) if layer.location is not None else layer.name


def setting_objects(values: Iterable[SettingValue]) -> list[dict[str, Any]]:
    """Settings as plain data."""
    return [_setting_object(found) for found in values]


def _setting_object(found: SettingValue) -> dict[str, Any]:
    proxy, winners = found.proxy, found.resolved.winners
    return {
        "proxy": proxy.service.id,
        "service": proxy.destination or proxy.service.name,
        "namespace": proxy.namespace,
        "partition": proxy.partition,
        "datacenter": proxy.datacenter,
        "upstream": found.upstream or None,
        "target": found.target or None,
        "setting": found.name,
        "value": value_object(found.resolved.value),
        "default": None if winners else found.default,
        "winners": [layer.name for layer in winners],
        "layers": [
            {
                "name": layer.name,
                "value": value_object(layer.value),
                "counts": layer.counts,
                "why": layer.why or None,
                "location": _location(layer),
            }
            for layer in found.resolved.layers
        ],
    }


def _location(layer: Layer[Any]) -> dict[str, Any] | None:
    location: Location | None = layer.location if layer.value is not None else None
    return None if location is None else location_object(location)
