"""inline-certificate (config-entries.md 2.16)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.der import DerError
from meshgw.entries.hostnames import is_host
from meshgw.entries.pem import PemBlock, first_block, pem_blocks
from meshgw.entries.shared import META, entry_name_missing
from meshgw.entries.x509 import PublicKey, public_half, read_certificate, rsa_modulus
from meshgw.schema.fields import Layer, secret_text, text
from meshgw.secret import Secret

CLIENT: frozenset[Layer] = frozenset({"client"})


@config_entry("inline-certificate")
class InlineCertificate(Entry):
    """A certificate and its private key, for listeners of API gateways."""

    certificate: str = text("Certificate", doc="PEM", hidden=True)  # a key may be pasted into it
    private_key: Secret = secret_text("PrivateKey", alias="private_key", alias_layers=CLIENT, doc="PEM")

    @property
    def hosts(self) -> tuple[str, ...]:
        """What the certificate is for: common name (maybe empty), DNS names, IP addresses.

        Raises `DerError` when it cannot be read.
        """
        block = first_block(self.certificate)
        if block is None:
            raise DerError("no PEM block")
        found = read_certificate(block.data)
        return (found.common_name, *found.dns_names, *found.ip_addresses)


_PAIR_HELP = "give the key that the certificate was issued for"


@rule("private-key-not-pem", on=InlineCertificate, consul="failed to parse private key PEM")  # IC-02
def private_key_not_pem(entry: InlineCertificate, report: Report) -> None:
    """A private key that is no PEM text.

    A PEM block stands between `-----BEGIN ...-----` and `-----END ...-----`, each on a line of its own,
    and between them nothing but base64. A path is not read: that is what `file-system-certificate` is for.

    Refused:

        Kind = "inline-certificate"
        Name = "web"

        Certificate = <<EOF
        -----BEGIN CERTIFICATE-----
        MIHHMHugAwIBAgIBATAFBgMrZXAwDjEMMAoGA1UEAwwDd2ViMB4XDTI1MDEwMTAw
        MDAwMFoXDTQ5MDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDd2ViMCowBQYDK2VwAyEA
        A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgwBQYDK2VwA0EAduipQr0b
        t0a3B7oz7fKzWgPYz7vwPb3G3lzK5jl2Yla14wpX8mHeOiZ6lKjzh3WP/TtAfZ3J
        gOSUzqfvMm+mBg==
        -----END CERTIFICATE-----
        EOF

        PrivateKey = "/etc/certs/web.key"

    Accepted:

        Kind = "inline-certificate"
        Name = "web"

        Certificate = <<EOF
        -----BEGIN CERTIFICATE-----
        MIHHMHugAwIBAgIBATAFBgMrZXAwDjEMMAoGA1UEAwwDd2ViMB4XDTI1MDEwMTAw
        MDAwMFoXDTQ5MDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDd2ViMCowBQYDK2VwAyEA
        A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgwBQYDK2VwA0EAduipQr0b
        t0a3B7oz7fKzWgPYz7vwPb3G3lzK5jl2Yla14wpX8mHeOiZ6lKjzh3WP/TtAfZ3J
        gOSUzqfvMm+mBg==
        -----END CERTIFICATE-----
        EOF

        PrivateKey = <<EOF
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----
        EOF
    """
    if first_block(entry.private_key.reveal()) is None:
        what = "no PEM block in `PrivateKey`" if entry.private_key else "the certificate has no `PrivateKey`"
        report(what, at=("PrivateKey",), part="key")


@rule("rsa-key-malformed", on=InlineCertificate, consul="x509: failed to parse private key")  # IC-03
def rsa_key_malformed(entry: InlineCertificate, report: Report) -> None:
    """A block `RSA PRIVATE KEY` that holds no such key.

    The name stands for PKCS #1. A key in PKCS #8 has to be called `PRIVATE KEY`, an encrypted one cannot
    be used at all.

    Refused:

        Kind = "inline-certificate"
        Name = "web"

        Certificate = <<EOF
        -----BEGIN CERTIFICATE-----
        MIHHMHugAwIBAgIBATAFBgMrZXAwDjEMMAoGA1UEAwwDd2ViMB4XDTI1MDEwMTAw
        MDAwMFoXDTQ5MDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDd2ViMCowBQYDK2VwAyEA
        A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgwBQYDK2VwA0EAduipQr0b
        t0a3B7oz7fKzWgPYz7vwPb3G3lzK5jl2Yla14wpX8mHeOiZ6lKjzh3WP/TtAfZ3J
        gOSUzqfvMm+mBg==
        -----END CERTIFICATE-----
        EOF

        PrivateKey = <<EOF
        -----BEGIN RSA PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END RSA PRIVATE KEY-----
        EOF

    Accepted:

        Kind = "inline-certificate"
        Name = "web"

        Certificate = <<EOF
        -----BEGIN CERTIFICATE-----
        MIHHMHugAwIBAgIBATAFBgMrZXAwDjEMMAoGA1UEAwwDd2ViMB4XDTI1MDEwMTAw
        MDAwMFoXDTQ5MDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDd2ViMCowBQYDK2VwAyEA
        A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgwBQYDK2VwA0EAduipQr0b
        t0a3B7oz7fKzWgPYz7vwPb3G3lzK5jl2Yla14wpX8mHeOiZ6lKjzh3WP/TtAfZ3J
        gOSUzqfvMm+mBg==
        -----END CERTIFICATE-----
        EOF

        PrivateKey = <<EOF
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----
        EOF
    """
    fault = _pkcs1_fault(entry)
    if not isinstance(fault, DerError):
        return
    renamed = _readable(first_block(entry.private_key.reveal()))
    report(
        "the block `RSA PRIVATE KEY` holds no RSA key in PKCS #1",
        at=("PrivateKey",),
        part="key",
        consul=None if renamed else "asn1",
        note=None if renamed else f"{fault}",
        help="call the block `PRIVATE KEY`" if renamed else None,
    )


@rule("rsa-key-too-short", on=InlineCertificate, consul="key length must be at least 2048 bits")  # IC-04
def rsa_key_too_short(entry: InlineCertificate, report: Report) -> None:
    """An RSA key of less than 2048 bits.

    Consul looks at keys in blocks named `RSA PRIVATE KEY` (PKCS #1) only. A FIPS build takes 2048, 3072
    and 4096 bits.

    Refused:

        Kind = "inline-certificate"
        Name = "web"

        Certificate = <<EOF
        -----BEGIN CERTIFICATE-----
        MIHHMHugAwIBAgIBATAFBgMrZXAwDjEMMAoGA1UEAwwDd2ViMB4XDTI1MDEwMTAw
        MDAwMFoXDTQ5MDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDd2ViMCowBQYDK2VwAyEA
        A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgwBQYDK2VwA0EAduipQr0b
        t0a3B7oz7fKzWgPYz7vwPb3G3lzK5jl2Yla14wpX8mHeOiZ6lKjzh3WP/TtAfZ3J
        gOSUzqfvMm+mBg==
        -----END CERTIFICATE-----
        EOF

        PrivateKey = <<EOF
        -----BEGIN RSA PRIVATE KEY-----
        MB0CAQACAgyhAgERAgIKwQIBPQIBNQIBNQIBMQIBJg==
        -----END RSA PRIVATE KEY-----
        EOF

    Accepted:

        Kind = "inline-certificate"
        Name = "web"

        Certificate = <<EOF
        -----BEGIN CERTIFICATE-----
        MIHHMHugAwIBAgIBATAFBgMrZXAwDjEMMAoGA1UEAwwDd2ViMB4XDTI1MDEwMTAw
        MDAwMFoXDTQ5MDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDd2ViMCowBQYDK2VwAyEA
        A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgwBQYDK2VwA0EAduipQr0b
        t0a3B7oz7fKzWgPYz7vwPb3G3lzK5jl2Yla14wpX8mHeOiZ6lKjzh3WP/TtAfZ3J
        gOSUzqfvMm+mBg==
        -----END CERTIFICATE-----
        EOF

        PrivateKey = <<EOF
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----
        EOF
    """
    fault = _pkcs1_fault(entry)
    if isinstance(fault, int):
        report(f"an RSA key of {fault} bits; at least 2048 are needed", at=("PrivateKey",), part="key")


@rule("certificate-not-pem", on=InlineCertificate, consul="failed to parse certificate PEM")  # IC-05
def certificate_not_pem(entry: InlineCertificate, report: Report) -> None:
    """A certificate that is no PEM text.

    A path is not read: that is what `file-system-certificate` is for.

    Refused:

        Kind = "inline-certificate"
        Name = "web"

        Certificate = "/etc/certs/web.pem"

        PrivateKey = <<EOF
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----
        EOF

    Accepted:

        Kind = "inline-certificate"
        Name = "web"

        Certificate = <<EOF
        -----BEGIN CERTIFICATE-----
        MIHHMHugAwIBAgIBATAFBgMrZXAwDjEMMAoGA1UEAwwDd2ViMB4XDTI1MDEwMTAw
        MDAwMFoXDTQ5MDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDd2ViMCowBQYDK2VwAyEA
        A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgwBQYDK2VwA0EAduipQr0b
        t0a3B7oz7fKzWgPYz7vwPb3G3lzK5jl2Yla14wpX8mHeOiZ6lKjzh3WP/TtAfZ3J
        gOSUzqfvMm+mBg==
        -----END CERTIFICATE-----
        EOF

        PrivateKey = <<EOF
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----
        EOF
    """
    if first_block(entry.certificate) is None:
        what = "no PEM block in `Certificate`" if entry.certificate else "the entry has no `Certificate`"
        report(what, at=("Certificate",), part="key")


@rule("certificate-malformed", on=InlineCertificate, consul="failed to parse certificate")  # IC-06
def certificate_malformed(entry: InlineCertificate, report: Report) -> None:
    """A first PEM block that is no X.509 certificate.

    The server's own certificate comes first, then those of the authorities between it and the root.

    Refused:

        Kind = "inline-certificate"
        Name = "web"

        Certificate = <<EOF
        -----BEGIN CERTIFICATE-----
        bm90IGEgY2VydGlmaWNhdGU=
        -----END CERTIFICATE-----
        EOF

        PrivateKey = <<EOF
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----
        EOF

    Accepted:

        Kind = "inline-certificate"
        Name = "web"

        Certificate = <<EOF
        -----BEGIN CERTIFICATE-----
        MIHHMHugAwIBAgIBATAFBgMrZXAwDjEMMAoGA1UEAwwDd2ViMB4XDTI1MDEwMTAw
        MDAwMFoXDTQ5MDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDd2ViMCowBQYDK2VwAyEA
        A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgwBQYDK2VwA0EAduipQr0b
        t0a3B7oz7fKzWgPYz7vwPb3G3lzK5jl2Yla14wpX8mHeOiZ6lKjzh3WP/TtAfZ3J
        gOSUzqfvMm+mBg==
        -----END CERTIFICATE-----
        EOF

        PrivateKey = <<EOF
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----
        EOF
    """
    block = first_block(entry.certificate)
    if block is None:
        return
    try:
        read_certificate(block.data)
    except DerError as fault:
        report(
            f"the block `{block.label}` is no X.509 certificate",
            at=("Certificate",),
            part="key",
            note=f"{fault}",
        )


@rule("certificate-key-mismatch", on=InlineCertificate, consul="tls:")  # IC-07
def certificate_key_mismatch(entry: InlineCertificate, report: Report) -> None:
    """A private key that does not belong to the certificate.

    The first block `CERTIFICATE` and the first one whose name ends in `PRIVATE KEY` must be a pair, of
    RSA, an elliptic curve (P-224 to P-521) or Ed25519.

    Refused:

        Kind = "inline-certificate"
        Name = "web"

        Certificate = <<EOF
        -----BEGIN CERTIFICATE-----
        MIHHMHugAwIBAgIBATAFBgMrZXAwDjEMMAoGA1UEAwwDd2ViMB4XDTI1MDEwMTAw
        MDAwMFoXDTQ5MDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDd2ViMCowBQYDK2VwAyEA
        A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgwBQYDK2VwA0EAduipQr0b
        t0a3B7oz7fKzWgPYz7vwPb3G3lzK5jl2Yla14wpX8mHeOiZ6lKjzh3WP/TtAfZ3J
        gOSUzqfvMm+mBg==
        -----END CERTIFICATE-----
        EOF

        PrivateKey = <<EOF
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEICAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/
        -----END PRIVATE KEY-----
        EOF

    Accepted:

        Kind = "inline-certificate"
        Name = "web"

        Certificate = <<EOF
        -----BEGIN CERTIFICATE-----
        MIHHMHugAwIBAgIBATAFBgMrZXAwDjEMMAoGA1UEAwwDd2ViMB4XDTI1MDEwMTAw
        MDAwMFoXDTQ5MDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDd2ViMCowBQYDK2VwAyEA
        A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgwBQYDK2VwA0EAduipQr0b
        t0a3B7oz7fKzWgPYz7vwPb3G3lzK5jl2Yla14wpX8mHeOiZ6lKjzh3WP/TtAfZ3J
        gOSUzqfvMm+mBg==
        -----END CERTIFICATE-----
        EOF

        PrivateKey = <<EOF
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----
        EOF
    """
    if first_block(entry.private_key.reveal()) is None or first_block(entry.certificate) is None:
        return
    if _pkcs1_fault(entry) is not None:
        return  # another key is needed anyway
    fault = _pair_fault(entry)
    if fault is not None:
        report(fault, at=("PrivateKey",), part="key", help=_PAIR_HELP)


@rule("certificate-name-malformed", on=InlineCertificate, consul="must be a valid DNS hostname")  # IC-08
def certificate_name_malformed(entry: InlineCertificate, report: Report) -> None:
    """A certificate whose common name or a DNS name is no host name.

    The common name is looked at even when it is empty, so a certificate without one is refused, whatever
    its DNS names are. Anything without empty or overlong labels passes, `*.example.com` and `My Cert` too.

    Refused:

        Kind = "inline-certificate"
        Name = "web"

        Certificate = <<EOF
        -----BEGIN CERTIFICATE-----
        MIHHMHugAwIBAgIBATAFBgMrZXAwDjEMMAoGA1UECgwDd2ViMB4XDTI1MDEwMTAw
        MDAwMFoXDTQ5MDEwMTAwMDAwMFowDjEMMAoGA1UECgwDd2ViMCowBQYDK2VwAyEA
        A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgwBQYDK2VwA0EAiuo7an6j
        M/hNvmLzM8F7wJgCXPf/SKfW25PIZEOt1jelfC2wbEJ2o12RE9dUB6qxR0suFR5r
        eUNt9x2tq37UAQ==
        -----END CERTIFICATE-----
        EOF

        PrivateKey = <<EOF
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----
        EOF

    Accepted:

        Kind = "inline-certificate"
        Name = "web"

        Certificate = <<EOF
        -----BEGIN CERTIFICATE-----
        MIHHMHugAwIBAgIBATAFBgMrZXAwDjEMMAoGA1UEAwwDd2ViMB4XDTI1MDEwMTAw
        MDAwMFoXDTQ5MDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDd2ViMCowBQYDK2VwAyEA
        A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgwBQYDK2VwA0EAduipQr0b
        t0a3B7oz7fKzWgPYz7vwPb3G3lzK5jl2Yla14wpX8mHeOiZ6lKjzh3WP/TtAfZ3J
        gOSUzqfvMm+mBg==
        -----END CERTIFICATE-----
        EOF

        PrivateKey = <<EOF
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        -----END PRIVATE KEY-----
        EOF
    """
    block = first_block(entry.certificate)
    if block is None:
        return
    try:
        certificate = read_certificate(block.data)
    except DerError:
        return
    if not certificate.common_name:
        report(
            "the certificate has no common name",
            at=("Certificate",),
            part="key",
            help="issue it with a common name beside its DNS names",
        )
    # The text of an address is always a host name, so addresses need no look.
    for name in (certificate.common_name, *certificate.dns_names):
        if name and not is_host(name):
            report(f"`{name}` in the certificate is no host name", at=("Certificate",), part="key")


def _pkcs1_fault(entry: InlineCertificate) -> DerError | int | None:
    """Why a first block that says PKCS #1 is refused: what is malformed, or its few bits."""
    block = first_block(entry.private_key.reveal())
    if block is None or block.label != "RSA PRIVATE KEY":
        return None
    try:
        bits = rsa_modulus(block.data).bit_length()
    except DerError as fault:
        return fault
    return bits if bits < 2048 else None


def _readable(block: PemBlock | None) -> bool:
    """Whether a block holds a private key of whatever form."""
    try:
        return block is not None and public_half(block.data) is not None
    except DerError:
        return False


def _pair_fault(entry: InlineCertificate) -> str | None:
    """Why certificate and key are no pair, in the order in which they are looked at."""
    certificate = _labelled(entry.certificate, "CERTIFICATE")
    if certificate is None:
        return "no block `CERTIFICATE` in `Certificate`"
    key = _labelled(entry.private_key.reveal(), "PRIVATE KEY")
    if key is None:
        return "no block `PRIVATE KEY` in `PrivateKey`"
    try:
        public: PublicKey = read_certificate(certificate.data).key
    except DerError:
        return None  # certificate-malformed has said so
    if public.algorithm == "unknown":
        return "the certificate's key is of an unsupported type"
    try:
        half = public_half(key.data)
    except DerError:
        return f"the block `{key.label}` holds no key that can be read"
    if half.algorithm != public.algorithm:
        return f"the certificate is for a key of type {public.algorithm}, the private key is {half.algorithm}"
    return None if half == public else "the private key does not belong to the certificate"


def _labelled(text: str, label: str) -> PemBlock | None:
    """The first block with this label; a private key's may have words before it."""
    for block in pem_blocks(text):
        if block.label == label or (label == "PRIVATE KEY" and block.label.endswith(f" {label}")):
            return block
    return None


judged(
    InlineCertificate,
    first(
        META,  # IC-01
        private_key_not_pem,  # IC-02
        rsa_key_malformed,  # IC-03
        rsa_key_too_short,  # IC-04
        certificate_not_pem,  # IC-05
        certificate_malformed,  # IC-06
        certificate_key_mismatch,  # IC-07
        certificate_name_malformed,  # IC-08
        entry_name_missing,  # XG-01
    ),
)
