"""What is wrong with something that was rendered: a value that its caller can locate."""

from __future__ import annotations

from dataclasses import dataclass

from meshgw.diagnostics.model import Severity
from meshgw.envoy.resources import ResourceType
from meshgw.source.document import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderFault:
    """A fault of a bootstrap or of a target.

    One of three says where it comes from: `key`, a path in the proxy's effective `config`; `option`, an
    option of the command; `resource`, whose origin is in `Resources.origins`. `rule` is its public name.
    An error means that Consul would not print the bootstrap, or that Envoy would refuse the result.
    """

    rule: str
    message: str
    severity: Severity = Severity.ERROR
    key: Path = ()
    option: str = ""
    resource: tuple[ResourceType, str] | None = None
    note: str | None = None
    help: str | None = None


def failed(faults: tuple[RenderFault, ...] | list[RenderFault]) -> bool:
    """Whether one of them is an error."""
    return any(fault.severity is Severity.ERROR for fault in faults)
