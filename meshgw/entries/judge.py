"""One config entry through Consul's own steps: kind, types, keys, normalization, rules.

The order is that of config-entries.md 1.1; the first failing step ends processing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from meshgw.diagnostics.evaluation import Step, every, first
from meshgw.diagnostics.model import Diagnostic
from meshgw.diagnostics.rules import Report
from meshgw.diagnostics.running import evaluate
from meshgw.entries import KINDS, decoding_rules, entry_class
from meshgw.entries.base import Entry
from meshgw.entries.layers import not_finite, refused_by_server
from meshgw.entries.name_advice import NAME_ADVICE
from meshgw.entries.tenancy_rules import tenancy_of
from meshgw.profile import Profile
from meshgw.schema.clean import decode_clean
from meshgw.schema.decode import Decoded, Dialect, decode, traced
from meshgw.schema.fields import Block, Layer, amend, block, replace, unsigned
from meshgw.schema.origin import Origin
from meshgw.source.document import Document, Path

_CLIENT_UNKNOWN = frozenset({"bound-api-gateway"})
_ENTERPRISE_KINDS = frozenset({"control-plane-request-limit"})
_KIND_KEYS = frozenset({"Kind", "kind"})


@dataclass(frozen=True, slots=True)
class Tenancy:
    """The partition and namespace of an entry that names none itself."""

    partition: str = "default"
    namespace: str = "default"


DEFAULT = Tenancy()


@dataclass(frozen=True, slots=True)
class Judgement:
    """`entry` is `None` when it could not be decoded, or its kind is unknown."""

    entry: Entry | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def accepted(self) -> bool:
        """Whether Consul takes the entry by itself."""
        return not any(found.refused for found in self.diagnostics)


def judge_entry(
    raw: dict[str, Any],
    document: Document,
    profile: Profile,
    *,
    base: Path = (),
    tenancy: Tenancy | None = None,
    moved: Callable[[Path], Path] | None = None,
) -> Judgement:
    """Judge the object at `base` of a document as Consul would on the profile's entry path.

    `moved` is that of `Origin`, for an object whose shape is no longer that of the document.
    """
    kind_key = "Kind" if "Kind" in raw else "kind"
    kind = raw.get(kind_key)
    where = _Where(document, base, moved)
    if isinstance(kind, str) and known_kind(kind, profile):
        first = _first_layer(entry_class(kind), raw, where, profile)
        return first if first.entry is None else judge_decoded(first.entry, profile, tenancy or DEFAULT)
    origin = where.origin(lambda: {(kind_key,): (kind_key,)})
    report = Report(raw, origin, profile, title=kind if isinstance(kind, str) else "")
    if not decoding_rules.refuse_kind(raw, kind_key, report):
        assert isinstance(kind, str)
        if kind in _ENTERPRISE_KINDS and profile.entry_path in ("cli", "crd"):
            first = _first_layer(entry_class(kind), raw, where, profile)  # the client knows the kind
            if first.entry is None:
                return first
        report.run(decoding_rules.unknown_kind, kind)
    return Judgement(None, tuple(report.diagnostics))


class _Where(NamedTuple):
    """Where an entry stands."""

    document: Document
    base: Path
    moved: Callable[[Path], Path] | None

    def origin(self, trace: Callable[[], dict[Path, Path]]) -> Origin:
        return Origin(self.document, self.base, trace, self.moved)


def known_kind(kind: str, profile: Profile) -> bool:
    """Whether the entry path's first layer, and then the server, know a kind."""
    if kind not in KINDS or (kind in _CLIENT_UNKNOWN and profile.entry_path in ("cli", "crd")):
        return False
    return profile.enterprise or kind not in _ENTERPRISE_KINDS


def judge_decoded(entry: Entry, profile: Profile, tenancy: Tenancy) -> Judgement:
    """Judge what the first layer of the entry path has decoded: server's keys, normalization, rules."""
    if layer_of(profile) != "server":
        server = _dialects_of(profile)[1]
        refused = refused_by_server(entry, server)
        if refused:
            report = _report_on(entry, profile)
            decoding_rules.report_faults(Decoded(entry, [], refused), report, server)
            return Judgement(None, tuple(report.diagnostics))
    entry = settle_tenancy(entry, profile, tenancy).in_edition(profile.edition).normalize()
    return Judgement(entry, tuple(run_rules(entry, profile)))


