"""JSON Schemas (draft 2020-12) from the field declarations, for editors and for Kubernetes' strict types.

    object_schema(ServiceSplitter, ENTRY_FORM)

A `Form` says who reads the object, how its keys are spelled and how lenient its types are. Nested
objects are definitions, so a schema stays readable and a block may contain itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from meshgw.schema.fields import (
    Block,
    FieldSpec,
    FieldType,
    Layer,
    ListOf,
    MapOf,
    Obj,
    Opaque,
    Scalar,
    ScalarKind,
    snake_case,
)

Schema: TypeAlias = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"

DURATION = r"^[+-]?(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$"
_INTEGER = r"^([+-]?(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|[0-9][0-9_]*))?$"
_NUMBER = r"^([+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?)?$"
_TRUTHS = [True, False, "true", "false", "True", "False", "TRUE", "FALSE", "t", "f", "T", "F", "1", "0", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How objects are written for one reader.

    `wrapped`: an object may stand in a list of its own, as HCL blocks do. `single`: a list of one may
    be written as its element. `closed`: other keys are errors. `enums`: allowed values are listed.
    `required` names, by class, keys that must be there.
    """

    layers: frozenset[Layer]
    spellings: Callable[[FieldSpec], tuple[str, ...]]
    scalars: Literal["weak", "strict", "file", "kubernetes"]
    wrapped: bool = False
    single: bool = False
    closed: bool = True
    enums: bool = True
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _entry_spellings(spec: FieldSpec) -> tuple[str, ...]:
    """CamelCase, the underscore spelling, and lower case where that is one word."""
    lowered = snake_case(spec.name)
    spellings = (spec.name, spec.alias, lowered if "_" not in lowered else None)
    return tuple(dict.fromkeys(spelling for spelling in spellings if spelling))


def _resource_spelling(spec: FieldSpec) -> tuple[str, ...]:
    return (spec.crd,) if spec.crd else ()


def _agent_spellings(spec: FieldSpec) -> tuple[str, ...]:
    return (spec.agent, *spec.agent_aliases) if spec.agent else ()


def _body_spellings(spec: FieldSpec) -> tuple[str, ...]:
    return (spec.name, *spec.api_aliases)


ENTRY_FORM = Form(
    layers=frozenset({"client", "server"}),
    spellings=_entry_spellings,
    scalars="weak",
    wrapped=True,
    single=True,
)
"""A config entry in HCL or JSON."""

AGENT_FORM = Form(layers=frozenset({"agent"}), spellings=_agent_spellings, scalars="file", wrapped=True)
"""A service definition in an agent file."""

BODY_FORM = Form(layers=frozenset({"api", "catalog"}), spellings=_body_spellings, scalars="strict")
"""A body of the API."""

RESOURCE_FORM = Form(layers=frozenset({"crd"}), spellings=_resource_spelling, scalars="kubernetes")
"""The `spec` of a Kubernetes resource, for editors."""

ADMITTED_FORM = replace(RESOURCE_FORM, closed=False, enums=False)
"""The `spec` of a Kubernetes resource as the API server takes it: other keys are pruned."""


def object_schema(block: type[Block], form: Form) -> Schema:
    """The schema of an object, its definitions below `$defs`."""
    writer = _Writer(form)
    schema = writer.object(block)
    if writer.definitions:
        schema["$defs"] = dict(sorted(writer.definitions.items()))
    return schema


