"""TLS versions and cipher suites, as mesh, ingress and API gateways set them (config-entries.md 1.15).

The rules work on any block with the three fields, `…MinVersion`, `…MaxVersion` and `CipherSuites`.
"""

from __future__ import annotations

from typing import Any

from meshgw.diagnostics.evaluation import first
from meshgw.diagnostics.rules import Report, rule
from meshgw.schema.fields import Block
from meshgw.schema.suggest import nearest

CONCRETE_VERSIONS = ("TLSv1_0", "TLSv1_1", "TLSv1_2", "TLSv1_3")
TLS_VERSIONS = ("TLS_AUTO", *CONCRETE_VERSIONS)
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


def _field(tls: Block, ending: str) -> tuple[str, Any]:
    """The canonical name and the value of a field; blocks call it `TLSMinVersion` or `MinVersion`."""
    spec = next(spec for spec in tls.specs if spec.name.endswith(ending))
    return spec.name, getattr(tls, spec.attribute)


@rule("unknown-tls-version", on="tls", consul="no matching TLS version found for")  # TLS-01, TLS-02
def unknown_tls_version(tls: Block, report: Report) -> None:
    """A TLS version that does not exist.

    Versions are written as Envoy names them: `TLS_AUTO`, `TLSv1_0` to `TLSv1_3`, in this case.

    Refused:

        Kind = "mesh"
        TLS {
          Incoming {
            TLSMinVersion = "1.2"
          }
        }

    Accepted:

        Kind = "mesh"
        TLS {
          Incoming {
            TLSMinVersion = "TLSv1_2"
          }
        }
    """
    for ending in ("MinVersion", "MaxVersion"):
        name, version = _field(tls, ending)
        if version and version not in TLS_VERSIONS:
            close = _version_meant(version)
            report(
                f"no TLS version is called `{version}`",
                at=(name,),
                help=f"write `{close}`" if close else f"one of: {', '.join(TLS_VERSIONS)}",
            )


def _version_meant(version: str) -> str | None:
    digits = [character for character in version if character in "0123"]
    by_number = f"TLSv{'_'.join(digits)}"
    return by_number if by_number in TLS_VERSIONS else nearest(version, TLS_VERSIONS)


@rule("tls-max-below-min", on="tls", consul="less than the configured min version")  # TLS-03
def tls_max_below_min(tls: Block, report: Report) -> None:
    """A highest TLS version that is below the lowest.

    Refused:

        Kind = "mesh"
        TLS {
          Outgoing {
            TLSMinVersion = "TLSv1_3"
            TLSMaxVersion = "TLSv1_2"
          }
        }

    Accepted:

        Kind = "mesh"
        TLS {
          Outgoing {
            TLSMinVersion = "TLSv1_2"
            TLSMaxVersion = "TLSv1_3"
          }
        }
    """
    _, low = _field(tls, "MinVersion")
    name, high = _field(tls, "MaxVersion")
    if low in CONCRETE_VERSIONS and high in CONCRETE_VERSIONS and high < low:
        report(
            f"the highest version `{high}` is below the lowest, `{low}`",
            at=(name,),
        )


@rule("cipher-suites-with-tls13", on="tls", consul="configuring CipherSuites is only applicable")  # TLS-04
def cipher_suites_with_tls13(tls: Block, report: Report) -> None:
    """Cipher suites where TLS 1.3 is the lowest version.

    The cipher suites of TLS 1.3 cannot be chosen: a list would never be used.

    Refused:

        Kind = "mesh"
        TLS {
          Incoming {
            TLSMinVersion = "TLSv1_3"
            CipherSuites  = ["TLS_RSA_WITH_AES_128_GCM_SHA256"]
          }
        }

    Accepted:

        Kind = "mesh"
        TLS {
          Incoming {
            TLSMinVersion = "TLSv1_2"
            CipherSuites  = ["TLS_RSA_WITH_AES_128_GCM_SHA256"]
          }
        }
    """
    name, suites = _field(tls, "CipherSuites")
    if suites and _field(tls, "MinVersion")[1] == "TLSv1_3":
        report(
            "cipher suites cannot be chosen when the lowest version is `TLSv1_3`",
            at=(name,),
            part="key",
            help="leave the list out, or allow `TLSv1_2`",
        )


@rule("unknown-cipher-suite", on="tls", consul="no matching Envoy TLS cipher suite found for")  # TLS-05
def unknown_cipher_suite(tls: Block, report: Report) -> None:
    """A cipher suite that Envoy does not know.

    Names are those of the IANA registry, in upper case; suites of TLS 1.3 are not among them.

    Refused:

        Kind = "mesh"
        TLS {
          Incoming {
            CipherSuites = ["ECDHE-RSA-AES128-GCM-SHA256"]
          }
        }

    Accepted:

        Kind = "mesh"
        TLS {
          Incoming {
            CipherSuites = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
          }
        }
    """
    name, suites = _field(tls, "CipherSuites")
    for index, suite in enumerate(suites):
        if suite not in CIPHER_SUITES:
            close = nearest(suite, CIPHER_SUITES)
            report(
                f"no cipher suite is called `{suite}`",
                at=(name, index),
                help=f"did you mean `{close}`?" if close else f"one of: {', '.join(CIPHER_SUITES)}",
            )


TLS = first(
    unknown_tls_version,  # TLS-01, TLS-02
    tls_max_below_min,  # TLS-03
    cipher_suites_with_tls13,  # TLS-04
    unknown_cipher_suite,  # TLS-05
)
"""The rules of a block of TLS parameters, in Consul's order; used as `each("TLS", TLS)`."""
