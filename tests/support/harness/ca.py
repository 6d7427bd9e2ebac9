"""Certificates as Consul's built-in CA issues them, written where a static configuration looks for them."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_FOR = dt.timedelta(hours=1)
CLOCK_SKEW = dt.timedelta(minutes=5)


class CertificateAuthority:
    """The root of one trust domain. Two of the same domain do not trust each other's certificates."""

    def __init__(self, trust_domain: str) -> None:
        self.trust_domain = trust_domain
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, f"Consul CA Root Cert {trust_domain}")]
        )
        root = (
            _builder(subject=self._name, issuer=self._name, key=self._key, issuer_key=self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True, key_cert_sign=True, crl_sign=True), critical=True)
            .add_extension(_uri(f"spiffe://{trust_domain}"), critical=False)
        )
        self.root_pem = _pem(root.sign(self._key, hashes.SHA256()))

    def issue(self, spiffe_id: str, folder: Path, dns_names: Iterable[str] = ()) -> Path:
        """Write `cert.pem` and `key.pem` of a leaf with this identity and these names into the folder."""
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = (
            _builder(subject=x509.Name([]), issuer=self._name, key=key, issuer_key=self._key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True, key_encipherment=True), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]),
                critical=False,
            )
            # Critical because the subject is empty (RFC 5280, 4.2.1.6).
            .add_extension(_uri(spiffe_id, *dns_names), critical=True)
        )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cert.pem").write_text(_pem(leaf.sign(self._key, hashes.SHA256())))
        (folder / "key.pem").write_text(_pem_key(key))
        return folder


def write_certificates(
    certs: Path, leaves: Mapping[str, str], authorities: Iterable[CertificateAuthority]
) -> None:
    """Fill a certificate folder: leaves as {folder below it: SPIFFE id}, and `roots/<trust domain>.pem`."""
    by_domain = {authority.trust_domain: authority for authority in authorities}
    (certs / "roots").mkdir(parents=True, exist_ok=True)
    for domain, authority in by_domain.items():
        (certs / "roots" / f"{domain}.pem").write_text(authority.root_pem)
    for folder, spiffe_id in leaves.items():
        by_domain[urlsplit(spiffe_id).netloc].issue(spiffe_id, certs / folder)


def write_needed(
    certs: Path,
    needed: Iterable[Mapping[str, Any]],
    authorities: Iterable[CertificateAuthority],
    keys: Mapping[str, str] | None = None,
) -> None:
    """Fill a certificate folder with what proxies need, as `index.json` lists it.

    Certificates and their keys come in pairs in one folder. `keys` are private keys of the tree's own
    certificates by path: nobody can issue those.
    """
    by_domain = {authority.trust_domain: authority for authority in authorities}
    for file in needed:
        path = certs / file["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        if file["kind"] == "roots":
            path.write_text(by_domain[file["trust_domain"]].root_pem)
        elif file["kind"] == "certificate":
            (spiffe_id,) = file["spiffe_ids"]
            by_domain[urlsplit(spiffe_id).netloc].issue(spiffe_id, path.parent, file.get("dns_names", ()))
        elif not file["spiffe_ids"]:
            path.write_text((keys or {})[file["file"]])


def certificates_from_index(
    out: Path,
    certs: Path,
    authorities: Iterable[CertificateAuthority] = (),
    keys: Mapping[str, str] | None = None,
) -> list[CertificateAuthority]:
    """Write every certificate that the `index.json` of a rendered folder asks for.

    One authority is made for each trust domain that none is given for; all of them are returned.
    """
    index = json.loads((out / "index.json").read_text())
    needed = [file for proxy in index["proxies"] for file in proxy["certificates"]]
    known = {authority.trust_domain: authority for authority in authorities}
    domains = {file["trust_domain"] for file in needed if file["kind"] == "roots"}
    domains |= {urlsplit(identity).netloc for file in needed for identity in file["spiffe_ids"]}
    for domain in sorted(domains - known.keys()):
        known[domain] = CertificateAuthority(domain)
    write_needed(certs, needed, known.values(), keys)
    return list(known.values())


def self_signed(name: str) -> tuple[str, str]:
    """A certificate of a host name and its key, as PEM texts: what users bring themselves."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = _builder(subject=subject, issuer=subject, key=key, issuer_key=key).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
    )
    return _pem(certificate.sign(key, hashes.SHA256())), _pem_key(key)


def _builder(
    *,
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )


def _usage(**used: bool) -> x509.KeyUsage:
    unused = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(**(unused | used))


def _uri(identity: str, *dns_names: str) -> x509.SubjectAlternativeName:
    names = map(x509.DNSName, dns_names)
    return x509.SubjectAlternativeName([*names, x509.UniformResourceIdentifier(identity)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _pem_key(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
