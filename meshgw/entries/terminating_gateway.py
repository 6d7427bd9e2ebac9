"""terminating-gateway (config-entries.md 2.8): services outside the mesh that the mesh can call."""

from __future__ import annotations

from typing import Self

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.shared import META, WILDCARD, entry_name_missing, report_unlike_wildcard
from meshgw.schema.fields import Block, block, blocks, boolean, replace, tenancy, text

_FILES = ("CAFile", "CertFile", "KeyFile")


@block
class LinkedService(Block):
    """A service that the gateway represents, and how it calls it."""

    name: str = text("Name", doc="the service, or `*` for all that have no proxy")
    namespace: str = tenancy("Namespace", doc="its namespace (Enterprise)")
    partition: str = text(
        "Partition", layers=frozenset({"server"}), enterprise=frozenset({"server"}), crd=None
    )
    ca_file: str = text("CAFile", alias="ca_file", doc="CA of the service's certificate; turns on TLS")
    cert_file: str = text("CertFile", alias="cert_file", doc="the gateway's own certificate")
    key_file: str = text("KeyFile", alias="key_file", doc="key of that certificate")
    sni: str = text("SNI", doc="server name sent in TLS, and expected in the certificate")
    disable_auto_host_rewrite: bool = boolean(
        "DisableAutoHostRewrite", doc="keep the `Host` header of the request"
    )


@config_entry("terminating-gateway")
class TerminatingGateway(Entry):
    """Lets services in the mesh call services outside it."""

    services: tuple[LinkedService, ...] = blocks("Services", LinkedService, doc="may be empty")

    def normalize(self) -> Self:
        return replace(
            self,
            services=tuple(
                replace(
                    service,
                    namespace=service.namespace.lower() or self.namespace,
                    partition=service.partition.lower() or self.partition,
                )
                for service in self.services
            ),
        )


@rule("terminating-service-unnamed", on=TerminatingGateway, consul="Service name cannot be blank")  # TG-02
def terminating_service_unnamed(service: LinkedService, report: Report) -> None:
    """A service of a terminating gateway without a name.

    Refused:

        Kind = "terminating-gateway"
        Name = "egress"
        Services { CAFile = "/etc/certs/ca.pem" SNI = "db.example.com" }

    Accepted:

        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "db" CAFile = "/etc/certs/ca.pem" SNI = "db.example.com" }
    """
    if not service.name:
        report("the service has no `Name`", at=("Name",), help='name the service, or `"*"` for all')


@rule(
    "terminating-wildcard-namespace",
    on=TerminatingGateway,
    consul="Wildcard namespace is not supported for terminating",
    edition="enterprise",
)  # TG-03
def terminating_wildcard_namespace(service: LinkedService, report: Report) -> None:
    """A service in all namespaces.

    Refused:

        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "db" Namespace = "*" }

    Accepted:

        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "db" Namespace = "shop" }
    """
    if service.namespace == WILDCARD:
        report("the namespace of a service is a wildcard", at=("Namespace",), help="name the namespace")


@rule(
    "terminating-service-in-other-partition",
    on=TerminatingGateway,
    consul="service %",
    edition="enterprise",
)  # TG-04
def terminating_service_in_other_partition(service: LinkedService, report: Report) -> None:
    """A service of another partition than the gateway's.

    A terminating gateway serves its own partition only.

    Refused (enterprise, http):

        { "Kind": "terminating-gateway", "Name": "egress", "Partition": "shop",
          "Services": [{ "Name": "db", "Partition": "billing" }] }

    Accepted (enterprise, http):

        { "Kind": "terminating-gateway", "Name": "egress", "Partition": "shop",
          "Services": [{ "Name": "db", "Partition": "shop" }] }
    """
    if service.partition != report.root.partition:
        report(
            f"the service is in partition `{service.partition}`, the gateway in `{report.root.partition}`",
            at=("Partition",),
            help="write a gateway for each partition",
        )


@rule("terminating-service-twice", on=TerminatingGateway, consul="was specified more than once")  # TG-05
def terminating_service_twice(service: LinkedService, report: Report) -> None:
    """A service that stands twice in a terminating gateway.

    Refused:

        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "db" }
        Services { Name = "db" }

    Accepted:

        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "db" }
        Services { Name = "*" }
    """
    earlier = report.met((service.partition, service.namespace, service.name))
    if earlier is not None:
        report(
            f"the service `{service.name}` a second time",
            related=report.place(earlier, "the first one"),
            help="keep one of them",
        )


