"""Rules about the load balancer of a service-resolver (config-entries.md 2.5)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.resolver_parts import KIND, HashPolicy, LoadBalancer
from meshgw.schema.spelling import spelling_of
from meshgw.schema.suggest import nearest, spelled_otherwise

POLICIES = ("random", "round_robin", "least_request", "ring_hash", "maglev")
HASHING = ("ring_hash", "maglev")
HASHED_FIELDS = ("header", "cookie", "query_parameter")


def _help(word: str, known: tuple[str, ...]) -> str:
    close = (*spelled_otherwise(word, known), nearest(word, known))[0]
    return f"did you mean `{close}`?" if close else "one of: " + ", ".join(f"`{name}`" for name in known)


@rule("balancer-policy-unknown", on=KIND, consul="is not supported")  # RS-45
def balancer_policy_unknown(balancer: LoadBalancer, report: Report) -> None:
    """A load balancing policy that does not exist.

    Names are lower-case.

    Refused:

        Kind         = "service-resolver"
        Name         = "web"
        LoadBalancer = { Policy = "round-robin" }

    Accepted:

        Kind         = "service-resolver"
        Name         = "web"
        LoadBalancer = { Policy = "round_robin" }
    """
    if balancer.policy and balancer.policy not in POLICIES:
        report(
            f"no load balancing policy is called `{balancer.policy}`",
            at=("Policy",),
            help=_help(balancer.policy, POLICIES),
        )


def _with(balancer: LoadBalancer) -> str:
    return f"policy `{balancer.policy}`" if balancer.policy else "no policy"


@rule(
    "balancer-ring-hash-config-unused", on=KIND, consul="RingHashConfig specified for incompatible"
)  # RS-46
def balancer_ring_hash_config_unused(balancer: LoadBalancer, report: Report) -> None:
    """Settings of `ring_hash` with another policy.

    Refused:

        Kind         = "service-resolver"
        Name         = "web"
        LoadBalancer {
          Policy         = "maglev"
          RingHashConfig = { MaximumRingSize = 4096 }
          HashPolicies   = [{ SourceIP = true }]
        }

    Accepted:

        Kind         = "service-resolver"
        Name         = "web"
        LoadBalancer {
          Policy         = "ring_hash"
          RingHashConfig = { MaximumRingSize = 4096 }
          HashPolicies   = [{ SourceIP = true }]
        }
    """
    if balancer.ring_hash_config is not None and balancer.policy != "ring_hash":
        report(
            f"`RingHashConfig` with {_with(balancer)}",
            at=("RingHashConfig",),
            part="key",
            help=f"set `{spelling_of(report).setting('Policy', 'ring_hash')}`, or take the block out",
        )


@rule(
    "balancer-least-request-config-unused",
    on=KIND,
    consul="LeastRequestConfig specified for incompatible",
)  # RS-47
def balancer_least_request_config_unused(balancer: LoadBalancer, report: Report) -> None:
    """Settings of `least_request` with another policy.

    Refused:

        Kind         = "service-resolver"
        Name         = "web"
        LoadBalancer = { Policy = "random", LeastRequestConfig = { ChoiceCount = 3 } }

    Accepted:

        Kind         = "service-resolver"
        Name         = "web"
        LoadBalancer = { Policy = "least_request", LeastRequestConfig = { ChoiceCount = 3 } }
    """
    if balancer.least_request_config is not None and balancer.policy != "least_request":
        report(
            f"`LeastRequestConfig` with {_with(balancer)}",
            at=("LeastRequestConfig",),
            part="key",
            help=f"set `{spelling_of(report).setting('Policy', 'least_request')}`, or take the block out",
        )


@rule("balancer-hash-policies-unused", on=KIND, consul="HashPolicies specified for non-hash-based")  # RS-48
def balancer_hash_policies_unused(balancer: LoadBalancer, report: Report) -> None:
    """Hash policies with a load balancing policy that does not hash.

    Refused:

        Kind         = "service-resolver"
        Name         = "web"
        LoadBalancer = { Policy = "least_request", HashPolicies = [{ SourceIP = true }] }

    Accepted:

        Kind         = "service-resolver"
        Name         = "web"
        LoadBalancer = { Policy = "maglev", HashPolicies = [{ SourceIP = true }] }
    """
    if balancer.hash_policies and balancer.policy not in HASHING:
        report(
            f"`HashPolicies` with {_with(balancer)}",
            at=("HashPolicies",),
            part="key",
            help="set `Policy` to `maglev` or `ring_hash`",
        )


@rule("hash-field-unknown", on=KIND, consul="is not a supported field")  # RS-49
def hash_field_unknown(policy: HashPolicy, report: Report) -> None:
    """A hash policy of something that cannot be hashed.

    Refused:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies = [{ Field = "path", FieldValue = "x" }]
        }

    Accepted:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies = [{ Field = "header", FieldValue = "x-user" }]
        }
    """
    if policy.field and policy.field not in HASHED_FIELDS:
        report(f"a `{policy.field}` cannot be hashed", at=("Field",), help=_help(policy.field, HASHED_FIELDS))


@rule("hash-source-with-field", on=KIND, consul="cannot hash both a source address and")  # RS-50
def hash_source_with_field(policy: HashPolicy, report: Report) -> None:
    """One hash policy for both the caller's address and a field.

    Refused:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies = [{ SourceIP = true, Field = "header" }]
        }

    Accepted:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies = [{ SourceIP = true }, { Field = "header", FieldValue = "x-user" }]
        }
    """
    if policy.source_ip and policy.field:
        report("both `SourceIP` and `Field` are set", at=("Field",), help="make two policies of it")


@rule(
    "hash-source-with-field-value",
    on=KIND,
    consul="FieldValue cannot be specified when hashing SourceIP",
)  # RS-51
def hash_source_with_field_value(policy: HashPolicy, report: Report) -> None:
    """A hash policy for the caller's address that has a field value.

    Refused:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies = [{ SourceIP = true, FieldValue = "x-user" }]
        }

    Accepted:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies = [{ SourceIP = true }]
        }
    """
    if policy.source_ip and policy.field_value:
        report("both `SourceIP` and `FieldValue` are set", at=("FieldValue",), help="make two policies of it")


@rule("hash-field-without-value", on=KIND, consul="was specified without a FieldValue")  # RS-52
def hash_field_without_value(policy: HashPolicy, report: Report) -> None:
    """A hash policy that does not say which header, cookie or parameter.

    Refused:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies = [{ Field = "header" }]
        }

    Accepted:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies = [{ Field = "header", FieldValue = "x-user" }]
        }
    """
    if policy.field and not policy.field_value and not policy.source_ip:
        report(
            f"the hash policy does not say which `{policy.field}`",
            at=("Field",),
            help="set `FieldValue` to its name",
        )


@rule("hash-value-without-field", on=KIND, consul="FieldValue requires a Field")  # RS-53
def hash_value_without_field(policy: HashPolicy, report: Report) -> None:
    """A hash policy with a name, but not of what.

    Refused:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies = [{ FieldValue = "x-user" }]
        }

    Accepted:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies = [{ Field = "header", FieldValue = "x-user" }]
        }
    """
    if policy.field_value and not policy.field and not policy.source_ip:
        report(
            f"`FieldValue` is `{policy.field_value}` and there is no `Field`",
            at=("FieldValue",),
            help="set `Field` to `header`, `cookie` or `query_parameter`",
        )


@rule("hash-cookie-config-unused", on=KIND, consul="cookie_config provided for")  # RS-54
def hash_cookie_config_unused(policy: HashPolicy, report: Report) -> None:
    """Settings of a cookie for a hash policy of something else.

    Refused:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies = [{ Field = "header", FieldValue = "x-user", CookieConfig = { TTL = "1h" } }]
        }

    Accepted:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies = [{ Field = "cookie", FieldValue = "user", CookieConfig = { TTL = "1h" } }]
        }
    """
    if policy.cookie_config is not None and policy.field != "cookie":
        report(
            "`CookieConfig` for a hash policy that is not of a cookie",
            at=("CookieConfig",),
            part="key",
            help=f"set `{spelling_of(report).setting('Field', 'cookie')}`, or take the block out",
        )


@rule(
    "hash-session-cookie-with-ttl", on=KIND, consul="a session cookie cannot have an associated TTL"
)  # RS-55
def hash_session_cookie_with_ttl(policy: HashPolicy, report: Report) -> None:
    """A session cookie with a time to live.

    A session cookie ends with the browser's session.

    Refused:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies {
            Field        = "cookie"
            FieldValue   = "user"
            CookieConfig = { Session = true, TTL = "1h" }
          }
        }

    Accepted:

        Kind = "service-resolver"
        Name = "web"
        LoadBalancer {
          Policy       = "maglev"
          HashPolicies = [{ Field = "cookie", FieldValue = "user", CookieConfig = { Session = true } }]
        }
    """
    cookie = policy.cookie_config
    if cookie is not None and cookie.session and cookie.ttl:
        report(
            "both `Session` and `TTL` are set",
            at=("CookieConfig", "TTL"),
            help="keep one of them",
        )


LOAD_BALANCER_RULES = each(
    "LoadBalancer",
    first(
        balancer_policy_unknown,  # RS-45
        balancer_ring_hash_config_unused,  # RS-46
        balancer_least_request_config_unused,  # RS-47
        balancer_hash_policies_unused,  # RS-48
        each(
            "HashPolicies",
            hash_field_unknown,  # RS-49
            hash_source_with_field,  # RS-50
            hash_source_with_field_value,  # RS-51
            hash_field_without_value,  # RS-52
            hash_value_without_field,  # RS-53
            hash_cookie_config_unused,  # RS-54
            hash_session_cookie_with_ttl,  # RS-55
        ),
    ),
)
