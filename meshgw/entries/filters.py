"""The filter expressions of service-resolver subsets: which instances they select.

Fields are those of envoy-mesh-gateway.md 9 (MG-S03) and of the filtering tables in Consul's API
documentation (health, "List Service Instances for Service"); operators and faults follow MG-S05 to
MG-S11. The grammar is in `filter_grammar`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from meshgw.entries.filter_grammar import Expression, FilterFault, Match, parse_filter
from meshgw.entries.regex import re2_fault, re2_search
from meshgw.schema.convert import MismatchError, weak_bool, weak_int

__all__ = ["Expression", "FilterError", "FilterFault", "Match", "field_names", "filter_errors", "matches"]
__all__ += ["parse_filter"]

Kind: TypeAlias = "Literal['string', 'integer', 'boolean'] | MapField | ListField | dict[str, Kind]"
"""The type of a field: a scalar, a map with free keys, a list, or an object with known fields."""


@dataclass(frozen=True, slots=True)
class MapField:
    item: Kind


@dataclass(frozen=True, slots=True)
class ListField:
    item: Kind


class FilterError(ValueError):
    """An expression that Consul reads but cannot run; the message is Consul's.

    `what` says which part is at fault.
    """

    def __init__(self, what: Literal["selector", "operator", "value", "regex"], message: str) -> None:
        super().__init__(message)
        self.what = what


_STRINGS: Final = MapField("string")
_ADDRESSES: Final = MapField({"Address": "string", "Port": "integer"})
_MODE: Final[Kind] = {"Mode": "string"}
_UPSTREAM: Final[Kind] = {
    "DestinationType": "string",
    "DestinationNamespace": "string",
    "DestinationPartition": "string",
    "DestinationPeer": "string",
    "DestinationName": "string",
    "Datacenter": "string",
    "LocalBindAddress": "string",
    "LocalBindPort": "integer",
    "LocalBindSocketPath": "string",
    "LocalBindSocketMode": "string",
    "MeshGateway": _MODE,
}
_EXPOSED_PATH: Final[Kind] = {
    "ListenerPort": "integer",
    "Path": "string",
    "LocalPathPort": "integer",
    "Protocol": "string",
    "ParsedFromCheck": "boolean",
}
_PROXY: Final[Kind] = {
    "DestinationServiceName": "string",
    "DestinationServiceID": "string",
    "LocalServiceAddress": "string",
    "LocalServicePort": "integer",
    "LocalServiceSocketPath": "string",
    "Mode": "string",
    "Upstreams": ListField(_UPSTREAM),
    "MeshGateway": _MODE,
    "Expose": {"Checks": "boolean", "Paths": ListField(_EXPOSED_PATH)},
    "TransparentProxy": {"OutboundListenerPort": "integer", "DialedDirectly": "boolean"},
}
_SERVICE: Final[Kind] = {
    "Kind": "string",
    "ID": "string",
    "Service": "string",
    "Tags": ListField("string"),
    "Address": "string",
    "TaggedAddresses": _ADDRESSES,
    "Meta": _STRINGS,
    "Port": "integer",
    "SocketPath": "string",
    "Weights": {"Passing": "integer", "Warning": "integer"},
    "EnableTagOverride": "boolean",
    "PeerName": "string",
    "Connect": {"Native": "boolean"},
    "Proxy": _PROXY,
}
_NODE: Final[Kind] = {
    "ID": "string",
    "Node": "string",
    "Address": "string",
    "Datacenter": "string",
    "Partition": "string",
    "PeerName": "string",
    "TaggedAddresses": _STRINGS,
    "Meta": _STRINGS,
}
_CHECK: Final[Kind] = {
    "Node": "string",
    "CheckID": "string",
    "Name": "string",
    "Status": "string",
    "Notes": "string",
    "Output": "string",
    "ServiceID": "string",
    "ServiceName": "string",
    "ServiceTags": ListField("string"),
    "Type": "string",
    "Interval": "string",
    "Timeout": "string",
    "ExposedPort": "integer",
    "PeerName": "string",
}
FIELDS: Final[dict[str, Kind]] = {"Service": _SERVICE, "Node": _NODE, "Checks": ListField(_CHECK)}
"""What a filter can select, from an instance, its node and its checks."""

_COMPARED: Final = frozenset({"==", "!="})
_SEARCHED: Final = frozenset({"in", "not in"})
_EMPTIED: Final = frozenset({"is empty", "is not empty"})
_MATCHED: Final = frozenset({"matches", "not matches"})
_OPERATOR_NAMES: Final = {
    "==": "Equal",
    "!=": "Not Equal",
    "in": "In",
    "not in": "Not In",
    "is empty": "Is Empty",
    "is not empty": "Is Not Empty",
    "matches": "Matches",
    "not matches": "Not Matches",
}


def field_names() -> tuple[str, ...]:
    """Every field that an expression can name, `<key>` standing for the key of a map."""
    names: list[str] = []
    work: list[tuple[str, Kind]] = [("", FIELDS)]
    while work:
        prefix, kind = work.pop()
        if isinstance(kind, ListField):
            names.append(prefix[1:])
            kind = kind.item  # selectors pass through lists
            if not isinstance(kind, dict):
                continue
        if isinstance(kind, dict):
            work.extend((f"{prefix}.{name}", inner) for name, inner in kind.items())
        elif isinstance(kind, MapField):
            names.append(prefix[1:])
            work.append((f"{prefix}.<key>", kind.item))
        else:
            names.append(prefix[1:])
    return tuple(sorted(names))


def filter_errors(expression: Expression) -> Iterator[tuple[Match, FilterError]]:
    """The conditions that cannot run, whatever the instances are (MG-S11), and why."""
    for match in expression.matches:
        try:
            _checked(match)
        except FilterError as error:
            yield match, error


def _kind_of(selector: tuple[str, ...]) -> Kind | None:
    """The type of a field; `None` when there is none, or it is an object that has no value of its own."""
    kind: Kind = FIELDS
    for name in selector:
        if isinstance(kind, ListField):
            kind = kind.item
        match kind:
            case dict() if name in kind:
                kind = kind[name]
            case MapField(item):
                kind = item
            case _:
                return None
    return None if isinstance(kind, dict) else kind


def optional_key(match: Match) -> bool:
    """Whether a condition looks at one key of a map, which an instance may lack."""
    parts = range(1, len(match.selector))
    return any(isinstance(_kind_of(match.selector[:count]), MapField) for count in parts)


def _checked(match: Match) -> Any:
    """The value that a condition compares with, converted. Raises `FilterError`."""
    kind = _kind_of(match.selector)
    if kind is None:
        raise FilterError("selector", f'Selector "{match.field}" is not valid')
    if match.operator not in _operators(kind):
        name = _OPERATOR_NAMES[match.operator]
        raise FilterError("operator", f'Invalid match operator "{name}" for selector "{match.field}"')
    if match.operator in _MATCHED and re2_fault(match.value) is not None:
        raise FilterError("regex", f'Failed to compile regular expression "{match.value}"')
    try:
        return _coerced(kind, match.value)
    except MismatchError as error:
        said = f'Failed to coerce value "{match.value}" for selector "{match.field}"'
        raise FilterError("value", said) from error


def _operators(kind: Kind) -> frozenset[str]:
    match kind:
        case "string":
            return _COMPARED | _SEARCHED | _MATCHED
        case "integer" | "boolean":
            return _COMPARED
        case ListField("string"):
            return _COMPARED | _SEARCHED | _MATCHED | _EMPTIED
        case MapField():
            return _SEARCHED | _EMPTIED
        case _:
            return _EMPTIED


def _coerced(kind: Kind, value: str) -> Any:
    if kind == "integer":
        if not value:
            raise MismatchError("an integer", "as int")
        return weak_int(value)
    if kind == "boolean":
        if not value:
            raise MismatchError("true or false", "as bool")
        return weak_bool(value)
    return value


def matches(expression: Expression, instance: Mapping[str, Any]) -> bool:
    """Whether an instance is selected.

    `instance` has the fields that `FIELDS` declares: `{"Service": {…}, "Node": {…}, "Checks": [{…}]}`,
    those that are missing being zero. `Service` is the proxy instance where there is one (MG-S04).
    Raises `FilterError` as Consul does, whatever the instance is.
    """
    wanted = [(match, _checked(match)) for match in expression.matches]
    values = (_holds(match, value, instance) for match, value in wanted)
    stack: list[bool] = []
    for step in expression.steps:
        if isinstance(step, Match):
            stack.append(next(values))
        elif step == "not":
            stack[-1] = not stack[-1]
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(left and right if step == "and" else left or right)
    return stack[-1]


class _Absent:
    """The value of a key that a map does not have."""


_ABSENT: Final = _Absent()


def _holds(match: Match, wanted: Any, instance: Mapping[str, Any]) -> bool:
    found = list(_values(match.selector, instance))
    return any(_compare(match.operator, value, wanted, kind) for value, kind in found)  # MG-S09


def _values(selector: tuple[str, ...], instance: Mapping[str, Any]) -> Iterator[tuple[Any, Kind]]:
    """The values of a field: one, or one for each element of the lists on the way."""
    work: list[tuple[Any, Kind, tuple[str, ...]]] = [(instance, FIELDS, selector)]
    while work:
        value, kind, rest = work.pop()
        if not rest or value is _ABSENT:
            yield value, kind
        elif isinstance(kind, ListField):
            work.extend((element, kind.item, rest) for element in value or ())
        elif isinstance(kind, MapField):
            work.append(((value or {}).get(rest[0], _ABSENT), kind.item, rest[1:]))
        elif isinstance(kind, dict):
            work.append(((value or {}).get(rest[0]), kind[rest[0]], rest[1:]))


def _compare(operator: str, value: Any, wanted: Any, kind: Kind) -> bool:
    if value is _ABSENT:  # MG-S07: both `matches` and `not matches` are true
        return operator in ("!=", "not in", "matches", "not matches")
    if operator in _EMPTIED:
        return bool(value) != (operator == "is empty")
    if operator in _SEARCHED:
        inside: bool = wanted in (value or ("" if kind == "string" else ()))  # MG-S08
        return inside == (operator == "in")
    if isinstance(kind, ListField):
        return any(_compare(operator, element, wanted, kind.item) for element in value or ())
    if operator in _MATCHED:
        return re2_search(wanted, value or "") == (operator == "matches")  # MG-S10
    equal: bool = (value or _ZERO[str(kind)]) == wanted
    return equal == (operator == "==")


_ZERO: Final = {"string": "", "integer": 0, "boolean": False}