@rule(
    "terminating-files-incomplete",
    on=TerminatingGateway,
    consul="must have a CertFile, CAFile, and KeyFile",
)  # TG-06
def terminating_files_incomplete(service: LinkedService, report: Report) -> None:
    """A client certificate or key without the other files.

    `CAFile` alone turns on TLS. To present a certificate all three files are needed.

    Refused:

        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "db" SNI = "db" CertFile = "/etc/certs/db.pem" KeyFile = "/etc/certs/db.key" }

    Accepted:

        Kind = "terminating-gateway"
        Name = "egress"
        Services {
          Name     = "db"
          SNI      = "db.example.com"
          CAFile   = "/etc/certs/ca.pem"
          CertFile = "/etc/certs/db.pem"
          KeyFile  = "/etc/certs/db.key"
        }
    """
    missing = [name for name in _FILES if not getattr(service, service.attribute_of(name))]
    if missing and (service.cert_file or service.key_file):
        report(
            f"the service has no {' and no '.join(f'`{name}`' for name in missing)}",
            at=("CertFile" if service.cert_file else "KeyFile",),
            part="key",
            help="give all three files, or `CAFile` alone",
        )


@rule("terminating-tls-without-sni", on=TerminatingGateway, severity="warning")
def terminating_tls_without_sni(service: LinkedService, report: Report) -> None:
    """TLS to a service without the name it is expected to have.

    Without `SNI` the gateway accepts any certificate that the CA has issued, whoever shows it, and
    names no server, so one that has several certificates cannot choose. Consul prints a warning.

    Found:

        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "db" CAFile = "/etc/certs/ca.pem" }

    Accepted:

        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "db" CAFile = "/etc/certs/ca.pem" SNI = "db.example.com" }
    """
    if service.ca_file and not service.sni:
        report(
            f"`{service.name}` is called with TLS, but any certificate of the CA will do",
            at=("CAFile",),
            part="key",
            help="set `SNI` to the name in the service's certificate",
        )


@rule("terminating-sni-without-ca", on=TerminatingGateway, severity="warning")
def terminating_sni_without_ca(service: LinkedService, report: Report) -> None:
    """A server name without a CA.

    Only `CAFile` turns on TLS. Without it the service is called in plain text.

    Found:

        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "db" SNI = "db.example.com" }

    Accepted:

        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "db" SNI = "db.example.com" CAFile = "/etc/certs/ca.pem" }
    """
    if service.sni and not (service.ca_file or service.cert_file or service.key_file):
        report(
            f"`SNI` has no effect: `{service.name}` is called without TLS",
            at=("SNI",),
            part="key",
            help="set `CAFile` to turn on TLS",
        )


@rule("terminating-service-differs-by-case", on=TerminatingGateway, severity="warning")
def terminating_service_differs_by_case(service: LinkedService, report: Report) -> None:
    """Two services of a gateway whose names differ by case only.

    Names of services are compared without regard to case, so both mean one service.

    Found:

        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "db" }
        Services { Name = "DB" }

    Accepted:

        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "db" }
    """
    earlier = report.met((service.partition, service.namespace, service.name.lower()))
    other = report.root.services[earlier[1]].name if earlier else service.name
    if earlier is not None and other != service.name:
        report(
            f"the services `{service.name}` and `{other}` differ by case only",
            at=("Name",),
            related=report.place(earlier, "the other one"),
            help="keep the one that is spelled as the service is registered",
        )


@rule("terminating-service-differs-from-wildcard", on=TerminatingGateway, severity="warning")  # OG-W03
def terminating_service_differs_from_wildcard(gateway: TerminatingGateway, report: Report) -> None:
    """A service that is listed with other settings than `*` has.

    For a service that exists when the entry is written only its own settings count. One that is
    registered for the first time later gets those of `*`, until the entry is written again.

    Found:

        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "*" CAFile = "/etc/certs/ca.pem" SNI = "example.com" }
        Services { Name = "db" }

    Accepted:

        Kind = "terminating-gateway"
        Name = "egress"
        Services { Name = "*" }
        Services { Name = "db" }
    """
    report_unlike_wildcard(gateway.services, report, help="give both the same settings, or list all services")


judged(
    TerminatingGateway,
    first(
        META,  # TG-01
        each(
            "Services",
            terminating_service_unnamed,  # TG-02
            terminating_wildcard_namespace,  # TG-03
            terminating_service_in_other_partition,  # TG-04
            terminating_service_twice,  # TG-05
            terminating_files_incomplete,  # TG-06
        ),
        entry_name_missing,  # XG-01
    ),
    each(
        "Services",
        terminating_tls_without_sni,
        terminating_sni_without_ca,
        terminating_service_differs_by_case,
    ),
    terminating_service_differs_from_wildcard,
)
