"""As what an input is judged: edition, the way it reaches Consul, and versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Edition: TypeAlias = Literal["community", "enterprise"]

EntryPath: TypeAlias = Literal["cli", "http", "bootstrap", "crd", "agent", "register", "catalog"]
"""`cli`, `http`, `bootstrap`, `crd` for config entries (config-entries.md 1.1); `agent`, `register`,
`http`, `catalog` for services (service-registration.md 0.1)."""

CONSUL_VERSIONS: Final = ("1.22", "1.23")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one judgement assumes about the Consul that would receive the input.

    `primary` is the datacenter's role: some graph checks only run in the primary.
    `namespaces` and `partitions` say whether a Kubernetes operator has them enabled.
    """

    edition: Edition = "community"
    entry_path: EntryPath = "cli"
    consul_version: tuple[int, int] = (1, 22)
    primary: bool = True
    relaxed: frozenset[str] = frozenset()
    """Names of *(inferred)* rules that are switched off."""

    @property
    def enterprise(self) -> bool:
        return self.edition == "enterprise"
