"""The JSON Schemas of agent files: every key that Consul knows, most of them by name only."""

from __future__ import annotations

from typing import Any

from meshgw.schema.json_schema import AGENT_FORM, Schema, object_schema
from meshgw.schema.secrets import is_secret_key
from meshgw.services.agent import AgentConfig
from meshgw.services.agent_keys import DEPRECATED, ENTERPRISE, KNOWN, Known

_WITHOUT_EFFECT = {".".join(path) for path in ENTERPRISE}


def agent_schema() -> Schema:
    """An agent file; keys are lower-case here, though Consul ignores case."""
    schema = object_schema(AgentConfig, AGENT_FORM)
    _complete(schema, KNOWN, schema["$defs"], "")
    return schema


def _complete(schema: Schema, known: dict[str, Known], definitions: dict[str, Schema], path: str) -> None:
    """Add the keys that no declaration has, here and in the blocks below."""
    properties = schema["properties"]
    for key, inner in sorted(known.items(), key=lambda pair: pair[0]):
        here = f"{path}.{key}" if path else key
        definition = _definition(properties.get(key, {}))
        if key not in properties or (inner is not None and definition is None):
            properties[key] = _named(inner, definitions, here)
        elif inner is not None and definition is not None:
            _complete(definitions[definition], inner, definitions, here)


def _named(inner: Known, definitions: dict[str, Schema], path: str) -> Schema:
    """A key that matters to no mesh."""
    described: Schema = {}
    if path in _WITHOUT_EFFECT:
        described["description"] = "Enterprise only"
    if path in DEPRECATED:
        described["deprecated"] = True
    if is_secret_key(*path.split(".")):
        described["writeOnly"] = True
    if inner is None:
        return described
    block: Schema = {"type": "object", "properties": {}, "additionalProperties": False}
    _complete(block, inner, definitions, path)
    return described | {"anyOf": [block, {"type": "array", "items": block}]}


def _definition(schema: Any) -> str | None:
    """The name of the definition that a property refers to."""
    found = next((one["$ref"] for one in schema.get("anyOf", [schema]) if "$ref" in one), None)
    return found and str(found).rpartition("/")[2]
