"""How a service is named in full, and where a cluster runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class ServiceKey(NamedTuple):
    """A service's full name, as it is spelled where it is referred to."""

    partition: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Locality:
    """Where a peer's cluster runs."""

    region: str = ""
    zone: str = ""
