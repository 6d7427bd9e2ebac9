"""The arguments of builtin/property-override (config-entries.md 2.0.3)."""

from __future__ import annotations

from typing import Any

from meshgw.entries.extensions.envoy_fields import RESOURCE_TYPES
from meshgw.entries.extensions.services import ServiceName
from meshgw.schema.fields import Block, anything, block, blocks, boolean, obj, text

OPS = ("add", "remove")


@block
class ResourceFilter(Block):
    """Which Envoy resources a patch changes."""

    resource_type: str = text("ResourceType", one_of=RESOURCE_TYPES)
    traffic_direction: str = text("TrafficDirection", one_of=("inbound", "outbound"))
    services: tuple[ServiceName, ...] = blocks("Services", ServiceName)


@block
class Patch(Block):
    """A change of one field."""

    op: str = text("Op", one_of=OPS)
    path: str = text("Path")
    value: Any = anything("Value")
    resource_filter: ResourceFilter = obj("ResourceFilter", ResourceFilter)

    @property
    def resource_type(self) -> str:
        """The type of resource, empty when there is no such type."""
        found = self.resource_filter.resource_type
        return found if found in RESOURCE_TYPES else ""

    @property
    def is_root(self) -> bool:
        """Whether the path names the resource itself."""
        return not self.path.strip("/")


@block
class PropertyArguments(Block):
    """Sets and removes fields of Envoy resources."""

    debug: bool = boolean("Debug")
    proxy_type: str = text("ProxyType")
    patches: tuple[Patch, ...] = blocks("Patches", Patch)
