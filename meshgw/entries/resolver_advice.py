"""What Consul accepts in a service-resolver and what breaks, or surprises, later."""

from __future__ import annotations

from typing import Any

from meshgw.diagnostics.evaluation import Step, each
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.resolver_load_balancer import HASHING
from meshgw.entries.resolver_parts import (
    KIND,
    CookieConfig,
    Failover,
    FailoverTarget,
    HashPolicy,
    LeastRequestConfig,
    LoadBalancer,
    RingHashConfig,
)
from meshgw.entries.resolver_subsets import FILTER_ADVICE
from meshgw.schema.durations import format_duration
from meshgw.schema.spelling import spelling_of

_LARGEST_RING = 8 * 1024 * 1024
_MILLISECOND = 1_000_000


@rule("redirect-to-itself", on=KIND, severity="warning")  # discovery-chain.md Q8
def redirect_to_itself(resolver: Any, report: Report) -> None:
    """A redirect to the service that it belongs to.

    It changes nothing, but the service can no longer have an external SNI.

    Found:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "web" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "web", Datacenter = "dc2" }
    """
    redirect = resolver.redirect
    if redirect is None or redirect.service != resolver.name:
        return
    elsewhere = redirect.service_subset or redirect.datacenter or redirect.peer or redirect.sameness_group
    if not elsewhere and not _other_tenancy(resolver):
        report(
            f"the redirect of `{resolver.name}` leads to `{resolver.name}`",
            at=("Redirect",),
            part="key",
            help="take `Redirect` out",
        )


def _other_tenancy(resolver: Any) -> bool:
    redirect = resolver.redirect
    partition, namespace = redirect.partition.lower(), redirect.namespace.lower()
    return partition not in ("", resolver.partition) or namespace not in ("", resolver.namespace)


@rule("redirect-hides-settings", on=KIND, severity="warning")  # D-23
def redirect_hides_settings(resolver: Any, report: Report) -> None:
    """Settings beside a redirect to another service.

    Requests go on to the other service and follow its resolver; what else this entry says has no effect.

    Found:

        Kind           = "service-resolver"
        Name           = "web"
        ConnectTimeout = "3s"
        Redirect       = { Service = "web-next" }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "web-next" }
    """
    redirect = resolver.redirect
    if redirect is None or redirect.sameness_group or not redirect.service:
        return
    if redirect.service == resolver.name and not _other_tenancy(resolver):
        return
    for field in _HIDDEN:
        if getattr(resolver, resolver.attribute_of(field)):
            report(
                f"`{field}` has no effect beside the redirect to `{redirect.service}`",
                at=(field,),
                part="key",
                help=f"write it in the resolver of `{redirect.service}`",
            )


_HIDDEN = (
    "DefaultSubset", "Subsets", "ConnectTimeout", "RequestTimeout", "PrioritizeByLocality", "LoadBalancer",
)  # fmt: skip


@rule("failover-to-itself", on=KIND, severity="warning")  # DC-W04
def failover_to_itself(failover: Failover, report: Report) -> None:
    """A failover to the very instances that have failed.

    Consul leaves out a target that is the same service, subset, datacenter and partition again. Without
    another target there is no failover.

    Found:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Service = "web" }, { Datacenter = "dc2" }] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Datacenter = "dc2" }] } }
    """
    resolver, key = report.root, str(report.base[-1])
    for index, target in enumerate(failover.targets):
        elsewhere = target.datacenter or target.peer
        if not elsewhere and _same_service(target, key, resolver) and not _moves(target, resolver):
            message = f"target {index + 1} is `{resolver.name}` itself"
            report(message, at=("Targets", index), help="take the target out, or name another one")
    if failover.targets or failover.datacenters or failover.sameness_group:
        return
    alone = failover.service or failover.service_subset or failover.namespace
    if alone and _same_service(failover, key, resolver) and not _moves(failover, resolver):
        message = f"the failover of `{resolver.name}` leads to `{resolver.name}`"
        report(message, part="key", help="name another service, subset or datacenter")


