"""service-splitter (config-entries.md 2.4)."""

from __future__ import annotations

import math
import struct
from typing import Self

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.model import Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.header_modifiers import HEADER_ADVICE
from meshgw.entries.shared import META, HeaderModifiers
from meshgw.schema.fields import Block, block, blocks, number, obj, replace, text


@block
class Split(Block):
    """A share of the requests and where it goes."""

    weight: float = number("Weight", doc="percentage, rounded to two decimals; all add up to 100")
    service: str = text("Service", doc="the service; the entry's own name when empty")
    service_subset: str = text("ServiceSubset", alias="service_subset", doc="a subset of its resolver")
    namespace: str = text("Namespace", doc="the service's namespace (Enterprise)")
    partition: str = text("Partition", doc="the service's partition (Enterprise)")
    request_headers: HeaderModifiers | None = obj(
        "RequestHeaders", HeaderModifiers, optional=True, alias="request_headers"
    )
    response_headers: HeaderModifiers | None = obj(
        "ResponseHeaders", HeaderModifiers, optional=True, alias="response_headers"
    )


@config_entry("service-splitter")
class ServiceSplitter(Entry):
    """Divides the requests of a service among services or subsets."""

    splits: tuple[Split, ...] = blocks("Splits", Split, doc="at least one")

    def normalize(self) -> Self:
        return replace(
            self,
            splits=tuple(replace(split, weight=hundredths(split.weight) / 100) for split in self.splits),
        )


def hundredths(weight: float) -> int:
    """A weight in hundredths of a percent, as Consul rounds it: 32-bit arithmetic, half away from zero."""
    single = _single(_single(weight) * 100)
    if not abs(single) < 2**63:
        return -(2**63)  # what the conversion to a 64-bit integer gives
    return int(math.copysign(math.floor(abs(single) + 0.5), single))


def _single(value: float) -> float:
    """The nearest 32-bit float."""
    try:
        found: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return found


@rule("splitter-name-missing", on=ServiceSplitter, consul="Name is required")  # SS-01
def splitter_name_missing(splitter: ServiceSplitter, report: Report) -> None:
    """A splitter without a name.

    The name is the service whose requests are divided.

    Refused:

        Kind   = "service-splitter"
        Splits = [{ Weight = 100 }]

    Accepted:

        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 100 }]
    """
    if not splitter.name:
        report("the splitter has no `Name`", at=("Name",), help="set `Name` to the service it divides")


@rule("splitter-without-splits", on=ServiceSplitter, consul="no splits configured")  # SS-02
def splitter_without_splits(splitter: ServiceSplitter, report: Report) -> None:
    """A splitter that has no splits.

    Refused:

        Kind = "service-splitter"
        Name = "web"

    Accepted:

        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 100 }]
    """
    if not splitter.splits:
        report("the splitter has no splits", at=("Splits",), help="add `Splits` whose weights add up to 100")


@rule(
    "split-destination-twice", on=ServiceSplitter, consul="split destination occurs more than once"
)  # SS-04
def split_destination_twice(splitter: ServiceSplitter, report: Report) -> None:
    """Two splits that lead to the same destination.

    Splits are the same when service, subset, namespace and partition are written alike (an empty
    service is the entry's own). A split with header modifiers never equals another one.

    Refused:

        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 50 }, { Weight = 50, Service = "web" }]

    Accepted:

        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 50 }, { Weight = 50, Service = "web-next" }]
    """
    seen: dict[tuple[str, ...], int] = {}
    for index, split in enumerate(splitter.splits):
        if not _plain(split):
            continue
        service = split.service or splitter.name
        destination = (service, split.service_subset, split.namespace, split.partition)
        if destination not in seen:
            seen[destination] = index
            continue
        earlier = splitter.locate(("Splits", seen[destination]))
        report(
            f"a second split leads to `{service}`",
            at=("Splits", index),
            related=[Related(earlier, "the first one")] if earlier else (),
            help="merge the two splits and add their weights",
        )


