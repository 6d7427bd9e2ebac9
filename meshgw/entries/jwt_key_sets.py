"""Rules about the key set of a JWT provider (config-entries.md 2.18)."""

from __future__ import annotations

import re

from meshgw.diagnostics.evaluation import each, first, until
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.jwt_parts import (
    DISCOVERY_TYPES,
    KIND,
    JSONWebKeySet,
    JWKSCluster,
    JWKSTLSCertificates,
    LocalJWKS,
    RemoteJWKS,
    RetryPolicyBackOff,
    TrustedCA,
)
from meshgw.entries.request_uri import request_uri_fault
from meshgw.schema.durations import format_duration
from meshgw.schema.suggest import nearest

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_CA_WAYS = ("Filename", "EnvironmentVariable", "InlineString", "InlineBytes")


@rule("jwks-not-one-kind", on=KIND, consul="exactly one of Local or Remote")  # JP-06
def jwks_not_one_kind(keys: JSONWebKeySet, report: Report) -> None:
    """A key set that is neither local nor remote, or both.

    Refused:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet {}

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
    """
    if keys.local is None and keys.remote is None:
        report("the key set has neither `Local` nor `Remote`", part="key", help="set one of the two")
    elif keys.local is not None and keys.remote is not None:
        report(
            "the key set has both `Local` and `Remote`",
            at=("Remote",),
            part="key",
            related=report.place((*report.base, "Local"), "the other one", "key"),
            help="take one of the two out",
        )


@rule("jwks-local-not-one-kind", on=KIND, consul="exactly one of String or filename")  # JP-07
def jwks_local_not_one_kind(local: LocalJWKS, report: Report) -> None:
    """A local key set without keys, or with both a text and a file.

    Consul's message calls `JWKS` "String".

    Refused:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local {} }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/jwks.json" } }
    """
    if not local.jwks and not local.filename:
        report("the local key set has neither `JWKS` nor `Filename`", part="key", help="set one of the two")
    elif local.jwks and local.filename:
        report(
            "the local key set has both `JWKS` and `Filename`",
            at=("Filename",),
            part="key",
            help="take one of the two out",
        )


@rule("jwks-not-base64", on=KIND, consul="must be valid base64")  # JP-08
def jwks_not_base64(local: LocalJWKS, report: Report) -> None:
    """A key set that is not written in base64.

    The standard alphabet with `+`, `/` and padding is needed. Line ends inside are allowed.

    Refused:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { JWKS = "{}" } }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { JWKS = "eyJrZXlzIjpbXX0=" } }
    """
    if not is_base64(local.jwks):
        report("`JWKS` is not base64", at=("JWKS",), part="key", help="encode the JSON text with `base64`")


def is_base64(text: str) -> bool:
    """Whether a text is padded standard base64, apart from line ends inside."""
    return _BASE64.fullmatch(text.replace("\r", "").replace("\n", "")) is not None


@rule("jwks-uri-missing", on=KIND, consul="Remote JWKS URI is required")  # JP-09
def jwks_uri_missing(remote: RemoteJWKS, report: Report) -> None:
    """A remote key set that does not say where it is.

    Refused:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Remote { JWKSCluster {} } }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Remote { URI = "https://example.com/jwks.json" JWKSCluster {} } }
    """
    if not remote.uri:
        report("the remote key set has no `URI`", at=("URI",), help="set `URI` to where the key set is")


@rule("jwks-uri-invalid", on=KIND, consul="Remote JWKS URI is invalid")  # JP-10
def jwks_uri_invalid(remote: RemoteJWKS, report: Report) -> None:
    """A place of a remote key set that is no URI.

    Refused:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Remote { URI = "example" JWKSCluster {} } }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Remote { URI = "https://example.com/jwks.json" JWKSCluster {} } }
    """
    fault = request_uri_fault(remote.uri) if remote.uri else None
    if fault:
        report(
            f"`{remote.uri}` is no URI: {fault}",
            at=("URI",),
            help="write it as `https://HOST/PATH`",
        )


