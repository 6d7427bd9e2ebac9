"""Rules about entries whose chain cannot be compiled (config-entries.md 3.4).

Examples with several entries have a line `---` between them; they are written in this order.
"""

from __future__ import annotations

from collections.abc import Callable

from meshgw.analysis.fault import Fault, tell
from meshgw.chain.model import ChainError, ErrorCode, Place
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry


@rule(
    "routing-needs-http",
    on="discovery chain",
    consul='uses a protocol "%" that does not permit advanced routing or splitting behavior',
)  # XG-05
def routing_needs_http(fault: Fault, report: Report) -> None:
    """A router or splitter for a service that does not speak HTTP.

    Requests can only be routed and divided where the protocol is `http`, `http2` or `grpc`. It comes
    from service-defaults, else from `Config.protocol` of proxy-defaults; the default is `tcp`.

    Refused:

        Kind = "service-router"
        Name = "web"

    Accepted:

        Kind     = "service-defaults"
        Name     = "web"
        Protocol = "http"
        ---
        Kind = "service-router"
        Name = "web"
    """
    tell(fault, report)


@rule(
    "chain-protocols-differ",
    on="discovery chain",
    consul='discovery chain "%" uses inconsistent protocols; service "%" has "%" which is not "%"',
)  # XG-06
def chain_protocols_differ(fault: Fault, report: Report) -> None:
    """Services of one chain that speak different protocols.

    Every service that a chain visits counts: destinations of routes, splits, redirects and failover,
    and services that are redirected away from. Services at peers do not count. `http`, `http2` and
    `grpc` are different.

    Refused:

        Kind     = "service-defaults"
        Name     = "db-next"
        Protocol = "http"
        ---
        Kind     = "service-resolver"
        Name     = "db"
        Redirect = { Service = "db-next" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "db"
        Redirect = { Service = "db-next" }
    """
    tell(fault, report)


@rule("chain-subset-missing", on="discovery chain", consul="does not have a subset named")  # XG-07
def chain_subset_missing(fault: Fault, report: Report) -> None:
    """A route, split, redirect or failover to a subset that does not exist.

    The resolver of the service that is named defines its subsets; it has to be written first.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", ServiceSubset = "v2" }

    Accepted:

        Kind    = "service-resolver"
        Name    = "api"
        Subsets = { v2 = { Filter = "Service.Meta.version == 2" } }
        ---
        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api", ServiceSubset = "v2" }
    """
    tell(fault, report)


@rule("redirect-loop", on="discovery chain", consul="detected circular resolver redirect")  # XG-08
def redirect_loop(fault: Fault, report: Report) -> None:
    """Resolvers that redirect in a circle.

    A redirect to the own service is no circle, nor is one to another datacenter or to a peer.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api" }
        ---
        Kind     = "service-resolver"
        Name     = "api"
        Redirect = { Service = "web" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api" }
    """
    tell(fault, report)


@rule("splitter-loop", on="discovery chain", consul="detected circular reference")  # XG-09
def splitter_loop(fault: Fault, report: Report) -> None:
    """Splitters that lead back to themselves.

    A split to the splitter's own service is no circle, and one to a subset leaves the splitter of
    that service out.

    Refused:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 100, Service = "api" }]
        ---
        Kind   = "service-splitter"
        Name   = "api"
        Splits = [{ Weight = 100, Service = "web" }]

    Accepted:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 50 }, { Weight = 50, Service = "api" }]
    """
    tell(fault, report)


@rule(
    "redirect-of-external-service",
    on="discovery chain",
    consul="cannot define redirects for external services",
)  # XG-10
def redirect_of_external_service(fault: Fault, report: Report) -> None:
    """A redirect for a service with an external SNI that stays on the service.

    Redirects to its own name, to another datacenter or to a peer under the same name are refused.
    One that leads to another service is followed first, and the external SNI is never looked at. A
    sameness group with `DefaultForFailover` counts as a redirect of every service without resolver.

    Refused:

        Kind        = "service-defaults"
        Name        = "web"
        ExternalSNI = "web.example.com"
        ---
        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Datacenter = "dc2" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Datacenter = "dc2" }
    """
    tell(fault, report)


@rule(
    "subsets-of-external-service", on="discovery chain", consul="cannot define subsets for external services"
)  # XG-11
def subsets_of_external_service(fault: Fault, report: Report) -> None:
    """Subsets of a service with an external SNI.

    Its instances all stand behind one name, so they cannot be told apart by SNI.

    Refused:

        Kind        = "service-defaults"
        Name        = "web"
        ExternalSNI = "web.example.com"
        ---
        Kind    = "service-resolver"
        Name    = "web"
        Subsets = { v1 = {} }

    Accepted:

        Kind        = "service-defaults"
        Name        = "web"
        ExternalSNI = "web.example.com"
    """
    tell(fault, report)


