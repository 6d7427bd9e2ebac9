"""The project file `meshgw.yaml`: what the files of a tree do not say themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from meshgw.diagnostics.model import Location
from meshgw.loading.patterns import match_path
from meshgw.profile import Edition
from meshgw.source.document import Document, Path

PROJECT_FILE = "meshgw.yaml"
PEERING_KEYS = frozenset({"accepted_by", "exports", "addresses"})
"""The keys of a peering that name none of its ends."""

ASSUMED_TRUST_DOMAIN = "11111111-2222-3333-4444-555555555555.consul"

Policy: TypeAlias = Literal["allow", "deny"]


@dataclass(frozen=True, slots=True)
class NodeSetting:
    """A node of the project file. `wan` is its `wan` tagged address."""

    name: str
    address: str
    datacenter: str = ""
    partition: str = ""
    tagged_addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServerSetting:
    """A Consul server, as gateways dial it. A `grpc_tls_port` below 1 is one that is switched off."""

    name: str
    address: str
    port: int = 8300
    grpc_tls_port: int = 8503
    read_replica: bool = False


@dataclass(frozen=True, slots=True)
class TenancyRule:
    """Tenancy and node of files by path; values may use the captures of `path`."""

    path: str
    datacenter: str = ""
    partition: str = ""
    namespace: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class PathTenancy:
    """What a tenancy rule says of one file; empty where it says nothing."""

    datacenter: str = ""
    partition: str = ""
    namespace: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class DatacenterSetting:
    """What the project file says of one datacenter; `None` where it says nothing."""

    trust_domain: str | None = None
    primary_datacenter: str | None = None
    acl_enabled: bool | None = None
    acl_default_policy: Policy | None = None
    default_intention_policy: Policy | None = None
    registered_with: Literal["server", "client"] | None = None
    node: NodeSetting | None = None
    servers: tuple[ServerSetting, ...] = ()
    virtual_ips: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RemoteExport:
    """A service that a peer outside the tree exports to us."""

    name: str
    namespace: str = "default"
    protocol: str = "tcp"
    gateways: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Peering:
    """A peering. `ends` maps DATACENTER or DATACENTER/PARTITION to the name it gives the other end.

    With one end outside the tree, `name` is what the local `partition` calls it, `remote_name` what it
    calls this one. `exports` is `None` when nobody says what it offers; `addresses` are its servers', or
    those that the token of the accepting end was given instead.
    `location` is where the project file says it.
    """

    ends: Mapping[str, str] = field(default_factory=dict)
    accepted_by: str = ""
    name: str = ""
    partition: str = "default"
    datacenter: str = ""
    trust_domain: str = ""
    exports: tuple[RemoteExport, ...] | None = None
    remote_name: str = ""
    remote_datacenter: str = ""
    remote_partition: str = ""
    addresses: tuple[str, ...] = ()
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class KubernetesSetting:
    """How the operator maps Kubernetes namespaces (Enterprise)."""

    mirroring: bool = True
    prefix: str = ""
    destination_namespace: str = "default"
    partition: str = ""

    def namespace(self, kubernetes_namespace: str) -> str:
        """The Consul namespace of resources of a Kubernetes namespace."""
        if not self.mirroring:
            return self.destination_namespace
        return self.prefix + (kubernetes_namespace or "default")


@dataclass(frozen=True, slots=True)
class Allowance:
    """A finding that the team accepts: rule, path pattern and reason."""

    rule: str
    path: str
    reason: str
    location: Location | None = None


@dataclass(frozen=True, kw_only=True)
class Project:
    """A read project file; `document` is `None` when there is none. `folder` is where it stands."""

    document: Document | None = None
    folder: str = "."
    edition: Edition | None = None
    consul_version: tuple[int, int] = (1, 22)
    datacenter: str | None = None
    own: DatacenterSetting = field(default_factory=DatacenterSetting)
    datacenters: Mapping[str, DatacenterSetting] = field(default_factory=dict)
    tenancy: tuple[TenancyRule, ...] = ()
    nodes: Mapping[str, NodeSetting] = field(default_factory=dict)
    peerings: tuple[Peering, ...] = ()
    kubernetes: KubernetesSetting = field(default_factory=KubernetesSetting)
    environment: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)
    allow: tuple[Allowance, ...] = ()

    def tenancy_of(self, path: str) -> PathTenancy:
        """What the first tenancy rule that fits says of a file (path relative to the project file)."""
        for rule in self.tenancy:
            captured = match_path(rule.path, path)
            if captured is not None:
                return PathTenancy(
                    *(
                        _filled(value, captured)
                        for value in (rule.datacenter, rule.partition, rule.namespace, rule.node)
                    )
                )
        return PathTenancy()

    def locate(self, path: Path) -> Location | None:
        """Where the project file says something."""
        return None if self.document is None else Location(self.document, path)


def _filled(value: str, captured: Mapping[str, str]) -> str:
    for name, text in captured.items():
        value = value.replace(f"{{{name}}}", text)
    return value


@dataclass(frozen=True, slots=True)
class ProjectFault:
    """Something that the project file may not say."""

    path: Path
    message: str
    help: str | None = None


def project_faults(value: Any) -> list[ProjectFault]:
    """What is wrong with the content of a project file, by its JSON Schema and beyond."""
    from meshgw.loading.project_faults import find_faults

    return find_faults(value)


def with_words(value: Any) -> Any:
    """A project file's content with `off` for what YAML reads as false in `rules`."""
    if not isinstance(value, dict) or not isinstance(value.get("rules"), dict):
        return value
    rules = {name: "off" if level is False else level for name, level in value["rules"].items()}
    return {**value, "rules": rules}


