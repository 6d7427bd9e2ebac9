"""Declaring the objects that users write: one line a field, read by the decoder and the JSON Schemas.

    @block
    class Split(Block):
        weight: float = number("Weight")
        service_subset: str = text("ServiceSubset", alias="service_subset")

The tables of config-entries.md 2 and service-registration.md 2 are the source of every declaration.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar, cast, dataclass_transform

from meshgw.diagnostics.running import Contents
from meshgw.schema.copying import copied
from meshgw.secret import NO_SECRET

Layer: TypeAlias = Literal["client", "server", "crd", "agent", "api", "catalog", "arguments"]
"""Who decodes: `client` and `server` are the two layers of config-entries.md 1.1, `crd` a Kubernetes
resource, `agent` an agent file, `api` a body of the agent's API, `catalog` one of the catalog's,
`arguments` an Envoy extension."""

ScalarKind: TypeAlias = Literal[
    "string", "int", "uint", "uint32", "float", "bool", "duration", "timestamp", "bytes", "any", "secret"
]

DEFAULT_CRD_KEY = "*"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value; `optional` remembers absence as `None`."""

    kind: ScalarKind
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Obj:
    """An object; absent is `None` when `optional`, else an object of zero values.

    A function in place of the class allows a class to contain itself.
    """

    block: type[Block] | Callable[[], type[Block]]
    optional: bool = False

    @property
    def cls(self) -> type[Block]:
        return self.block if isinstance(self.block, type) else self.block()


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; `nulls` says whether a `null` element is refused (DEC-12) or a zero value."""

    item: FieldType
    nulls: Literal["zero", "refused"] = "zero"


@dataclass(frozen=True, slots=True)
class MapOf:
    """A free-form map with keys used verbatim."""

    item: FieldType


@dataclass(frozen=True, slots=True)
class Opaque:
    """A free-form map of anything, with the one-element-list collapse of config-entries.md 1.9."""

    optional: bool = True


FieldType: TypeAlias = "Scalar | Obj | ListOf | MapOf | Opaque"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """Everything known about one field.

    `name` is canonical (CamelCase, the key of Consul's API), `attribute` the Python name. `alias` is
    the only underscore spelling in config entries, known to the layers of `alias_layers`. `crd` is
    the key of the Kubernetes resource, `None` where it cannot be set there; `agent` the key of agent
    files, `api_aliases` further spellings of API bodies, `catalog` the only key of catalog registrations
    where they have their own. `layers` know the field at all; `enterprise`
    lists the layers that know it in Enterprise only (type E of config-entries.md 1.14). `one_of`
    documents the allowed values for schemas and suggestions (in `any_case` where Consul changes it),
    `default` what an absent value becomes; rules and normalization see to them. `secret` values are
    masked where source lines are shown; those of `secret_text` are decoded to a `Secret` too. `hidden`
    values may hold secrets among other things: no repr shows them.
    """

    name: str
    type: FieldType
    attribute: str = ""
    alias: str | None = None
    alias_layers: frozenset[Layer] = frozenset({"client", "server"})
    crd: str | None = DEFAULT_CRD_KEY
    agent: str | None = ""
    agent_aliases: tuple[str, ...] = ()
    api_aliases: tuple[str, ...] = ()
    catalog: str = ""
    layers: frozenset[Layer] = frozenset({"client", "server", "crd", "agent", "api", "catalog", "arguments"})
    enterprise: frozenset[Layer] = frozenset()
    since: tuple[int, int] = (0, 0)
    secret: bool = False
    hidden: bool = False
    one_of: tuple[str, ...] = ()
    any_case: bool = False
    default: Any = None
    doc: str = ""


_SPEC = "meshgw"
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+[a-z]*")
TENANCY_LAYERS: frozenset[Layer] = frozenset({"server", "crd", "agent", "api", "catalog"})


def snake_case(name: str) -> str:
    """`EnforcingConsecutive5xx` → `enforcing_consecutive_5xx`, `HTTPService` → `http_service`."""
    return "_".join(word.lower() for word in _WORDS.findall(name))


def camel_case(name: str) -> str:
    """`HTTPService` → `httpService`, `ExternalSNI` → `externalSNI`: the default CRD key."""
    head = _WORDS.match(name)
    return name if head is None else head.group().lower() + name[head.end() :]


def _field(spec: FieldSpec, default: Any) -> Any:
    shown = not (spec.hidden or (spec.secret and spec.type != Scalar("secret")))
    if callable(default):
        return dataclasses.field(default_factory=default, metadata={_SPEC: spec}, repr=shown)
    return dataclasses.field(default=default, metadata={_SPEC: spec}, repr=shown)


def _scalar(kind: ScalarKind, zero: Any) -> Callable[..., Any]:
    def declare(name: str, *, optional: bool = False, **options: Any) -> Any:
        spec = FieldSpec(name=name, type=Scalar(kind, optional), **options)
        return _field(spec, None if optional else zero)

    return declare


text = _scalar("string", "")
integer = _scalar("int", 0)
unsigned = _scalar("uint", 0)
unsigned32 = _scalar("uint32", 0)
number = _scalar("float", 0.0)
boolean = _scalar("bool", False)  # the zero value
duration = _scalar("duration", 0)
timestamp = _scalar("timestamp", None)
raw_bytes = _scalar("bytes", b"")
anything = _scalar("any", None)


def secret_text(name: str, **options: Any) -> Any:
    """A string that is never shown: the decoder makes a `Secret` of it."""
    return _field(FieldSpec(name=name, type=Scalar("secret"), secret=True, **options), NO_SECRET)


def tenancy(name: str, **options: Any) -> Any:
    """A `Namespace` or `Partition` of type E: Enterprise only wherever the server decodes it."""
    return text(name, **({"enterprise": TENANCY_LAYERS} | options))


def obj(name: str, block: type[Block], *, optional: bool = False, **options: Any) -> Any:
    """An object: `None` when absent and `optional`, else zero values."""
    default = None if optional else _shared(block)
    return _field(FieldSpec(name=name, type=Obj(block, optional), **options), default)


def _shared(cls: type) -> Callable[[], Any]:
    """Makes the object of zero values once: blocks and what is in them never change."""
    return functools.cache(lambda: cls())  # noqa: PLW0108  `cls` is complete only when it is used


def blocks(
    name: str, block: type[Block], *, nulls: Literal["zero", "refused"] = "zero", **options: Any
) -> Any:
    """A list of objects, as a tuple."""
    return _field(FieldSpec(name=name, type=ListOf(Obj(block), nulls), **options), ())


def texts(name: str, **options: Any) -> Any:
    """A list of strings, as a tuple."""
    return _field(FieldSpec(name=name, type=ListOf(Scalar("string")), **options), ())


def mapping(name: str, item: type[Block] | FieldType | None = None, **options: Any) -> Any:
    """A map with free keys, of strings or of `item`."""
    value: FieldType
    if item is None:
        value = Scalar("string")
    elif isinstance(item, type):
        value = Obj(item)
    else:
        value = item
    return _field(FieldSpec(name=name, type=MapOf(value), **options), _shared(dict))


def opaque(name: str, **options: Any) -> Any:
    """A free-form map; `None` when absent."""
    return _field(FieldSpec(name=name, type=Opaque(), **options), None)


def typed(name: str, kind: FieldType, default: Any, **options: Any) -> Any:
    """A field of any shape, for the few that the others do not cover."""
    return _field(FieldSpec(name=name, type=kind, **options), default)


def unwritten(name: str, default: Any) -> Any:
    """Takes away an inherited field: no layer knows it, its value is `default`."""
    return _field(FieldSpec(name=name, type=Scalar("string"), layers=frozenset()), default)


class Block:
    """An object that users write. Subclasses are frozen, keyword-only, slotted dataclasses."""

    __slots__ = ()

    # One of each for all blocks: made for each class they took a tenth of the time of a small run.
    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self is other or self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def _compared(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self.compared])

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in self.shown)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    specs: ClassVar[tuple[FieldSpec, ...]] = ()
    attributes: ClassVar[dict[str, str]] = {}
    fields: ClassVar[tuple[str, ...]] = ()
    compared: ClassVar[tuple[str, ...]] = ()
    shown: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def attribute_of(cls, name: str) -> str:
        """The Python name of a canonical field name. Raises `KeyError` for none."""
        return cls.attributes[name]

    @classmethod
    def contents(cls, name: str) -> Contents:
        """What a field holds, by its canonical name. Raises `KeyError` for none."""
        attribute = cls.attributes[name]
        kind = next(spec.type for spec in cls.specs if spec.attribute == attribute)
        match kind:
            case Obj():
                return "object", kind.cls
            case ListOf(item):
                return "list", item.cls if isinstance(item, Obj) else None
            case MapOf(item):
                return "map", item.cls if isinstance(item, Obj) else None
            case _:
                return "value", None

    def normalize(self) -> Any:
        """What the server makes of it before it validates; itself unless a kind says otherwise."""
        return self


B = TypeVar("B", bound=type[Block])


# The declarators are no field specifiers: to a type checker each is simply the field's default.
@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(dataclasses.field,))
def block(cls: B) -> B:
    """Make a declared class a frozen dataclass and collect its field declarations."""
    made: Any = dataclass(frozen=True, kw_only=True, slots=True, eq=False, repr=False)(cls)
    fields = dataclasses.fields(made)
    specs = []
    for declared in fields:
        spec: FieldSpec | None = declared.metadata.get(_SPEC)
        if spec is not None:
            specs.append(_complete(spec, declared.name))
    made.specs = tuple(specs)
    made.attributes = {spec.name: spec.attribute for spec in specs}
    made.fields = tuple(declared.name for declared in fields)
    made.compared = tuple(declared.name for declared in fields if declared.compare)
    made.shown = tuple(declared.name for declared in fields if declared.repr)
    return cast("B", made)


def _complete(spec: FieldSpec, attribute: str) -> FieldSpec:
    return dataclasses.replace(
        spec,
        attribute=attribute,
        crd=camel_case(spec.name) if spec.crd == DEFAULT_CRD_KEY else spec.crd,
        agent=snake_case(spec.name) if spec.agent == "" else spec.agent,
    )


Value = TypeVar("Value", bound=Block)
_set = object.__setattr__


def replace(value: Value, /, **changes: Any) -> Value:
    """`dataclasses.replace` for blocks, but fast; nothing is checked except that the fields exist.

    A block that would stay the same is given back itself.
    """
    for name, changed in changes.items():
        if getattr(value, name) is not changed:
            break
    else:
        return value
    return copied(value, **changes)


def amend(value: Block, /, **changes: Any) -> None:
    """Complete a block that was just made and that nobody else has seen."""
    for name, changed in changes.items():
        _set(value, name, changed)
