"""Which texts Consul takes for the URI of a request (config-entries.md 2.18, JP-10).

Go's rules: an absolute path, or a scheme and anything behind it; only `//HOST` is looked at closely.
https://pkg.go.dev/net/url#ParseRequestURI describes what is accepted.
"""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_USER = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
_HOST_BYTE = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:\[\]<>\"%]|[^\x00-\x7f]")
_ASCII_ESCAPE = re.compile(r"%(?!25)[0-7][0-9A-Fa-f]")
_PORT = re.compile(r"(?::[0-9]*)?", re.ASCII)


def request_uri_fault(uri: str) -> str | None:
    """Why a text is no request URI; `None` when it is one. It may have any scheme, or none at all."""
    if _CONTROL.search(uri):
        return "it has a control character"
    scheme = _SCHEME.match(uri)
    if scheme is None and uri.startswith(":"):
        return "its scheme is empty"
    rest = uri if scheme is None else uri[scheme.end() + 1 :]
    if not rest.startswith("/"):
        return None if scheme is not None or uri == "*" else "it has neither a scheme nor a leading `/`"
    rest = rest.partition("?")[0]
    authority = ""
    if scheme is not None and rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
    fault = _authority_fault(authority)
    if fault is None and _BAD_ESCAPE.search(rest):
        fault = "its path has a `%` that no two hexadecimal digits follow"
    return fault


def url_fault(url: str) -> str | None:
    """Why a text is no URL, which may also be relative; https://pkg.go.dev/net/url#Parse."""
    body, _, fragment = url.partition("#")
    if _BAD_ESCAPE.search(fragment):
        return "its fragment has a `%` that no two hexadecimal digits follow"
    if not body:
        return None
    if body.startswith("//") and not body.startswith("///"):
        return request_uri_fault(f"scheme:{body}")
    if body.startswith(("/", ":")) or _SCHEME.match(body):
        return request_uri_fault(body)
    path = body.partition("?")[0]
    if ":" in path.partition("/")[0]:
        return "its first part has a colon but is no scheme"
    if _CONTROL.search(body):
        return "it has a control character"
    return "it has a `%` that no two hexadecimal digits follow" if _BAD_ESCAPE.search(path) else None


def _authority_fault(authority: str) -> str | None:
    user, _, host = authority.rpartition("@")
    if not _USER.fullmatch(user) or _BAD_ESCAPE.search(user):
        return "its user part has an invalid character"
    name, port = _host_and_port(host)
    if port is None:
        return "its host lacks a `]`"
    if not _PORT.fullmatch(port):
        return "its port is no number"
    if _BAD_ESCAPE.search(name) or _ASCII_ESCAPE.search(name):
        return "its host has an invalid percent-encoding"
    wrong = _HOST_BYTE.sub("", name)
    return f"its host has the invalid character `{wrong[0]}`" if wrong else None


def _host_and_port(host: str) -> tuple[str, str | None]:
    """Host and port with its colon; the port is `None` for an address without its closing bracket."""
    if host.startswith("["):
        end = host.rfind("]") + 1
        return (host[:end], host[end:]) if end else (host, None)
    at = host.rfind(":")
    return (host, "") if at < 0 else (host[:at], host[at:])