class _Writer:
    """Collects the definitions that a schema refers to."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.definitions: dict[str, Schema] = {}
        self._names: dict[type[Block], str] = {}

    def object(self, block: type[Block]) -> Schema:
        properties: Schema = {}
        required = self.form.required.get(block.__name__, ())
        for spec in block.specs:
            if not spec.layers & self.form.layers:
                continue
            for number, spelling in enumerate(self.form.spellings(spec)):
                properties[spelling] = self._property(spec, first=number == 0)
        schema: Schema = {"type": "object", "properties": properties}
        text = _first_paragraph(block)
        if text:
            schema = {"description": text, **schema}
        if required:
            schema["required"] = list(required)
        if self.form.closed:
            schema["additionalProperties"] = False
        return schema

    def _property(self, spec: FieldSpec, *, first: bool) -> Schema:
        schema = self.value(spec.type, spec.one_of, any_case=spec.any_case)
        notes = [spec.doc] if spec.doc else []
        if not first:
            notes.append(f"another spelling of `{self.form.spellings(spec)[0]}`")
        if spec.enterprise and "Enterprise" not in spec.doc:
            notes.append("Enterprise only")
        if spec.since > (1, 22):
            notes.append(f"from Consul {spec.since[0]}.{spec.since[1]} on")
        described: Schema = {"description": "; ".join(notes)} if notes else {}
        described.update(schema)
        if spec.default is not None:
            described["default"] = spec.default
        if spec.secret:
            described["writeOnly"] = True
        return described

    def value(self, kind: FieldType, one_of: tuple[str, ...] = (), *, any_case: bool = False) -> Schema:
        match kind:
            case Scalar(scalar):
                return self._scalar(scalar, one_of, any_case)
            case Obj():
                reference = self._reference(kind.cls)
                return _either(reference, _list_of_one(reference)) if self.form.wrapped else reference
            case ListOf(item):
                element = self.value(item, one_of, any_case=any_case)
                array: Schema = {"type": "array", "items": element}
                return _either(array, element) if self.form.single else array
            case MapOf(item):
                return self._map({"type": "object", "additionalProperties": self.value(item)})
            case Opaque():
                return self._map({"type": "object"})

    def _map(self, schema: Schema) -> Schema:
        return _either(schema, {"type": "array", "items": schema}) if self.form.wrapped else schema

    def _scalar(self, kind: ScalarKind, one_of: tuple[str, ...], any_case: bool) -> Schema:
        if one_of and self.form.enums and kind == "string":
            exact: Schema = {"enum": list(dict.fromkeys((*one_of, "")))}
            lenient = any_case and self.form.scalars != "kubernetes"
            return _either(exact, {"type": "string", "pattern": _any_case(one_of)}) if lenient else exact
        if self.form.scalars == "weak":
            return self._shared(kind, _WEAK[kind])
        return dict(_TYPES[self.form.scalars][kind])

    def _shared(self, kind: ScalarKind, schema: Schema) -> Schema:
        """A reference to a lenient type, which is written once."""
        if len(schema) < 2:
            return dict(schema)
        self.definitions.setdefault(kind, schema)
        return {"$ref": f"#/$defs/{kind}"}

    def _reference(self, block: type[Block]) -> Schema:
        name = self._names.get(block)
        if name is None:
            name = block.__name__
            if name in self._names.values():
                name = f"{block.__module__.rpartition('.')[2]}.{name}"
            self._names[block] = name
            self.definitions[name] = {}  # a block that contains itself finds its name
            self.definitions[name] = self.object(block)
        return {"$ref": f"#/$defs/{name}"}


def _either(one: Schema, other: Schema) -> Schema:
    """One of two shapes; the usual one comes first, for editors."""
    others = other["anyOf"] if list(other) == ["anyOf"] else [other]
    return {"anyOf": [one, *others]}


def _any_case(words: tuple[str, ...]) -> str:
    """A pattern for these words in any case; JSON Schema's patterns have no flags."""
    spelled = ("".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else c for c in word) for word in words)
    return f"^({'|'.join(spelled)})$"


def _list_of_one(item: Schema) -> Schema:
    return {"type": "array", "items": item, "minItems": 1, "maxItems": 1}


def _first_paragraph(block: type[Block]) -> str:
    text = inspect.cleandoc(block.__doc__ or "")
    return " ".join(text.partition("\n\n")[0].split())


_ANYTHING: Schema = {}

_LENIENT_TEXT: Schema = {
    "description": "a text; a number or boolean is taken for one",
    "type": ["string", "number", "boolean"],
}

_WEAK: dict[ScalarKind, Schema] = {
    "string": _LENIENT_TEXT,
    "secret": _LENIENT_TEXT,
    "int": {
        "description": "an integer, or a text that says one",
        "type": ["integer", "string"],
        "pattern": _INTEGER,
    },
    "uint": {
        "description": "an integer that is not negative, or a text that says one",
        "type": ["integer", "string"],
        "minimum": 0,
        "pattern": _INTEGER,
    },
    "uint32": {
        "description": "an integer that is not negative, or a text that says one",
        "type": ["integer", "string"],
        "minimum": 0,
        "maximum": 2**32 - 1,
        "pattern": _INTEGER,
    },
    "float": {
        "description": "a number, or a text that says one",
        "type": ["number", "string"],
        "pattern": _NUMBER,
    },
    "bool": {"description": "true or false, or a text that says so", "enum": _TRUTHS},
    "duration": {
        "description": 'a duration such as "1m30s"; a number is nanoseconds',
        "type": ["string", "integer"],
        "pattern": DURATION,
    },
    "timestamp": {"type": "string", "format": "date-time"},
    "bytes": {"type": "string"},
    "any": _ANYTHING,
}

_STRICT: dict[ScalarKind, Schema] = {
    "string": {"type": "string"},
    "secret": {"type": "string"},
    "int": {"type": "integer"},
    "uint": {"type": "integer", "minimum": 0},
    "uint32": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "duration": {"type": ["string", "integer"], "pattern": DURATION},
    "timestamp": {"type": "string", "format": "date-time"},
    "bytes": {"type": "string"},
    "any": _ANYTHING,
}

_KUBERNETES: dict[ScalarKind, Schema] = {
    **_STRICT,
    "int": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "uint": {"type": "integer", "format": "int64", "minimum": 0, "maximum": 2**63 - 1},
    "uint32": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 2**31 - 1},
    "duration": {"type": "string", "pattern": DURATION},
    "bytes": {"type": "string", "format": "byte"},
}

_FILE: dict[ScalarKind, Schema] = {**_STRICT, "duration": {"type": "string", "pattern": DURATION}}

_TYPES = {"strict": _STRICT, "file": _FILE, "kubernetes": _KUBERNETES}
