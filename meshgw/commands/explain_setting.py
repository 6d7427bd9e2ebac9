"""`meshgw explain --setting NAME`: every place of one setting."""

from __future__ import annotations

import json
from collections.abc import Iterator

from meshgw.commands.console import UsageError
from meshgw.commands.selecting import means_upstream, select_callers, select_proxies, unknown
from meshgw.output.explain_setting import setting_objects, settings_overview, settings_text
from meshgw.output.text import Paint
from meshgw.resolve.settings import (
    ProxySetting,
    UpstreamSetting,
    is_named,
    proxy_setting,
    setting_names,
    upstream_setting,
)
from meshgw.snapshot.calls import Calls
from meshgw.snapshot.model import SidecarSnapshot
from meshgw.snapshot.settings import SettingValue, proxy_value, upstream_values


def explain_setting(name: str, names: tuple[str, ...], calls: Calls, paint: Paint, *, as_json: bool) -> str:
    """A setting of all proxies, of one and its upstreams, or of one upstream."""
    of_proxy, of_upstream = proxy_setting(name), upstream_setting(name)
    if of_proxy is None and of_upstream is None:
        raise UsageError(unknown("setting", name, list(dict.fromkeys(setting_names()))))
    values = list(_values(names, of_proxy, of_upstream, calls))
    if as_json:
        document = {"assumed": list(calls.mesh.assumptions), "settings": setting_objects(values)}
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return settings_text(values, paint) if names else settings_overview(values, paint)


def _values(
    names: tuple[str, ...],
    of_proxy: ProxySetting | None,
    of_upstream: UpstreamSetting | None,
    calls: Calls,
) -> Iterator[SettingValue]:
    if len(names) == 2:
        yield from _of_one_upstream(names, of_proxy, of_upstream, calls)
        return
    proxies = select_proxies(calls, names[0]) if names else list(calls.mesh.proxies)
    if of_proxy is not None:
        for proxy in proxies:
            yield proxy_value(calls.mesh, proxy, of_proxy)
    if of_upstream is not None:
        chosen = {id(proxy) for proxy in proxies}
        for snapshot in calls.snapshots:
            if id(snapshot.instance) in chosen:
                yield from _telling(upstream_values(snapshot, of_upstream), of_upstream)


def _telling(values: Iterator[SettingValue], setting: UpstreamSetting) -> Iterator[SettingValue]:
    """Of a free-form key only the upstreams that have it: most keys are those of proxies."""
    for value in values:
        if is_named(setting) or any(layer.value is not None for layer in value.resolved.layers):
            yield value


def _of_one_upstream(
    names: tuple[str, ...],
    of_proxy: ProxySetting | None,
    of_upstream: UpstreamSetting | None,
    calls: Calls,
) -> Iterator[SettingValue]:
    if of_upstream is None:
        assert of_proxy is not None
        raise UsageError(f"`{of_proxy.name}` is a setting of proxies: leave `{names[1]}` out")
    snapshots = select_callers(calls, names[0])
    if not snapshots:
        known = sorted({snapshot.instance.destination for snapshot in calls.snapshots})
        raise UsageError(unknown("service with a sidecar", names[0], known))
    found = [value for snapshot in snapshots for value in _named(names[1], snapshot, of_upstream)]
    if not found:
        listed = [value.upstream for one in snapshots for value in upstream_values(one, of_upstream)]
        raise UsageError(unknown(f"upstream of {names[0]}", names[1], list(dict.fromkeys(listed))))
    yield from found


def _named(name: str, snapshot: SidecarSnapshot, setting: UpstreamSetting) -> list[SettingValue]:
    """The values of the upstreams that a name means; in transparent mode else those of all others."""
    values = list(upstream_values(snapshot, setting))
    found = [value for value in values if means_upstream(value.upstream, name)]
    if found or not snapshot.proxy.transparent:
        return found
    return [value for value in values if value.upstream == "*"]
