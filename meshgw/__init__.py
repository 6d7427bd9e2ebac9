"""The offline compiler for HashiCorp Consul's service mesh.

The names below are the public API; everything else is private. They are imported on first use, so
that `import meshgw` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meshgw._version import __version__

if TYPE_CHECKING:
    from meshgw.api import (
        ExplainedCall,
        MeshgwError,
        TextReport,
        Tree,
        explain,
        explain_all,
        load,
        render,
        validate,
        validate_sequence,
        validate_text,
    )

__all__ = [
    "ExplainedCall",
    "MeshgwError",
    "TextReport",
    "Tree",
    "__version__",
    "explain",
    "explain_all",
    "load",
    "render",
    "validate",
    "validate_sequence",
    "validate_text",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from meshgw import api

    return getattr(api, name)