@rule(
    "failover-of-external-service",
    on="discovery chain",
    consul="cannot define failover for external services",
)  # XG-12
def failover_of_external_service(fault: Fault, report: Report) -> None:
    """Failover for a service with an external SNI.

    Refused:

        Kind        = "service-defaults"
        Name        = "web"
        ExternalSNI = "web.example.com"
        ---
        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Datacenters = ["dc2"] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Datacenters = ["dc2"] } }
    """
    tell(fault, report)


@rule(
    "sameness-group-missing",
    on="discovery chain",
    consul="sameness group missing for service",
    edition="enterprise",
)  # XG-13
def sameness_group_missing(fault: Fault, report: Report) -> None:
    """A redirect or failover to a sameness group that does not exist.

    Groups are looked up in the partition of the service whose chain is compiled.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { SamenessGroup = "everywhere" } }

    Accepted:

        Kind    = "sameness-group"
        Name    = "everywhere"
        Members = [{ Partition = "default" }, { Peer = "east" }]
        ---
        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { SamenessGroup = "everywhere" } }
    """
    tell(fault, report)


@rule("chain-too-large", on="discovery chain")
def chain_too_large(fault: Fault, report: Report) -> None:
    """Chains that grow beyond all measure.

    Consul replaces a split to a service with a splitter by that splitter's splits. Where splitters
    name one another several times, each level multiplies the splits of the one above; a server would
    run out of memory. meshgw stops at 100,000 splits and does not compile the chain. It also stops
    where thousands of redirects stand in a row, so that all chains together visit millions of
    services; the remaining chains are then not checked.

    Found:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind   = "service-splitter"
        Name   = "api"
        Splits = [%{400 pairs: { Weight = 0.25, Service = "db", RequestHeaders = { Remove = ["x-%d"] } }}]
        ---
        Kind   = "service-splitter"
        Name   = "web"
        Splits = [%{400 pairs: { Weight = 0.25, Service = "api", RequestHeaders = { Remove = ["x-%d"] } }}]

    Accepted:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 50 }, { Weight = 50, Service = "api" }]
    """
    tell(fault, report)


RULES: dict[ErrorCode, Callable[[Fault, Report], None]] = {
    "protocol-without-routing": routing_needs_http,
    "inconsistent-protocols": chain_protocols_differ,
    "subset-missing": chain_subset_missing,
    "redirect-loop": redirect_loop,
    "splitter-loop": splitter_loop,
    "external-redirect": redirect_of_external_service,
    "external-subsets": subsets_of_external_service,
    "external-failover": failover_of_external_service,
    "sameness-group-missing": sameness_group_missing,
    "too-many-splits": chain_too_large,
    "too-long": chain_too_large,
}

_HELP: dict[ErrorCode, str] = {
    "protocol-without-routing": "set `Protocol` of the service's service-defaults to http, http2 or grpc",
    "inconsistent-protocols": "give all services of the chain the same protocol",
    "subset-missing": "define the subset in the resolver of that service, or name another one",
    "redirect-loop": "let one of the resolvers answer for itself",
    "splitter-loop": "let one of the splits name a subset, or another service",
    "external-redirect": "take the redirect or the external SNI away",
    "external-subsets": "take the subsets or the external SNI away",
    "external-failover": "take the failover or the external SNI away",
    "sameness-group-missing": "write the sameness group first, in the same partition",
    "too-long": "let redirects and splits name their last service directly",
    "too-many-splits": "name each service once, and nest splitters less deeply",
}


def fault_of(error: ChainError, fallback: Entry) -> Fault:
    """A chain's error as a fault; `fallback` is where it is told when no entry is to blame."""
    help_ = _HELP[error.code]
    if error.code == "external-redirect" and error.place and error.place.entry.kind == "sameness-group":
        help_ = "write an empty service-resolver for the service; it keeps the group away from it"  # DC-W03
    return Fault(
        check=RULES[error.code],
        message=error.message,
        place=error.place or Place(fallback, ("Name",)),
        related=error.related,
        words="this is what leads to the fault",
        note=f"chain: {error.path}" if error.way else None,
        help=help_,
        name="all" if error.code == "too-long" else error.circle,
    )
