"""Rules about the partition and the namespace of an entry itself (config-entries.md 1.14; Enterprise)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from meshgw.diagnostics.evaluation import Step, each, every, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry
from meshgw.entries.shared import WILDCARD
from meshgw.schema.anywhere import Anywhere, leaf_of
from meshgw.schema.fields import Block, Obj

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_OWN_RULES = frozenset({"service-intentions", "exported-services"})
"""Kinds whose own rules speak of wildcards."""


@rule("entry-namespace-wildcard", on="entry", consul="namespace", edition="enterprise")  # TEN-07
def entry_namespace_wildcard(entry: Entry, report: Report) -> None:
    """A config entry in the namespace `*`.

    Only intentions can be about all namespaces.

    Refused:

        Kind      = "service-defaults"
        Name      = "web"
        Namespace = "*"

    Accepted:

        Kind      = "service-defaults"
        Name      = "web"
        Namespace = "shop"
    """
    if entry.namespace == WILDCARD and entry.kind != "service-intentions":
        report(
            "an entry of this kind cannot be in namespace `*`", at=("Namespace",), help="name one namespace"
        )


@rule("partition-wildcard", on="entry", consul="partition", edition="enterprise")  # TEN-08
def partition_wildcard(value: Any, report: Report) -> None:
    """The partition `*`.

    No entry is in several partitions and no service is looked for in all of them.

    Refused:

        Kind = "service-splitter"
        Name = "web"
        Splits = [{ Weight = 100, Partition = "*" }]

    Accepted:

        Kind = "service-splitter"
        Name = "web"
        Splits = [{ Weight = 100, Partition = "team-a" }]
    """
    if value.partition == WILDCARD:
        report("a partition cannot be `*`", at=("Partition",), help="name one partition")


_PARTITIONS = Anywhere(lambda _block, spec: spec.name == "Partition")


def _partitions_in(block: type[Block]) -> Step:
    """`partition_wildcard` for every partition in a block and in the blocks inside it."""
    own = [partition_wildcard for spec in block.specs if spec.name == "Partition"]
    inner = [
        each(spec.name, _partitions_in(leaf.cls), all_items=True)
        for spec in block.specs
        if isinstance(leaf := leaf_of(spec.type), Obj) and _PARTITIONS.in_block(leaf.cls)
    ]
    return every(*own, *inner)


@lru_cache(maxsize=1024)
def _is_label(name: str) -> bool:
    return _LABEL.fullmatch(name) is not None


@rule(
    "tenancy-name-invalid", on="entry", consul="does not exist", edition="enterprise", inferred=True
)  # TEN-09
def tenancy_name_invalid(entry: Entry, report: Report) -> None:
    """A partition or namespace whose name cannot exist.

    Names are DNS labels: lower-case letters, digits and `-`, at most 63 characters, no `-` at either
    end. A partition begins with a letter.

    Refused:

        Kind      = "service-defaults"
        Name      = "web"
        Namespace = "team_a"

    Accepted:

        Kind      = "service-defaults"
        Name      = "web"
        Namespace = "team-a"
    """
    for key, name in (("Partition", entry.partition), ("Namespace", entry.namespace)):
        if name == WILDCARD or (WILDCARD in name and entry.kind in _OWN_RULES):
            continue
        if not _is_label(name) or (key == "Partition" and not name[0].isalpha()):
            report(f"no {key.lower()} can be called `{name}`", at=(key,), help="use letters, digits and `-`")


def tenancy_of(cls: type[Entry]) -> Step:
    """The rules about tenancy for a kind."""
    partitions = every() if cls.kind in _OWN_RULES else _partitions_in(cls)
    return first(
        entry_namespace_wildcard,  # TEN-07
        partitions,  # TEN-08
        tenancy_name_invalid,  # TEN-09
    )


@rule("entry-namespace-not-default", on="entry", consul="namespace", edition="enterprise")  # TEN-05, JP-04
def entry_namespace_not_default(entry: Entry, report: Report) -> None:
    """Settings of a whole partition in another namespace than `default`.

    `proxy-defaults`, `mesh` and `jwt-provider` hold for all namespaces of their partition.

    Refused:

        Kind      = "proxy-defaults"
        Name      = "global"
        Namespace = "shop"

    Accepted:

        Kind      = "proxy-defaults"
        Name      = "global"
        Partition = "shop"
    """
    if entry.namespace != "default":
        report(
            f"the entry is in namespace `{entry.namespace}`", at=("Namespace",), help="take `Namespace` out"
        )
