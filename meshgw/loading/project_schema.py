"""The JSON Schema of the project file `meshgw.yaml` (also printed by `meshgw schema project`)."""

from __future__ import annotations

from typing import Any

_STRING: dict[str, Any] = {"type": "string", "minLength": 1}
_STRINGS: dict[str, Any] = {"type": "array", "items": _STRING}
_PORT: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 65535}
_POLICY: dict[str, Any] = {"enum": ["allow", "deny"]}


def _closed(properties: dict[str, Any], required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
    if required:
        found["required"] = list(required)
    return found | more


def _described(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description} | schema


_ACL = _described(
    "whether ACLs are on, and what they decide for a missing export or intention",
    _closed({"enabled": {"type": "boolean"}, "default_policy": _POLICY}),
)
_NODE = _closed({"name": _STRING, "address": _STRING}, ("name", "address"))
_VIRTUAL_IPS = _described(
    "virtual IPs that Consul has given out, by service (`api`, `api?peer=NAME`)",
    {"type": "object", "additionalProperties": _STRING},
)
_SERVERS = {
    "type": "array",
    "items": _closed(
        {
            "name": _STRING,
            "address": _STRING,
            "port": _PORT,
            "grpc_tls_port": _described(
                "as the agent key: below 1 the port is switched off",
                {"type": "integer", "minimum": -1, "maximum": 65535},
            ),
            "read_replica": {"type": "boolean", "default": False},
        },
        ("name", "address"),
    ),
}
_PER_DATACENTER: dict[str, Any] = {
    "trust_domain": _STRING,
    "acl": _ACL,
    "default_intention_policy": _POLICY,
    "registered_with": {"enum": ["server", "client"]},
    "node": _described("the node of services whose files name none", _NODE),
    "virtual_ips": _VIRTUAL_IPS,
}
_EXPORTED = _closed(
    {
        "name": _STRING,
        "namespace": _STRING,
        "protocol": {"enum": ["tcp", "http", "http2", "grpc"]},
        "gateways": {
            "type": "array",
            "items": _closed({"address": _STRING, "port": _PORT}, ("address", "port")),
        },
    },
    ("name",),
)

PROJECT_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "meshgw project file",
    "description": "What the configuration files of a tree do not say themselves. Everything is optional.",
} | _closed(
    {
        "edition": _described(
            "`auto` is enterprise when any input names a partition or namespace other than default",
            {"enum": ["auto", "community", "enterprise"], "default": "auto"},
        ),
        "consul_version": _described(
            "what only a newer Consul knows is an unknown key", {"enum": ["1.22", "1.23"], "default": "1.22"}
        ),
        "datacenter": _described("for files that do not say", _STRING | {"default": "dc1"}),
        "primary_datacenter": _STRING,
        **_PER_DATACENTER,
        "tenancy": _described(
            "for files that do not say themselves; the first match wins, {name} captures",
            {
                "type": "array",
                "items": _closed(
                    {
                        "path": _STRING,
                        "datacenter": _STRING,
                        "partition": _STRING,
                        "namespace": _STRING,
                        "node": _STRING,
                    },
                    ("path",),
                ),
            },
        ),
        "datacenters": _described(
            "what differs in a datacenter",
            {
                "type": "object",
                "additionalProperties": _closed(
                    {**_PER_DATACENTER, "primary_datacenter": _STRING, "servers": _SERVERS}
                ),
            },
        ),
        "servers": _SERVERS,
        "nodes": _described(
            "addresses of nodes that no agent file in the tree describes",
            {
                "type": "object",
                "additionalProperties": _closed(
                    {
                        "address": _STRING,
                        "datacenter": _STRING,
                        "partition": _STRING,
                        "tagged_addresses": {"type": "object", "additionalProperties": _STRING},
                    },
                    ("address",),
                ),
            },
        ),
        "peerings": _described(
            "both ends (DATACENTER or DATACENTER/PARTITION: the name it uses for the other), or one end and "
            "what the other, elsewhere, exports",
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "accepted_by": _STRING,
                        "exports": {"type": "array", "items": {"anyOf": [_STRING, _EXPORTED]}},
                        "addresses": _described(
                            "HOST:PORT of the servers of an end elsewhere, or of one in the tree in place of "
                            "those that are found there",
                            _STRINGS,
                        ),
                    },
                    "additionalProperties": _STRING,
                },
            },
        ),
        "kubernetes": _closed(
            {
                "mirroring": {"type": "boolean", "default": True},
                "prefix": {"type": "string", "default": ""},
                "destination_namespace": _STRING | {"default": "default"},
                "partition": _STRING,
            }
        ),
        "environment": _described(
            "what `$NAME` in statsd URLs of a bootstrap may use",
            {"type": "object", "additionalProperties": {"type": "string"}},
        ),
        "ignore": _described("path patterns that are not read", _STRINGS),
        "rules": _described(
            "severity of single rules",
            {"type": "object", "additionalProperties": {"enum": ["off", "info", "warning", "error"]}},
        ),
        "allow": _described(
            "findings that are accepted, for formats without comments",
            {
                "type": "array",
                "items": _closed(
                    {"rule": _STRING, "path": _STRING, "reason": _STRING}, ("rule", "path", "reason")
                ),
            },
        ),
    }
)