@rule("split-weights-not-100", on=ServiceSplitter, consul="the sum of all split weights must be 100")  # SS-05
def split_weights_not_100(splitter: ServiceSplitter, report: Report) -> None:
    """Split weights that do not add up to 100.

    Weights are percentages. Consul rounds each to two decimals and refuses the entry unless they add
    up to exactly 100.

    Refused:

        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 90 }, { Weight = 9, Service = "web-next" }]

    Accepted:

        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 90 }, { Weight = 10, Service = "web-next" }]
    """
    total = sum(hundredths(split.weight) for split in splitter.splits)
    if splitter.splits and total != 10_000:
        report(f"weights add up to {total / 100:g}, not 100", at=("Splits",), part="key")


_LOWEST = -1e12  # what is below did not fit into the arithmetic, and does not add up to 100


@rule("split-weight-negative", on=ServiceSplitter)  # D-19
def split_weight_negative(split: Split, report: Report) -> None:
    """A split with a negative weight.

    Consul only adds weights up. Envoy reads a negative weight as a very large number and refuses the
    whole route configuration of every proxy that calls the service.

    Found:

        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 150 }, { Weight = -50, Service = "web-next" }]

    Accepted:

        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 100 }, { Weight = 0, Service = "web-next" }]
    """
    if _LOWEST < split.weight < 0:
        report(
            f"the weight {split.weight:g} is negative",
            at=("Weight",),
            note="Envoy: The sum of weights of all weighted clusters of route exceeds 4294967295",
            help="use weights from 0 to 100",
        )


@rule("split-tenancy-ignored", on=ServiceSplitter, severity="warning", edition="community")  # D-06
def split_tenancy_ignored(split: Split, report: Report) -> None:
    """A namespace or partition of a split in Community.

    Community keeps and ignores them: the service is in the default namespace and partition.

    Found:

        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 100, Namespace = "shop" }]

    Accepted:

        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 100 }]
    """
    for field in ("Namespace", "Partition"):
        value = getattr(split, split.attribute_of(field))
        if value.lower() not in ("", "default"):
            report(f"`{field}` is ignored", at=(field,), help="take it out, or use Enterprise")


@rule("split-destination-repeated", on=ServiceSplitter, severity="warning")
def split_destination_repeated(splitter: ServiceSplitter, report: Report) -> None:
    """Two splits that lead to the same destination and do the same to headers.

    Consul takes two equal splits for different ones as soon as they have header modifiers, even empty
    ones.

    Found:

        Kind = "service-splitter"
        Name = "web"
        Splits {
          Weight         = 50
          RequestHeaders = { Set = { x-leg = "a" } }
        }
        Splits {
          Weight         = 50
          RequestHeaders = { Set = { x-leg = "a" } }
        }

    Accepted:

        Kind = "service-splitter"
        Name = "web"
        Splits {
          Weight         = 50
          RequestHeaders = { Set = { x-leg = "a" } }
        }
        Splits {
          Weight         = 50
          RequestHeaders = { Set = { x-leg = "b" } }
        }
    """
    for index, split in enumerate(splitter.splits):
        service = split.service or splitter.name
        modifiers = _modifiers(split.request_headers), _modifiers(split.response_headers)
        destination = (service, split.service_subset, split.namespace, split.partition)
        before = report.met((destination, modifiers), ("Splits", index))
        if before is not None and not (_plain(split) and _plain(splitter.splits[int(before[1])])):
            report(
                f"a second split leads to `{service}` with the same headers",
                at=("Splits", index),
                related=report.place(before, "the first one"),
                help="merge the two splits and add their weights",
            )


def _plain(split: Split) -> bool:
    return split.request_headers is None and split.response_headers is None


def _modifiers(modifiers: HeaderModifiers | None) -> tuple[object, ...]:
    if modifiers is None or modifiers.empty:
        return ()
    return (*sorted(modifiers.add.items()), None, *sorted(modifiers.set.items()), None, *modifiers.remove)


judged(
    ServiceSplitter,
    first(
        splitter_name_missing,  # SS-01
        splitter_without_splits,  # SS-02
        META,  # SS-03
        split_destination_twice,  # SS-04
        split_weights_not_100,  # SS-05
    ),
    split_destination_repeated,
    each("Splits", split_weight_negative, split_tenancy_ignored, *HEADER_ADVICE),
)