def _same_service(value: Failover | FailoverTarget, key: str, resolver: Any) -> bool:
    return value.service in ("", resolver.name) and value.service_subset in ("", key)


def _moves(value: Failover | FailoverTarget, resolver: Any) -> bool:
    partition = value.partition.lower() if isinstance(value, FailoverTarget) else ""
    namespace = value.namespace.lower()
    return partition not in ("", resolver.partition) or namespace not in ("", resolver.namespace)


@rule("failover-place-twice", on=KIND, severity="warning")
def failover_place_twice(failover: Failover, report: Report) -> None:
    """A failover that tries the same place twice.

    The second attempt meets the instances that have just failed.

    Found:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Datacenters = ["dc2", "dc3", "dc2"] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Datacenters = ["dc2", "dc3"] } }
    """
    for field in ("Targets", "Datacenters"):
        for index, place in enumerate(getattr(failover, failover.attribute_of(field))):
            before = report.met((report.base[-1], field, place), (field, index))
            if before is not None and place:
                report(
                    f"the same place again in `{field}`",
                    at=(field, index),
                    related=report.place(before, "the first one"),
                    help="take the second one out",
                )


@rule("failover-namespace-hidden", on=KIND, severity="warning", edition="enterprise")  # DC-W04
def failover_namespace_hidden(failover: Failover, report: Report) -> None:
    """A namespace beside a list of targets.

    Targets have namespaces of their own; that of the failover has no effect on them.

    Found:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Namespace = "shop", Targets = [{ Peer = "east" }] } }

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Peer = "east", Namespace = "shop" }] } }
    """
    if failover.targets and failover.namespace:
        report(
            "`Namespace` has no effect beside `Targets`",
            at=("Namespace",),
            help="write it in each target",
        )


@rule("resolver-timeout-tiny", on=KIND, severity="warning")  # D-18
def resolver_timeout_tiny(resolver: Any, report: Report) -> None:
    """A timeout of less than a millisecond.

    A number without a unit counts nanoseconds.

    Found:

        Kind           = "service-resolver"
        Name           = "web"
        ConnectTimeout = 15

    Accepted:

        Kind           = "service-resolver"
        Name           = "web"
        ConnectTimeout = "15s"
    """
    for field in ("ConnectTimeout", "RequestTimeout"):
        value = getattr(resolver, resolver.attribute_of(field))
        if 0 < value < _MILLISECOND:
            report(
                f"`{field}` is {format_duration(value)}",
                at=(field,),
                note="a number without a unit counts nanoseconds",
                help='write a duration with its unit, such as `"15s"`',
            )


@rule("ring-size-impossible", on=KIND)
def ring_size_impossible(config: RingHashConfig, report: Report) -> None:
    """Ring sizes that Envoy refuses.

    Consul sends both sizes as soon as the block is there, an unset one as 0. Envoy refuses a minimum
    above the maximum, and sizes above 8388608; every proxy that calls the service keeps its old clusters.

    Found:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy         = "ring_hash"
          RingHashConfig = { MinimumRingSize = 2048 }
          HashPolicies   = [{ SourceIP = true }]
        }

    Accepted:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy         = "ring_hash"
          RingHashConfig = { MinimumRingSize = 2048, MaximumRingSize = 4096 }
          HashPolicies   = [{ SourceIP = true }]
        }
    """
    low, high = config.minimum_ring_size, config.maximum_ring_size
    if low > high:
        report(
            f"`MinimumRingSize` is {low} and `MaximumRingSize` {high}",
            at=("MinimumRingSize",),
            note=f"Envoy: ring hash: minimum_ring_size ({low}) > maximum_ring_size ({high})",
            help="set both, the minimum not above the maximum",
        )
    elif high > _LARGEST_RING:
        report(
            f"`MaximumRingSize` is {high}; Envoy takes at most {_LARGEST_RING}",
            at=("MaximumRingSize",),
            help=f"set at most {_LARGEST_RING}",
        )


