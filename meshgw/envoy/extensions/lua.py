"""builtin/lua: a script in every HTTP connection manager (envoy-sidecar.md 10.2)."""

from __future__ import annotations

from meshgw.entries.extensions.arguments import CONNECT_PROXY
from meshgw.entries.extensions.lua import LuaArguments
from meshgw.envoy.extensions.chains import before_routers, change_chains, change_managers
from meshgw.envoy.extensions.subject import ExtendedProxy, ResourceBook, direction_of
from meshgw.envoy.protojson import filter_of

_TYPE = "envoy.extensions.filters.http.lua.v3.Lua"


def apply_lua(proxy: ExtendedProxy, arguments: LuaArguments, book: ResourceBook, *, required: bool) -> None:  # noqa: ARG001  all extensions are applied alike
    """Run the script before each router of the listeners of a direction; TCP is left alone."""
    if (arguments.proxy_type or CONNECT_PROXY) != proxy.kind:
        return
    script = filter_of("envoy.filters.http.lua", _TYPE, defaultSourceCode={"inlineString": arguments.script})
    book.change(
        "listeners",
        lambda listener: (
            listener
            if direction_of(listener) != arguments.listener
            else change_chains(
                listener,
                lambda chain: change_managers(chain, lambda manager: before_routers(manager, script)),
            )
        ),
    )
