"""The JSON Schemas of everything that users write, and of the report.

`meshgw schema` prints them, and `schemas/` holds them.

    python -m meshgw.schemas [FOLDER]

writes them anew, by default into `schemas/`, and removes what is no longer made.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from meshgw.entries import KINDS, entry_class
from meshgw.loading.kubernetes import ENTRY_KINDS, resource_schema
from meshgw.schema.json_schema import AGENT_FORM, DRAFT, ENTRY_FORM, Schema, object_schema

OTHERS = ("service", "agent", "project", "report")
"""What has a schema and is neither a kind of config entry nor of Kubernetes resource."""

_SUFFIX = ".schema.json"


def schema_for(kind: str) -> Schema:
    """The schema of a kind of config entry or Kubernetes resource, or one of `OTHERS`.

    Raises `KeyError` for anything else.
    """
    if kind in KINDS:
        return _titled(kind, _entry_schema(kind))
    if kind in ENTRY_KINDS:
        return _titled(kind, resource_schema(kind))
    if kind == "service":
        return _titled("service definition", _service_schema())
    if kind == "agent":
        from meshgw.services.agent_schema import agent_schema

        return _titled("agent file", agent_schema())
    if kind == "project":
        from meshgw.loading.project_schema import PROJECT_SCHEMA

        return dict(PROJECT_SCHEMA)
    if kind == "report":
        from meshgw.output.report_schema import report_schema

        return report_schema()
    raise KeyError(kind)


def _titled(title: str, schema: Schema) -> Schema:
    return {"$schema": DRAFT, "title": title, **schema}


def _entry_schema(kind: str) -> Schema:
    """A config entry; the kind is told by `Kind` or `kind`."""
    schema = object_schema(entry_class(kind), ENTRY_FORM)
    index: Schema = {"description": "set by Consul; ignored", "type": "integer", "minimum": 0}
    named: Schema = {"description": "the kind of config entry", "const": kind}
    properties = {"Kind": named, "kind": named, **schema.pop("properties")}
    properties |= {"CreateIndex": index, "ModifyIndex": index}
    return {
        **schema,
        "properties": properties,
        "anyOf": [{"required": ["Kind"]}, {"required": ["kind"]}],
    }


def _service_schema() -> Schema:
    """A file of service definitions. Consul refuses keys that it does not know."""
    from meshgw.schema.fields import Block, block, blocks, obj
    from meshgw.services.model import Service

    @block
    class ServiceFile(Block):
        """Service definitions, for `consul services register` or the agent's configuration folder."""

        service: Service | None = obj("service", Service, optional=True)
        services: tuple[Service, ...] = blocks("services", Service)

    return object_schema(ServiceFile, AGENT_FORM)


def schema_files() -> Iterator[tuple[str, Schema]]:
    """Every schema by its path in `schemas/`."""
    for kind in KINDS:
        yield f"entries/{kind}{_SUFFIX}", schema_for(kind)
    for kind in ENTRY_KINDS:
        yield f"kubernetes/{kind}{_SUFFIX}", schema_for(kind)
    for kind in OTHERS:
        yield f"{kind}{_SUFFIX}", schema_for(kind)


def printed(schema: Schema) -> str:
    """A schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> None:
    """Write all schemas below a folder; of entries and resources remove those that are stale."""
    wanted = {folder / path: printed(schema) for path, schema in schema_files()}
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for room in ("entries", "kubernetes"):
        for path in (folder / room).glob(f"*{_SUFFIX}"):
            if path not in wanted:
                path.unlink()


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1] if len(sys.argv) > 1 else "schemas"))