@rule("choice-count-impossible", on=KIND)
def choice_count_impossible(config: LeastRequestConfig, report: Report) -> None:
    """A choice count that Envoy refuses.

    Consul sends the count as soon as the block is there, an unset one as 0. Envoy takes no less than 2,
    and refuses the cluster.

    Found:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy             = "least_request"
          LeastRequestConfig = { ChoiceCount = 1 }
        }

    Accepted:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy             = "least_request"
          LeastRequestConfig = { ChoiceCount = 2 }
        }
    """
    if config.choice_count < 2:
        report(
            f"`ChoiceCount` is {config.choice_count}; Envoy takes no less than 2",
            at=("ChoiceCount",),
            help="set at least 2, or take `LeastRequestConfig` out",
        )


@rule("balancer-hashes-nothing", on=KIND, severity="warning")
def balancer_hashes_nothing(balancer: LoadBalancer, report: Report) -> None:
    """A hashing policy without hash policies.

    Without something to hash Envoy picks an instance at random for every HTTP request.

    Found:

        Kind         = "service-resolver"
        Name         = "web"
        LoadBalancer = { Policy = "maglev" }

    Accepted:

        Kind         = "service-resolver"
        Name         = "web"
        LoadBalancer = { Policy = "maglev", HashPolicies = [{ SourceIP = true }] }
    """
    if balancer.policy in HASHING and not balancer.hash_policies:
        policies = [{"SourceIP": True}]
        report(
            f"`{balancer.policy}` without `HashPolicies`",
            at=("Policy",),
            help=f"say what is hashed, such as `{spelling_of(report).setting('HashPolicies', policies)}`",
        )


@rule("hash-policy-empty", on=KIND)  # MG-Q02, RT-19
def hash_policy_empty(policy: HashPolicy, report: Report) -> None:
    """A hash policy that says nothing.

    Consul stores it, but no route can be made of it: the proxies that call the service get no new
    configuration.

    Found:

        Kind         = "service-resolver"
        Name         = "web"
        LoadBalancer = { Policy = "maglev", HashPolicies = [{ Terminal = true }] }

    Accepted:

        Kind         = "service-resolver"
        Name         = "web"
        LoadBalancer = { Policy = "maglev", HashPolicies = [{ SourceIP = true, Terminal = true }] }
    """
    if not (policy.field or policy.field_value or policy.source_ip or policy.cookie_config is not None):
        report(
            "the hash policy does not say what is hashed", help="set `Field` and `FieldValue`, or `SourceIP`"
        )


@rule("cookie-ttl-negative", on=KIND)
def cookie_ttl_negative(cookie: CookieConfig, report: Report) -> None:
    """A cookie with a negative time to live.

    Envoy refuses the whole route configuration.

    Found:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies = [{ Field = "cookie", FieldValue = "user", CookieConfig = { TTL = "-1s" } }]
        }

    Accepted:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies = [{ Field = "cookie", FieldValue = "user", CookieConfig = { TTL = "1h" } }]
        }
    """
    if cookie.ttl < 0:
        report(
            f"the cookie's `TTL` is {format_duration(cookie.ttl)}",
            at=("TTL",),
            note="Envoy: Invalid duration: Expected positive duration",
            help=f"set a positive duration, or `{spelling_of(report).setting('Session', True)}`",
        )


ADVICE: tuple[Step, ...] = (
    redirect_to_itself,
    redirect_hides_settings,
    resolver_timeout_tiny,
    FILTER_ADVICE,
    each("Failover", failover_to_itself, failover_place_twice, failover_namespace_hidden),
    each(
        "LoadBalancer",
        balancer_hashes_nothing,
        each("RingHashConfig", ring_size_impossible),
        each("LeastRequestConfig", choice_count_impossible),
        each("HashPolicies", hash_policy_empty, each("CookieConfig", cookie_ttl_negative)),
    ),
)
