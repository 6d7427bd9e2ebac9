"""Rules and blocks that several kinds share (config-entries.md 1.12, 1.15)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from meshgw.diagnostics.evaluation import every
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry
from meshgw.schema.fields import Block, block, mapping, replace, text, texts

if TYPE_CHECKING:
    from meshgw.entries.ingress_parts import IngressService
    from meshgw.entries.terminating_gateway import LinkedService

WILDCARD = "*"
CONSUL = "consul"
"""The service that Consul's servers register: nothing in a mesh can stand for it."""
HTTP_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE")
HTTP_LIKE = frozenset({"http", "http2", "grpc"})


@block
class MeshGatewayConfig(Block):
    """How calls to other partitions, datacenters and peers go through mesh gateways."""

    mode: str = text("Mode", one_of=("none", "local", "remote"), doc="`none`, `local` or `remote`")


@block
class HeaderModifiers(Block):
    """Headers to add, set and remove."""

    add: dict[str, str] = mapping("Add", doc="headers to append")
    set: dict[str, str] = mapping("Set", doc="headers to overwrite")
    remove: tuple[str, ...] = texts("Remove", doc="headers to take away")

    @property
    def empty(self) -> bool:
        return not (self.add or self.set or self.remove)


@rule("meta-too-many", consul="Meta exceeds maximum element count 64")  # MT-01
def meta_too_many(entry: Entry, report: Report) -> None:
    """More than 64 pairs in `Meta`.

    Consul stores at most 64 pairs of metadata with a config entry.

    Refused:

        Kind = "mesh"
        Meta = { %{65 pairs: k%d = "v"} }

    Accepted:

        Kind = "mesh"
        Meta = { owner = "team-a" }
    """
    if len(entry.meta) > 64:
        report(f"{len(entry.meta)} pairs in `Meta`; at most 64 are allowed", at=("Meta",), part="key")


@rule("meta-key-too-long", consul="exceeds maximum length 128")  # MT-02
def meta_key_too_long(entry: Entry, report: Report) -> None:
    """A key of `Meta` that is longer than 128 bytes.

    Lengths are counted in bytes of UTF-8, not in characters.

    Refused:

        Kind = "mesh"
        Meta = { %{129 x k} = "v" }

    Accepted:

        Kind = "mesh"
        Meta = { owner = "team-a" }
    """
    for key in sorted(entry.meta):
        if len(key.encode()) > 128:
            report(f"a key of {len(key.encode())} bytes in `Meta`; at most 128", at=("Meta", key), part="key")


@rule("meta-value-too-long", consul="exceeds maximum length 512")  # MT-03
def meta_value_too_long(entry: Entry, report: Report) -> None:
    """A value in `Meta` that is longer than 512 bytes.

    Lengths are counted in bytes of UTF-8, not in characters.

    Refused:

        Kind = "mesh"
        Meta = { owner = "%{513 x v}" }

    Accepted:

        Kind = "mesh"
        Meta = { owner = "team-a" }
    """
    for key, value in sorted(entry.meta.items()):
        if len(value.encode()) > 512:
            report(f"a value of {len(value.encode())} bytes in `Meta`; at most 512", at=("Meta", key))


META = every(meta_too_many, meta_key_too_long, meta_value_too_long)


@rule("entry-name-missing", on="entry", consul="serviceName is required")  # XG-01
def entry_name_missing(entry: Entry, report: Report) -> None:
    """An entry without a name, of a kind whose own validation does not ask for one.

    Consul's store needs the name, so the write fails after everything else has passed. An agent
    file with such a bootstrap entry loads; the write fails later, on the server.

    Refused:

        Kind        = "file-system-certificate"
        Certificate = "/etc/certs/web.pem"
        PrivateKey  = "/etc/certs/web.key"

    Accepted:

        Kind        = "file-system-certificate"
        Name        = "web"
        Certificate = "/etc/certs/web.pem"
        PrivateKey  = "/etc/certs/web.key"
    """
    if not entry.name and report.profile.entry_path != "bootstrap":
        missing = "missing primary index" if entry.kind == "ingress-gateway" else None
        report("the entry has no `Name`", at=("Name",), consul=missing, help="give it a `Name`")


def report_unlike_wildcard(
    services: Sequence[IngressService | LinkedService], report: Report, *, help: str
) -> None:
    """Report the services of a gateway or listener whose settings are not those of its `*`."""
    wildcards = {
        (service.partition, service.namespace): index
        for index, service in enumerate(services)
        if service.name == WILDCARD
    }
    for index, service in enumerate(services):
        common = wildcards.get((service.partition, service.namespace))
        if common is not None and replace(services[common], name=service.name) != service:
            report(
                f"`{service.name}` has other settings than `*`",
                at=("Services", index),
                related=report.place((*report.base, "Services", common), "all services"),
                note="which of the two count depends on whether the service or the entry came first",
                help=help,
            )