def _first_layer(cls: type[Entry], raw: dict[str, Any], where: _Where, profile: Profile) -> Judgement:
    """The entry as the first layer of the entry path decodes it, or why it does not."""
    dialect = _dialects_of(profile)[0]
    entry = decode_clean(cls, raw, dialect, _KIND_KEYS)
    if entry is None:
        return _with_faults(cls, raw, where, profile)
    amend(entry, origin=where.origin(lambda: traced(cls, without_ignored_keys(raw, dialect.layer), dialect)))
    refused = _infinite(entry, profile) if dialect.layer == "client" else ()
    return Judgement(None, refused) if refused else Judgement(entry, ())


def _with_faults(cls: type[Entry], raw: dict[str, Any], where: _Where, profile: Profile) -> Judgement:
    """As `_first_layer`, for an entry of which there may be something to say."""
    dialect = _dialects_of(profile)[0]
    body = without_ignored_keys(raw, dialect.layer)
    decoded = decode(cls, body, dialect)
    written_indexes = _indexes(raw) if dialect.layer == "client" else {}
    if written_indexes:
        indexes = decode(_Indexes, written_indexes, dialect)
        decoded.faults.extend(indexes.faults)
        decoded.unknown.extend(indexes.unknown)
    origin = where.origin(lambda: traced(cls, body, dialect))
    report = Report(decoded.value, origin, profile, title=f'{cls.kind} "{_name(raw)}"')
    decoding_rules.report_faults(decoded, report, dialect)
    found = tuple(report.diagnostics)
    if decoded.value is None:
        return Judgement(None, found)
    amend(decoded.value, origin=origin)
    if dialect.layer == "client":
        found += _infinite(decoded.value, profile)
    return Judgement(None if found else decoded.value, found)


def _infinite(entry: Entry, profile: Profile) -> tuple[Diagnostic, ...]:
    """The numbers that the client cannot send on."""
    places = list(not_finite(entry))
    if not places:
        return ()
    report = _report_on(entry, profile)
    for place in places:
        report.run(decoding_rules.number_not_finite, place)
    return tuple(report.diagnostics)


@lru_cache(maxsize=64)
def _dialects_of(profile: Profile) -> tuple[Dialect, Dialect]:
    """The first layer of the entry path, and the server."""
    edition, version = profile.edition, profile.consul_version
    return Dialect(layer_of(profile), edition, version), Dialect("server", edition, version)


def layer_of(profile: Profile) -> Layer:
    """The first layer that decodes on an entry path."""
    match profile.entry_path:
        case "crd":
            return "crd"
        case "http" | "bootstrap":
            return "server"
        case _:
            return "client"


def without_ignored_keys(raw: dict[str, Any], layer: Layer) -> dict[str, Any]:
    """The entry without the keys that a layer reads and throws away (config-entries.md 1.5)."""
    if layer == "client":
        ignored = {key for key in raw if key.lower() in ("kind", "createindex", "modifyindex")}
    else:
        ignored = {"Kind", "kind", "CreateIndex", "ModifyIndex", "Hash", "RaftIndex"} & raw.keys()
    return {key: value for key, value in raw.items() if key not in ignored}


@block
class _Indexes(Block):
    """Raft indexes: the client knows them as ordinary fields and nobody uses them."""

    create_index: int = unsigned("CreateIndex")
    modify_index: int = unsigned("ModifyIndex")


def _indexes(raw: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key.lower() in ("createindex", "modifyindex")}


def _name(raw: dict[str, Any]) -> str:
    name = next((raw[key] for key in ("Name", "name") if key in raw), "")
    return name if isinstance(name, str) else ""


def settle_tenancy(entry: Entry, profile: Profile, tenancy: Tenancy) -> Entry:
    """The entry with its partition and namespace; `default` in Community."""
    if not profile.enterprise:
        return replace(entry, namespace="default", partition="default")
    return replace(
        entry,
        partition=entry.partition.lower() or tenancy.partition,
        namespace=entry.namespace.lower() or tenancy.namespace,
    )


def _report_on(entry: Entry, profile: Profile) -> Report:
    return Report(entry, entry, profile, title=f'{entry.kind} "{entry.name}"')


def run_rules(entry: Entry, profile: Profile) -> list[Diagnostic]:
    """Consul's rules for a decoded, normalized entry, then the advice."""
    report = _report_on(entry, profile)
    evaluate(_rules_of(entry.kind, enterprise=profile.enterprise), entry, report)
    return report.diagnostics


@cache
def _rules_of(kind: str, *, enterprise: bool) -> Step:
    cls = entry_class(kind)
    order = first(tenancy_of(cls), cls.order) if enterprise else cls.order
    return every(order, cls.advice, NAME_ADVICE)