def make_project(value: Mapping[str, Any], document: Document | None, folder: str) -> Project:
    """The project of valid content (`project_faults` found nothing)."""
    edition: Edition | None = None if value.get("edition", "auto") == "auto" else value["edition"]
    captures = value.get("tenancy", ())
    return Project(
        document=document,
        folder=folder,
        edition=edition,
        consul_version=_version(value.get("consul_version", "1.22")),
        datacenter=value.get("datacenter"),
        own=_datacenter(value),
        datacenters={name: _datacenter(item or {}) for name, item in value.get("datacenters", {}).items()},
        tenancy=tuple(_tenancy_rule(item) for item in captures),
        nodes={name: _node(name, item) for name, item in value.get("nodes", {}).items()},
        peerings=tuple(
            _peering(item, Location(document, ("peerings", index)) if document else None)
            for index, item in enumerate(value.get("peerings", ()))
        ),
        kubernetes=KubernetesSetting(**value.get("kubernetes", {})),
        environment=dict(value.get("environment", {})),
        ignore=tuple(value.get("ignore", ())),
        rules=dict(value.get("rules", {})),
        allow=tuple(
            Allowance(**item, location=Location(document, ("allow", index)) if document else None)
            for index, item in enumerate(value.get("allow", ()))
        ),
    )


def _version(text: str) -> tuple[int, int]:
    major, _, minor = str(text).partition(".")
    return int(major), int(minor)


def _tenancy_rule(item: Mapping[str, str]) -> TenancyRule:
    """A rule whose captures also stand for the keys of the same name that it does not set."""
    filled = dict(item)
    for name in ("datacenter", "partition", "namespace", "node"):
        if f"{{{name}}}" in item["path"]:
            filled.setdefault(name, f"{{{name}}}")
    return TenancyRule(**filled)


def _datacenter(value: Mapping[str, Any]) -> DatacenterSetting:
    acl = value.get("acl", {})
    trust_domain = value.get("trust_domain")
    return DatacenterSetting(
        trust_domain=trust_domain.lower() if trust_domain else None,
        primary_datacenter=value.get("primary_datacenter"),
        acl_enabled=acl.get("enabled"),
        acl_default_policy=acl.get("default_policy"),
        default_intention_policy=value.get("default_intention_policy"),
        registered_with=value.get("registered_with"),
        node=_node(value["node"]["name"], value["node"]) if "node" in value else None,
        servers=tuple(ServerSetting(**server) for server in value.get("servers", ())),
        virtual_ips=dict(value.get("virtual_ips", {})),
    )


def _node(name: str, value: Mapping[str, Any]) -> NodeSetting:
    return NodeSetting(
        name=name,
        address=value["address"],
        datacenter=value.get("datacenter", ""),
        partition=value.get("partition", ""),
        tagged_addresses=dict(value.get("tagged_addresses", {})),
    )


def _peering(value: Mapping[str, Any], location: Location | None) -> Peering:
    exports = value.get("exports")
    said = None if exports is None else tuple(_remote_export(item) for item in exports)
    if "name" not in value:
        ends = {key.lower(): name for key, name in value.items() if key not in PEERING_KEYS}
        accepted = value.get("accepted_by", "").lower()
        addresses = tuple(value.get("addresses", ()))
        return Peering(ends=ends, accepted_by=accepted, exports=said, addresses=addresses, location=location)
    return Peering(
        name=value["name"],
        partition=value.get("partition", "default").lower(),
        datacenter=value.get("datacenter", "").lower(),
        trust_domain=value.get("trust_domain", "").lower(),
        accepted_by=value.get("accepted_by", "").lower(),
        exports=said,
        remote_name=value.get("remote_name", ""),
        remote_datacenter=value.get("remote_datacenter", "").lower(),
        remote_partition=value.get("remote_partition", "").lower(),
        addresses=tuple(value.get("addresses", ())),
        location=location,
    )


def _remote_export(item: str | Mapping[str, Any]) -> RemoteExport:
    if isinstance(item, str):
        return RemoteExport(item)
    gateways = tuple((gateway["address"], gateway["port"]) for gateway in item.get("gateways", ()))
    return RemoteExport(item["name"], item.get("namespace", "default"), item.get("protocol", "tcp"), gateways)