@rule("jwks-backoff-reversed", on=KIND, consul="MaxInterval should be greater or equal")  # JP-11
def jwks_backoff_reversed(backoff: RetryPolicyBackOff, report: Report) -> None:
    """A longest wait between retries that is below the first one.

    Refused:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet {
          Remote {
            URI = "https://example.com/jwks.json"
            JWKSCluster {}
            RetryPolicy { RetryPolicyBackOff { BaseInterval = "5s" MaxInterval = "1s" } }
          }
        }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet {
          Remote {
            URI = "https://example.com/jwks.json"
            JWKSCluster {}
            RetryPolicy { RetryPolicyBackOff { BaseInterval = "1s" MaxInterval = "5s" } }
          }
        }
    """
    if backoff.max_interval != 0 and backoff.base_interval > backoff.max_interval:
        longest, shortest = format_duration(backoff.max_interval), format_duration(backoff.base_interval)
        report(f"the longest wait {longest} is below the first, {shortest}", at=("MaxInterval",))


@rule("jwks-discovery-type-unknown", on=KIND, consul="unsupported jwks cluster discovery type")  # JP-12
def jwks_discovery_type_unknown(cluster: JWKSCluster, report: Report) -> None:
    """A way to find the key set's server that does not exist.

    Refused:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet {
          Remote {
            URI = "https://example.com/jwks.json"
            JWKSCluster { DiscoveryType = "strict_dns" }
          }
        }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet {
          Remote {
            URI = "https://example.com/jwks.json"
            JWKSCluster { DiscoveryType = "STRICT_DNS" }
          }
        }
    """
    if cluster.discovery_type and cluster.discovery_type not in DISCOVERY_TYPES:
        close = nearest(cluster.discovery_type, DISCOVERY_TYPES)
        report(
            f"`{cluster.discovery_type}` is no discovery type",
            at=("DiscoveryType",),
            help=f"did you mean `{close}`?" if close else f"one of: {', '.join(DISCOVERY_TYPES)}",
        )


@rule(
    "jwks-ca-not-one-kind",
    on=KIND,
    consul="exactly one of: CaCertificateProviderInstance or TrustedCA",
)  # JP-13
def jwks_ca_not_one_kind(certificates: JWKSTLSCertificates, report: Report) -> None:
    """TLS certificates for the key set's server without a CA, or with two kinds of it.

    Refused:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet {
          Remote {
            URI = "https://example.com/jwks.json"
            JWKSCluster { TLSCertificates {} }
          }
        }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet {
          Remote {
            URI = "https://example.com/jwks.json"
            JWKSCluster { TLSCertificates { TrustedCA { Filename = "/etc/ssl/ca.pem" } } }
          }
        }
    """
    given = (certificates.ca_certificate_provider_instance, certificates.trusted_ca)
    count = sum(found is not None for found in given)
    if count != 1:
        which = "both" if count else "none"
        report(
            f"{which} of `CaCertificateProviderInstance` and `TrustedCA`", part="key", help="set exactly one"
        )


@rule("jwks-trusted-ca-not-one-kind", on=KIND, consul="exactly one of: Filename")  # JP-14
def jwks_trusted_ca_not_one_kind(ca: TrustedCA, report: Report) -> None:
    """A CA for the key set's server that is given in no way, or in several.

    Refused:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet {
          Remote {
            URI = "https://example.com/jwks.json"
            JWKSCluster { TLSCertificates { TrustedCA {} } }
          }
        }

    Accepted:

        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet {
          Remote {
            URI = "https://example.com/jwks.json"
            JWKSCluster { TLSCertificates { TrustedCA { EnvironmentVariable = "JWKS_CA" } } }
          }
        }
    """
    given = [name for name in _CA_WAYS if getattr(ca, ca.attribute_of(name))]
    if len(given) != 1:
        report(
            "`TrustedCA` is given in several ways" if given else "`TrustedCA` is empty",
            at=(given[1],) if given else (),
            part="key",
            help=f"set exactly one of {', '.join(f'`{name}`' for name in _CA_WAYS)}",
        )


KEY_SET_RULES = first(
    jwks_not_one_kind,  # JP-06
    each("Local", until(jwks_local_not_one_kind, jwks_not_base64)),  # JP-07, JP-08
    each(
        "Remote",
        jwks_uri_missing,  # JP-09
        jwks_uri_invalid,  # JP-10
        each("RetryPolicy.RetryPolicyBackOff", jwks_backoff_reversed),  # JP-11
        each(
            "JWKSCluster",
            jwks_discovery_type_unknown,  # JP-12
            each("TLSCertificates", jwks_ca_not_one_kind),  # JP-13
            each("TLSCertificates.TrustedCA", jwks_trusted_ca_not_one_kind),  # JP-14
        ),
    ),
)
