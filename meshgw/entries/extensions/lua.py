"""builtin/lua (config-entries.md 2.0.2)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import every
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.extensions.arguments import CONNECT_PROXY, DIRECTIONS, Extension
from meshgw.schema.fields import Block, block, text

_PROXY_TYPES = (CONNECT_PROXY, "api-gateway")


@block
class LuaArguments(Block):
    """A script that Envoy's Lua filter runs."""

    proxy_type: str = text("ProxyType")
    listener: str = text("Listener")
    script: str = text("Script")


@rule("lua-script-missing", on="extension", consul="missing Script value")  # EX-11
def lua_script_missing(arguments: LuaArguments, report: Report) -> None:
    """A Lua extension without a script.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{ Name = "builtin/lua", Arguments = { Listener = "inbound" } }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/lua"
          Arguments = { Listener = "inbound", Script = "function envoy_on_request(handle) end" }
        }]
    """
    if not arguments.script:
        report("the extension has no `Script`", at=("Script",), help="write the Lua code into `Script`")


@rule("lua-proxy-type-unknown", on="extension", consul="unexpected ProxyType")  # EX-12
def lua_proxy_type_unknown(arguments: LuaArguments, report: Report) -> None:
    """A Lua extension for a kind of proxy that has no HTTP filters of its own.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/lua"
          Arguments = { ProxyType = "mesh-gateway", Listener = "inbound", Script = "x = 1" }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/lua"
          Arguments = { ProxyType = "api-gateway", Listener = "inbound", Script = "x = 1" }
        }]
    """
    if arguments.proxy_type and arguments.proxy_type not in _PROXY_TYPES:
        report(
            f"the extension does not work on `{arguments.proxy_type}`",
            at=("ProxyType",),
            help=f"one of: {', '.join(_PROXY_TYPES)}",
        )


@rule("lua-listener-unknown", on="extension", consul="unexpected Listener")  # EX-13
def lua_listener_unknown(arguments: LuaArguments, report: Report) -> None:
    """A Lua extension that does not say for which listener it is.

    `Listener` has no default.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{ Name = "builtin/lua", Arguments = { Script = "x = 1" } }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{ Name = "builtin/lua", Arguments = { Script = "x = 1", Listener = "outbound" } }]
    """
    if not arguments.listener:
        report("the extension has no `Listener`", at=("Listener",), help="set it to `inbound` or `outbound`")
    elif arguments.listener not in DIRECTIONS:
        report(
            f"no listener is called `{arguments.listener}`",
            at=("Listener",),
            help="write `inbound` or `outbound`",
        )


LUA = Extension(
    arguments=LuaArguments,
    order=every(
        lua_script_missing,  # EX-11
        lua_proxy_type_unknown,  # EX-12
        lua_listener_unknown,  # EX-13
    ),
)
