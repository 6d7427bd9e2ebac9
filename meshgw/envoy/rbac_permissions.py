"""Permissions of intentions as Envoy's RBAC: which requests are meant (envoy-sidecar.md 8.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from meshgw.entries.intention_parts import HeaderMatch, HTTPPermission, Permission
from meshgw.entries.jwt_provider import JWTProvider
from meshgw.envoy.rbac_jwt import token_permission
from meshgw.envoy.route_matches import method_match

ANY: Mapping[str, Any] = {"any": True}


def permission_rules(
    permissions: Iterable[Permission], providers: Mapping[str, JWTProvider], *, default: str
) -> list[dict[str, Any]]:
    """The requests of each permission that decides otherwise than the default.

    Earlier permissions are subtracted from later ones (RB-08); tokens are no part of what is subtracted.
    """
    given = list(permissions)
    bases = [_base(permission.http) for permission in given]
    return [
        _rule(permission, bases[index], bases[:index][::-1], providers)
        for index, permission in enumerate(given)
        if permission.action != default
    ]


def _rule(
    permission: Permission,
    base: dict[str, Any],
    earlier: list[dict[str, Any]],
    providers: Mapping[str, JWTProvider],
) -> dict[str, Any]:
    found = all_rules([base, *({"notRule": other} for other in earlier)]) if earlier else base
    if permission.jwt is None or not permission.jwt.providers:
        return found
    return all_rules([found, token_permission(permission.jwt, providers)])


def all_rules(rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {"andRules": {"rules": rules}}


def _base(http: HTTPPermission | None) -> dict[str, Any]:
    """All conditions of a permission; any request without one (RB-26)."""
    parts = [] if http is None else _parts(http)
    if not parts:
        return dict(ANY)
    return parts[0] if len(parts) == 1 else all_rules(parts)


def _parts(http: HTTPPermission) -> list[dict[str, Any]]:
    path = _path(http)
    found: list[dict[str, Any]] = [] if path is None else [{"urlPath": {"path": path}}]
    for header in http.header:
        condition = _condition(header)
        if condition is not None:
            found.append({"header": {"name": header.name} | condition})
    if http.methods:
        found.append({"header": method_match(http.methods)})
    return found


def _path(http: HTTPPermission) -> dict[str, Any] | None:
    if http.path_exact:
        return {"exact": http.path_exact}
    if http.path_prefix:
        return {"prefix": http.path_prefix}
    return {"safeRegex": {"regex": http.path_regex}} if http.path_regex else None


def _condition(header: HeaderMatch) -> dict[str, Any] | None:
    """The first condition that is set, or its opposite; one without any is skipped."""
    found = _given(header)
    return found | {"invertMatch": True} if found is not None and header.invert else found


def _given(header: HeaderMatch) -> dict[str, Any] | None:
    if header.exact:
        return _text(header, "exact", header.exact)
    if header.regex:
        return {"stringMatch": {"safeRegex": {"regex": header.regex}}}
    if header.prefix:
        return _text(header, "prefix", header.prefix)
    if header.suffix:
        return _text(header, "suffix", header.suffix)
    if header.contains:
        return _text(header, "contains", header.contains)
    return {"presentMatch": True} if header.present else None


def _text(header: HeaderMatch, kind: str, value: str) -> dict[str, Any]:
    return {"stringMatch": {kind: value} | ({"ignoreCase": True} if header.ignore_case else {})}
