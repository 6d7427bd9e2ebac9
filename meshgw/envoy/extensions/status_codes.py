"""Status codes by the names of Envoy's enum `envoy.type.v3.StatusCode`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

# Where Envoy's word is another than that of Python's `http`.
_OTHERWISE: Final = {
    0: "Empty",
    203: "NonAuthoritativeInformation",
    207: "MultiStatus",
    226: "IMUsed",
    413: "PayloadTooLarge",
    414: "URITooLong",
    416: "RangeNotSatisfiable",
    421: "MisdirectedRequest",
    422: "UnprocessableEntity",
    505: "HTTPVersionNotSupported",
}
_UNKNOWN: Final = frozenset({101, 102, 103, 306, 418, 425, 451})


def status_name(code: int) -> str | None:
    """`403` → `Forbidden`; `None` for a code without a name."""
    if code in _OTHERWISE:
        return _OTHERWISE[code]
    if code in _UNKNOWN:
        return None
    try:
        status = HTTPStatus(code)
    except ValueError:
        return None
    return "".join(word.capitalize() for word in status.name.split("_")).replace("Ok", "OK")
