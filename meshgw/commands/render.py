"""`meshgw render`."""

from __future__ import annotations

from dataclasses import dataclass

from meshgw.commands.console import OK, Console
from meshgw.loading.options import LoadOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """The options of the command."""

    paths: tuple[str, ...] = (".",)
    load: LoadOptions
    names: tuple[str, ...] = ()
    output: str | None = None
    target: str = "xds"
    check: bool = False
    list: bool = False
    why: bool = False
    validate: bool = False
    envoy_binary: str | None = None
    cert_dir: str = "certs"
    datacenter: str | None = None
    partition: str | None = None
    namespace: str | None = None
    node: str | None = None
    strict: bool = False


def render(options: RenderOptions, console: Console) -> int:
    return OK
