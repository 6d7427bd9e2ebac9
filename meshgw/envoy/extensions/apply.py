"""Applying the extensions of a proxy, one after another (envoy-sidecar.md 10.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from meshgw.entries.blocks import EnvoyExtension
from meshgw.entries.extensions.arguments import decode_arguments
from meshgw.entries.extensions.rules import BUILT_IN
from meshgw.entries.extensions.versions import holds
from meshgw.envoy.extensions.aws_lambda import apply_lambda
from meshgw.envoy.extensions.ext_authz import apply_ext_authz
from meshgw.envoy.extensions.lua import apply_lua
from meshgw.envoy.extensions.otel_access_logging import apply_otel_access_logging
from meshgw.envoy.extensions.property_override import apply_property_override
from meshgw.envoy.extensions.subject import ExtendedProxy, ExtensionError, ResourceBook
from meshgw.envoy.extensions.wasm import apply_wasm
from meshgw.envoy.resources import Resource

LAMBDA: Final = "builtin/aws/lambda"
APPLIED: Final[dict[str, Callable[..., None]]] = {
    "builtin/ext-authz": apply_ext_authz,
    "builtin/lua": apply_lua,
    "builtin/otel-access-logging": apply_otel_access_logging,
    "builtin/property-override": apply_property_override,
    "builtin/wasm": apply_wasm,
}
"""The extensions of the proxy's own service."""

KINDS: Final = frozenset({"connect-proxy", "terminating-gateway", "api-gateway"})
"""The kinds of proxies that are extended at all (EE-03)."""


class Report(Protocol):
    """Collects what extensions could not do."""

    def fail(self, rule: str, message: str, *, note: str | None = None) -> None: ...

    def warn(self, rule: str, message: str, *, note: str | None = None) -> None: ...

    def assume(self, rule: str, message: str) -> None: ...


def extended(
    proxy: ExtendedProxy,
    extensions: Iterable[EnvoyExtension],
    resources: Iterable[Resource],
    report: Report,
    *,
    consul_version: tuple[int, int],
) -> list[Resource]:
    """The resources after the proxy's own extensions in their order, and then those of its upstreams."""
    book = ResourceBook(list(resources))
    for extension in extensions if proxy.kind in KINDS else ():
        apply = APPLIED.get(extension.name)
        if apply is not None:
            book = _attempt(
                extension,
                book,
                report,
                lambda arguments, copy, apply=apply, extension=extension: apply(  # type: ignore[misc]
                    proxy, arguments, copy, required=extension.required
                ),
            )
    for upstream in proxy.upstreams:
        for extension in upstream.extensions:
            if extension.name != LAMBDA or upstream.through_gateway:
                continue
            if not holds(extension.consul_version, (*consul_version, 0)):
                continue
            if extension.envoy_version:
                report.assume(
                    "envoy-version-assumed",
                    f"`EnvoyVersion` {extension.envoy_version} of `{extension.name}` is assumed to hold",
                )
            book = _attempt(
                extension,
                book,
                report,
                lambda arguments, copy, upstream=upstream: apply_lambda(upstream, arguments, copy),  # type: ignore[misc]
            )
    return book.resources


def _arguments(extension: EnvoyExtension) -> Any:
    found = decode_arguments(extension, BUILT_IN[extension.name]).value
    if found is None:
        raise ExtensionError("its arguments cannot be read")
    return found


def _attempt(
    extension: EnvoyExtension,
    book: ResourceBook,
    report: Report,
    apply: Callable[[Any, ResourceBook], None],
) -> ResourceBook:
    """The resources after an extension; as before, when it fails (EE-02)."""
    copy = book.copy()
    try:
        apply(_arguments(extension), copy)
    except ExtensionError as error:
        if extension.required:
            report.fail("extension-failed", f"`{extension.name}` is required and fails: {error}")
        else:
            report.warn("extension-without-effect", f"`{extension.name}` changes nothing: {error}")
        return book
    return copy
