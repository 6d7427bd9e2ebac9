"""service-resolver (config-entries.md 2.5): which instances of which service a name stands for."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.resolver_advice import ADVICE
from meshgw.entries.resolver_failover import FAILOVER_RULES
from meshgw.entries.resolver_load_balancer import LOAD_BALANCER_RULES
from meshgw.entries.resolver_parts import (
    CookieConfig,
    Failover,
    FailoverPolicy,
    FailoverTarget,
    HashPolicy,
    LeastRequestConfig,
    LoadBalancer,
    PrioritizeByLocality,
    Redirect,
    RingHashConfig,
    Subset,
)
from meshgw.entries.resolver_redirect import REDIRECT_RULES, subset_help
from meshgw.entries.resolver_subsets import SUBSET_RULES
from meshgw.entries.shared import META
from meshgw.schema.durations import format_duration
from meshgw.schema.fields import duration, mapping, obj, text

__all__ = [
    "CookieConfig",
    "Failover",
    "FailoverPolicy",
    "FailoverTarget",
    "HashPolicy",
    "LeastRequestConfig",
    "LoadBalancer",
    "PrioritizeByLocality",
    "Redirect",
    "RingHashConfig",
    "ServiceResolver",
    "Subset",
]


@config_entry("service-resolver")
class ServiceResolver(Entry):
    """Which instances of which service a name stands for."""

    default_subset: str = text("DefaultSubset", alias="default_subset", doc="the subset meant by none")
    subsets: dict[str, Subset] = mapping("Subsets", Subset, doc="name of a subset → what belongs to it")
    redirect: Redirect | None = obj("Redirect", Redirect, optional=True)
    failover: dict[str, Failover] = mapping("Failover", Failover, doc="a subset, or `*` → where to go")
    connect_timeout: int = duration("ConnectTimeout", alias="connect_timeout", doc="0 is 5s")
    request_timeout: int = duration("RequestTimeout", alias="request_timeout", doc="0 is 15s at the proxy")
    prioritize_by_locality: PrioritizeByLocality | None = obj(
        "PrioritizeByLocality", PrioritizeByLocality, optional=True, alias="prioritize_by_locality"
    )
    load_balancer: LoadBalancer | None = obj(
        "LoadBalancer", LoadBalancer, optional=True, alias="load_balancer"
    )


@rule("resolver-unnamed", on=ServiceResolver, consul="Name is required")  # RS-01
def resolver_unnamed(resolver: ServiceResolver, report: Report) -> None:
    """A resolver without a name.

    The name is the service that is resolved.

    Refused:

        Kind           = "service-resolver"
        ConnectTimeout = "15s"

    Accepted:

        Kind           = "service-resolver"
        Name           = "web"
        ConnectTimeout = "15s"
    """
    if not resolver.name:
        report("the resolver has no `Name`", at=("Name",), help="set `Name` to the service it resolves")


@rule("default-subset-undefined", on=ServiceResolver, consul="is not a valid subset")  # RS-06
def default_subset_undefined(resolver: ServiceResolver, report: Report) -> None:
    """A default subset that is not defined.

    Refused:

        Kind          = "service-resolver"
        Name          = "web"
        DefaultSubset = "v2"
        Subsets       = { v1 = { Filter = "Service.Meta.version == v1" } }

    Accepted:

        Kind          = "service-resolver"
        Name          = "web"
        DefaultSubset = "v1"
        Subsets       = { v1 = { Filter = "Service.Meta.version == v1" } }
    """
    if resolver.default_subset and resolver.default_subset not in resolver.subsets:
        report(
            f"there is no subset `{resolver.default_subset}`",
            at=("DefaultSubset",),
            help=subset_help(resolver.subsets),
        )


@rule(
    "locality-preference-in-community",
    on=ServiceResolver,
    consul="Prioritize-by-locality requires Consul Enterprise",
    edition="community",
)  # RS-07
def locality_preference_in_community(preference: PrioritizeByLocality, report: Report) -> None:
    """A preference for near instances in Community.

    Refused:

        Kind                 = "service-resolver"
        Name                 = "web"
        PrioritizeByLocality = { Mode = "failover" }

    Accepted:

        Kind                 = "service-resolver"
        Name                 = "web"
        PrioritizeByLocality = { Mode = "" }
    """
    if preference.mode:
        report("`PrioritizeByLocality` needs Enterprise", at=("Mode",), help="take the block out")


@rule(
    "locality-preference-unknown",
    on=ServiceResolver,
    consul="Prioritize-by-locality",
    edition="enterprise",
    inferred=True,
)  # RS-08
def locality_preference_unknown(preference: PrioritizeByLocality, report: Report) -> None:
    """A mode of locality preference that does not exist.

    Refused:

        Kind                 = "service-resolver"
        Name                 = "web"
        PrioritizeByLocality = { Mode = "always" }

    Accepted:

        Kind                 = "service-resolver"
        Name                 = "web"
        PrioritizeByLocality = { Mode = "failover" }
    """
    if preference.mode not in ("", "none", "failover"):
        report(
            f"no locality preference is called `{preference.mode}`",
            at=("Mode",),
            help="one of: `none`, `failover`",
        )


@rule("connect-timeout-negative", on=ServiceResolver, consul="Bad ConnectTimeout")  # RS-43
def connect_timeout_negative(resolver: ServiceResolver, report: Report) -> None:
    """A negative connect timeout.

    0 is the default of five seconds.

    Refused:

        Kind           = "service-resolver"
        Name           = "web"
        ConnectTimeout = "-1s"

    Accepted:

        Kind           = "service-resolver"
        Name           = "web"
        ConnectTimeout = "15s"
    """
    if resolver.connect_timeout < 0:
        report(f"`ConnectTimeout` is {format_duration(resolver.connect_timeout)}", at=("ConnectTimeout",))


@rule("resolver-request-timeout-negative", on=ServiceResolver, consul="Bad RequestTimeout")  # RS-44
def resolver_request_timeout_negative(resolver: ServiceResolver, report: Report) -> None:
    """A negative request timeout.

    0 is Envoy's default of fifteen seconds. Only routes of a service-router can switch the timeout off.

    Refused:

        Kind           = "service-resolver"
        Name           = "web"
        RequestTimeout = "-1s"

    Accepted:

        Kind           = "service-resolver"
        Name           = "web"
        RequestTimeout = "30s"
    """
    if resolver.request_timeout < 0:
        report(f"`RequestTimeout` is {format_duration(resolver.request_timeout)}", at=("RequestTimeout",))


judged(
    ServiceResolver,
    first(
        resolver_unnamed,  # RS-01
        META,  # RS-02
        SUBSET_RULES,  # RS-03 ... RS-05
        default_subset_undefined,  # RS-06
        each(
            "PrioritizeByLocality",
            locality_preference_in_community,  # RS-07
            locality_preference_unknown,  # RS-08
        ),
        REDIRECT_RULES,  # RS-09 ... RS-26
        FAILOVER_RULES,  # RS-27 ... RS-42
        connect_timeout_negative,  # RS-43
        resolver_request_timeout_negative,  # RS-44
        LOAD_BALANCER_RULES,  # RS-45 ... RS-55
    ),
    *ADVICE,
)
