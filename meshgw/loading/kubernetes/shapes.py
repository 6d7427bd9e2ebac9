"""The JSON Schemas of resources: for editors, and the strict types that Kubernetes enforces (K8-02)."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from meshgw.entries import entry_class
from meshgw.loading.kubernetes.model import API_VERSION, ENTRY_KINDS
from meshgw.schema.json_schema import ADMITTED_FORM, RESOURCE_FORM, Form, Schema, object_schema

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

_REQUIRED = {
    "ServiceRouter": {"HeaderMatch": ("name",), "QueryParamMatch": ("name",)},
    "IngressGateway": {"IngressTLS": ("enabled",)},
}
"""Required keys, by resource and class (config-entries.md 1.16, key rules)."""

_TEXT: Schema = {"type": "string"}
_EXTRA: dict[str, Schema] = {
    "ServiceIntentions": {
        "destination": {
            "description": "the service that is called: name and namespace of the config entry",
            "properties": {
                "name": _TEXT | {"description": "the service, or `*`"},
                "namespace": _TEXT | {"description": "its namespace (Enterprise)"},
            },
        }
    },
    "TerminatingGateway": {
        "deployment": {
            "description": "the gateway of the Helm chart that is meant",
            "properties": {
                "gatewayName": _TEXT | {"description": "name of the config entry"},
                "consulNamespace": _TEXT | {"description": "its namespace (Enterprise)"},
            },
        }
    },
}
"""Keys of a `spec` that are not fields of the config entry."""


def spec_schema(kind: str, form: Form) -> Schema:
    """The schema of a resource's `spec`."""
    schema = object_schema(entry_class(ENTRY_KINDS[kind]), replace(form, required=_REQUIRED.get(kind, {})))
    for key, extra in _EXTRA.get(kind, {}).items():
        closed = {"additionalProperties": False} if form.closed else {}
        schema["properties"][key] = {"type": "object", **extra, **closed}
    return schema


def resource_schema(kind: str) -> Schema:
    """The schema of a whole resource, for editors. Raises `KeyError` for no kind of resource."""
    spec = spec_schema(kind, RESOURCE_FORM)
    definitions = spec.pop("$defs", {})
    description = spec.pop("description", "")
    return {
        "description": description,
        "type": "object",
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": kind},
            "metadata": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "maxLength": 253},
                    "namespace": {"type": "string"},
                },
                "required": ["name"],
            },
            "spec": spec,
            "status": {"description": "the operator's own", "type": "object"},
        },
        "required": ["apiVersion", "kind", "metadata"],
        "additionalProperties": False,
        "$defs": definitions,
    }


@functools.cache
def admitted_spec(kind: str) -> Draft202012Validator:
    """What the API server checks of a `spec`: types only."""
    from jsonschema import Draft202012Validator

    schema: Any = spec_schema(kind, ADMITTED_FORM)
    return Draft202012Validator(schema)
