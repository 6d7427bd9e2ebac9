"""TLS parameters of gateways and the mesh (config-entries.md 1.15).

Three blocks have them: API gateways call the fields `MinVersion` and `MaxVersion`, ingress gateways
and the mesh `TLSMinVersion` and `TLSMaxVersion`.
"""

from __future__ import annotations

from typing import Any

from meshgw.diagnostics.evaluation import first
from meshgw.diagnostics.rules import Report, rule
from meshgw.schema.fields import Block
from meshgw.schema.suggest import nearest

TLS_VERSIONS = ("TLS_AUTO", "TLSv1_0", "TLSv1_1", "TLSv1_2", "TLSv1_3")

CIPHER_SUITES = (
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
)
"""The cipher suites up to TLS 1.2 that Consul passes on to Envoy."""


def _field(tls: Block, suffix: str) -> tuple[str, Any]:
    """Canonical name and value of the field that is called `suffix` or `TLS` and `suffix`."""
    name = suffix if suffix in tls.attributes else f"TLS{suffix}"
    return name, getattr(tls, tls.attribute_of(name))


@rule("tls-version-unknown", on="TLS", consul="no matching TLS version found for")  # TLS-01, TLS-02
def tls_version_unknown(tls: Block, report: Report) -> None:
    """A lowest or highest TLS version that does not exist.

    Versions are written `TLSv1_2`, in exactly this case, or `TLS_AUTO` for Envoy's own default.

    Refused:

        Kind = "mesh"
        TLS {
          Incoming { TLSMinVersion = "1.2" }
        }

    Accepted:

        Kind = "mesh"
        TLS {
          Incoming { TLSMinVersion = "TLSv1_2" }
        }
    """
    for suffix in ("MinVersion", "MaxVersion"):
        name, version = _field(tls, suffix)
        if version and version not in TLS_VERSIONS:
            close = _version_meant(version)
            one_of = f"one of: {', '.join(TLS_VERSIONS)}"
            report(
                f"`{version}` is no TLS version",
                at=(name,),
                help=f"did you mean `{close}`?" if close else one_of,
            )


def _version_meant(version: str) -> str | None:
    """`1.2`, `tls12` and `TLS 1.2` are versions by their number."""
    by_number = "TLSv" + "_".join(character for character in version if character in "0123")
    return by_number if by_number in TLS_VERSIONS else nearest(version, TLS_VERSIONS)


@rule("tls-versions-reversed", on="TLS", consul="less than the configured min version")  # TLS-03
def tls_versions_reversed(tls: Block, report: Report) -> None:
    """A highest TLS version below the lowest one.

    Refused:

        Kind = "mesh"
        TLS {
          Incoming { TLSMinVersion = "TLSv1_3" TLSMaxVersion = "TLSv1_2" }
        }

    Accepted:

        Kind = "mesh"
        TLS {
          Incoming { TLSMinVersion = "TLSv1_2" TLSMaxVersion = "TLSv1_3" }
        }
    """
    (_, lowest), (name, highest) = _field(tls, "MinVersion"), _field(tls, "MaxVersion")
    concrete = TLS_VERSIONS[1:]
    if lowest in concrete and highest in concrete and highest < lowest:
        report(f"the highest TLS version `{highest}` is below the lowest, `{lowest}`", at=(name,))


@rule("cipher-suites-with-tls13", on="TLS", consul="configuring CipherSuites is only applicable")  # TLS-04
def cipher_suites_with_tls13(tls: Block, report: Report) -> None:
    """Cipher suites beside TLS 1.3 as lowest version.

    The suites of TLS 1.3 cannot be chosen; a list makes sense for earlier versions only.

    Refused:

        Kind = "mesh"
        TLS {
          Incoming { TLSMinVersion = "TLSv1_3" CipherSuites = ["TLS_RSA_WITH_AES_128_CBC_SHA"] }
        }

    Accepted:

        Kind = "mesh"
        TLS {
          Incoming { TLSMinVersion = "TLSv1_2" CipherSuites = ["TLS_RSA_WITH_AES_128_CBC_SHA"] }
        }
    """
    name, lowest = _field(tls, "MinVersion")
    if _field(tls, "CipherSuites")[1] and lowest == "TLSv1_3":
        report(
            "cipher suites cannot be chosen for TLS 1.3",
            at=("CipherSuites",),
            part="key",
            help=f"take `CipherSuites` out or lower `{name}`",
        )


@rule("cipher-suite-unknown", on="TLS", consul="no matching Envoy TLS cipher suite found for")  # TLS-05
def cipher_suite_unknown(tls: Block, report: Report) -> None:
    """A cipher suite that Envoy does not have.

    Names are those of the IANA registry, in capitals.

    Refused:

        Kind = "mesh"
        TLS {
          Incoming { CipherSuites = ["ECDHE-RSA-AES128-GCM-SHA256"] }
        }

    Accepted:

        Kind = "mesh"
        TLS {
          Incoming { CipherSuites = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"] }
        }
    """
    for index, suite in enumerate(_field(tls, "CipherSuites")[1]):
        if suite not in CIPHER_SUITES:
            close = nearest(suite, CIPHER_SUITES)
            report(
                f"`{suite}` is no cipher suite that Envoy can be given",
                at=("CipherSuites", index),
                help=f"did you mean `{close}`?" if close else None,
            )


TLS_PARAMETERS = first(
    tls_version_unknown,  # TLS-01, TLS-02
    tls_versions_reversed,  # TLS-03
    cipher_suites_with_tls13,  # TLS-04
    cipher_suite_unknown,  # TLS-05
)
"""The order of all three kinds; Consul reports the first failure only."""
