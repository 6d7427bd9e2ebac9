"""What a file is, by its content (the table of product.md 1, first that fits)."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

from meshgw.entries import KINDS
from meshgw.services.model import GATEWAY_KINDS, SERVICE_KINDS
from meshgw.services.transaction import is_transaction

Role: TypeAlias = Literal[
    "kubernetes",
    "entry",
    "catalog",
    "transaction",
    "query",
    "registration",
    "agent",
    "other-product",
    "other",
]

BODIES: Final[frozenset[Role]] = frozenset({"catalog", "transaction", "query", "registration"})
"""Bodies of Consul's API: it reads their first JSON value and nothing after it."""

ENTRY_AND_SERVICE = frozenset(KINDS) & frozenset(GATEWAY_KINDS)
_REGISTRATION_ONLY = frozenset({"id", "port", "address", "proxy", "taggedaddresses", "check", "checks"})
_BARE_KEYS = frozenset({"Port", "Proxy", "Connect", "Check", "Checks"})
_DEFINITION_KEYS = frozenset({"service", "services", "config_entries"})
HCL2_BLOCKS = frozenset(
    {"terraform", "resource", "variable", "provider", "module", "locals", "job", "source", "build", "data",
     "output", "packer", "plugin", "import", "moved", "check_terraform", "run"}
)  # fmt: skip

_ACL_RESOURCES = frozenset(
    {"acl", "agent", "event", "identity", "key", "keyring", "mesh", "namespace", "node", "operator",
     "partition", "peering", "query", "service", "session"}
)  # fmt: skip  # the resources of ACL rules (developer.hashicorp.com, "ACL Rules")


def role_of(value: Any, syntax: str, agent_keys: frozenset[str]) -> Role:
    """The role of a document's value. `agent_keys` are the lower-case top-level keys of agent files."""
    if not isinstance(value, dict):
        return "transaction" if syntax == "json" and is_transaction(value) else "other"
    if "apiVersion" in value:
        return "kubernetes"
    if syntax == "yaml":
        return "other"
    kind = value.get("Kind", value.get("kind"))
    if ("Kind" in value or "kind" in value) and _is_entry(kind, value):
        return "entry"
    if syntax == "json":
        found = _json_role(value, kind)
        if found is not None:
            return found
    return _agent_role(value, agent_keys)


def _is_entry(kind: Any, value: dict[str, Any]) -> bool:
    if kind not in SERVICE_KINDS:
        return True
    if kind not in ENTRY_AND_SERVICE:
        return False
    return not any(key.lower().replace("_", "") in _REGISTRATION_ONLY for key in value)


def _json_role(value: dict[str, Any], kind: Any) -> Role | None:
    if "Node" in value:
        return "catalog"
    service = value.get("Service")
    if "Name" in value and isinstance(service, dict) and "Service" in service:
        return "query"
    if ("Name" in value or "ID" in value) and (kind in SERVICE_KINDS or _BARE_KEYS & value.keys()):
        return "registration"
    return None


def _agent_role(value: dict[str, Any], agent_keys: frozenset[str]) -> Role:
    lowered = {key.lower() for key in value}
    if _DEFINITION_KEYS & lowered:
        return "agent"
    if not lowered & agent_keys:
        return "other"
    return "agent" if lowered <= agent_keys else "other-product"


def is_acl_policy(value: Any) -> bool:
    """Whether HCL holds the rules of an ACL policy: `service "web" { policy = "read" }`, `operator = "read"`.

    A file of the agent has `service` blocks too, but none with a label, and so none of this shape.
    """
    if not isinstance(value, dict) or not any(isinstance(rules, list) for rules in value.values()):
        return False
    return all(
        key.removesuffix("_prefix") in _ACL_RESOURCES and (isinstance(rules, str) or _are_acl_rules(rules))
        for key, rules in value.items()
    )


def _are_acl_rules(blocks: Any) -> bool:
    labelled = [
        body
        for block in (blocks if isinstance(blocks, list) else [blocks])
        for bodies in (block.values() if isinstance(block, dict) else [None])
        for body in (bodies if isinstance(bodies, list) else [bodies])
    ]
    return bool(labelled) and all(isinstance(body, dict) and "policy" in body for body in labelled)


def looks_like_consul(top_level_keys: tuple[str, ...], agent_keys: frozenset[str]) -> bool:
    """Whether the keys before a syntax fault are Consul's."""
    lowered = {key.lower() for key in top_level_keys}
    return bool(lowered & (_DEFINITION_KEYS | {"kind", "apiversion"} | agent_keys))
