"""Config entries as Kubernetes resources (config-entries.md 1.16)."""

from meshgw.loading.kubernetes.model import (
    ENTRY_KINDS,
    Operator,
    Resource,
    ResourceJudgement,
    entry_kind,
)
from meshgw.loading.kubernetes.reading import judge_resources, read_resource, resources_in
from meshgw.loading.kubernetes.shapes import resource_schema
from meshgw.loading.kubernetes.together import judge_together

__all__ = [
    "ENTRY_KINDS",
    "Operator",
    "Resource",
    "ResourceJudgement",
    "entry_kind",
    "judge_resources",
    "judge_together",
    "read_resource",
    "resource_schema",
    "resources_in",
]
