"""How a service is named in full, and where a cluster runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class ServiceKey(NamedTuple):
    """A service's full name, as it is spelled where it is referred to."""

    partition: str
    namespace: str
    name: str

    @property
    def folded(self) -> ServiceKey:
        """The key by which it is looked up: names of services differ by more than case."""
        return ServiceKey(self.partition, self.namespace, self.name.lower())


@dataclass(frozen=True, slots=True)
class Locality:
    """Where a peer's cluster runs."""

    region: str = ""
    zone: str = ""
