"""The JSON Schema of the json format (also printed by `meshgw schema report`)."""

from __future__ import annotations

from typing import Any

_STRING: dict[str, Any] = {"type": "string"}
_STRINGS: dict[str, Any] = {"type": "array", "items": _STRING}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_POSITION: dict[str, Any] = {"type": "integer", "minimum": 1}
_BOOLEAN: dict[str, Any] = {"type": "boolean"}


def _closed(properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": [name for name in properties if name not in optional],
    }


def _listed(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def _described(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description} | schema


_JUDGED_AS = _described(
    "as what the tree was judged",
    _closed(
        {
            "edition": {"enum": ["community", "enterprise"]},
            "edition_reason": _described("which input decided the edition", _STRING),
            "entry_path": _described("how inputs reach Consul", _STRING),
            "consul_version": _STRING,
            "assumed": _described("what no input says", _STRINGS),
            "not_checked": _described("what could not be judged for want of input", _STRINGS),
        }
    ),
)
_COUNTED = (
    "files", "entries", "services", "partitions", "suppressed", "baseline", "error", "warning", "info",
)  # fmt: skip
_COUNTS = _closed(dict.fromkeys(_COUNTED, _COUNT))
_LOCATION = _described(
    "a file and the first and the last position of a span there, the last one exclusive; lines and columns "
    "are counted from 1, columns in characters",
    _closed(
        {
            "file": _described("relative to the current folder, with `/`", _STRING),
            "line": _POSITION,
            "column": _POSITION,
            "end_line": _POSITION,
            "end_column": _POSITION,
        }
    ),
)
_FINDING = {
    "rule": _described("`meshgw rules NAME` is its page", _STRING),
    "severity": {"enum": ["error", "warning", "info"]},
    "refused": _described("whether Consul itself refuses the input because of this", _BOOLEAN),
    "message": _STRING,
    "subject": _described("the entry or service that the finding is about", _STRING),
    "location": {"$ref": "#/$defs/location"},
    "stage": _described("the place that refuses a service definition, or `kubernetes`", _STRING),
    "consul": _described("a piece of Consul's own message", _STRING),
    "consul_reports_it_first": _described("it is the fault that Consul itself would report", _BOOLEAN),
    "note": _described("why", _STRING),
    "help": _described("what to write instead", _STRING),
    "related": _listed(_closed({"message": _STRING, "location": {"$ref": "#/$defs/location"}})),
}
_OPTIONAL = (
    "subject", "location", "stage", "consul", "consul_reports_it_first", "note", "help", "related",
)  # fmt: skip


def report_schema() -> dict[str, Any]:
    """What `validate --format json` writes, as a JSON Schema."""
    fingerprint = _described("the same for the same finding, whatever line it stands on", _STRING)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "meshgw validation report",
        "description": "What `meshgw validate --format json` writes.",
        **_closed(
            {
                "version": _described("of this schema", {"const": 1}),
                "accepted": _described("whether Consul itself takes all inputs", _BOOLEAN),
                "judged_as": _JUDGED_AS,
                "counts": _COUNTS,
                "inputs": _listed(_closed({"path": _STRING, "kind": _STRING, "accepted": _BOOLEAN})),
                "skipped": _listed(_closed({"path": _STRING, "why": _STRING})),
                "findings": _listed(_closed(_FINDING | {"fingerprint": fingerprint}, _OPTIONAL)),
                "suppressed": _listed(_closed(_FINDING | {"reason": _STRING}, _OPTIONAL)),
            }
        ),
        "$defs": {"location": _LOCATION},
    }
