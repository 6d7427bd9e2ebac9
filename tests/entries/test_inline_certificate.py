"""inline-certificate and file-system-certificate (config-entries.md 2.16, 2.17)."""

import base64
import datetime as dt
import ipaddress
import json
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from entry_tables import first_reported, rules_found

from meshgw.entries.inline_certificate import InlineCertificate

PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
PKCS8 = serialization.PrivateFormat.PKCS8
CURVES = {"p224": ec.SECP224R1, "p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1}


@cache
def key(kind):
    match kind:
        case "rsa1024" | "rsa2048" | "rsa2048-other":
            return rsa.generate_private_key(65537, int(kind[3:7]))  # short keys are the subject
        case "ed25519" | "ed25519-other":
            return ed25519.Ed25519PrivateKey.generate()
        case "dsa":
            return dsa.generate_private_key(2048)
        case _:
            return ec.generate_private_key(CURVES[kind.partition("-")[0]]())


def private(kind, form=PKCS8, password=None):
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key(kind).private_bytes(serialization.Encoding.PEM, form, how).decode()


def certificate(kind, common_name="ok.example.com", names=(), raw_names=b""):
    names_of = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Org")]
    if common_name is not None:
        names_of.append(x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    subject = x509.Name(names_of)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key(kind).public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2000, 1, 1))  # noqa: DTZ001  # certificates have no zone
        .not_valid_after(dt.datetime(2001, 1, 1))  # noqa: DTZ001
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if raw_names:
        raw = x509.UnrecognizedExtension(x509.ExtensionOID.SUBJECT_ALTERNATIVE_NAME, raw_names)
        builder = builder.add_extension(raw, critical=False)
    digest = None if kind.startswith("ed25519") else hashes.SHA256()
    return builder.sign(key(kind), digest).public_bytes(serialization.Encoding.PEM).decode()


def pem(label, data):
    return f"-----BEGIN {label}-----\n{base64.b64encode(data).decode()}\n-----END {label}-----\n"


def entry(cert, private_key):
    return json.dumps(
        {"Kind": "inline-certificate", "Name": "c", "Certificate": cert, "PrivateKey": private_key}
    )


DNS = x509.DNSName
ACCEPTED = {
    "E454": lambda: (certificate("rsa2048"), private("rsa2048")),
    "E455": lambda: (certificate("rsa2048"), private("rsa2048", PKCS1)),
    "E456": lambda: (certificate("rsa1024"), private("rsa1024")),
    "IC-07 ed25519": lambda: (certificate("ed25519"), private("ed25519")),
    **{f"IC-07 {kind}": (lambda kind=kind: (certificate(kind), private(kind))) for kind in CURVES},
    **{
        f"IC-07 sec1 {kind}": (lambda kind=kind: (certificate(kind), private(kind, PKCS1))) for kind in CURVES
    },
    "IC-08 wildcard": lambda: (certificate("p256", "*.example.com"), private("p256")),
    "IC-08 words": lambda: (certificate("p256", "My Cert", [DNS("a.b"), DNS("*.c")]), private("p256")),
    "chain": lambda: (certificate("p256") + certificate("rsa2048"), private("p256")),
    "text before": lambda: ("Subject: web\n" + certificate("p256"), "note\n" + private("p256")),
    "parameters before": lambda: (certificate("p256"), pem("EC PARAMETERS", b"x") + private("p256", PKCS1)),
    "CRLF": lambda: (certificate("p256").replace("\n", "\r\n"), private("p256").replace("\n", "\r\n")),
}
REFUSED = {
    "IC-02 empty": (lambda: (certificate("p256"), ""), "private-key-not-pem"),
    "IC-02 text": (lambda: (certificate("p256"), "x"), "private-key-not-pem"),
    "IC-02 no end": (lambda: (certificate("p256"), private("p256")[:-20]), "private-key-not-pem"),
    "IC-02 dots": (
        lambda: (
            certificate("p256"),
            "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----\n",
        ),
        "private-key-not-pem",
    ),
    "IC-03 PKCS8": (
        lambda: (certificate("rsa2048"), private("rsa2048").replace(" PRIVATE", " RSA PRIVATE")),
        "rsa-key-malformed",
    ),
    "IC-03 garbage": (lambda: (certificate("p256"), pem("RSA PRIVATE KEY", b"garbage")), "rsa-key-malformed"),
    "IC-03 encrypted": (
        lambda: (certificate("rsa2048"), private("rsa2048", PKCS1, b"secret")),
        "rsa-key-malformed",
    ),
    "E457": (lambda: (certificate("rsa1024"), private("rsa1024", PKCS1)), "rsa-key-too-short"),
    "E460": (lambda: ("x", private("p256")), "certificate-not-pem"),
    "IC-05 empty": (lambda: ("", private("p256")), "certificate-not-pem"),
    "E461": (lambda: (pem("CERTIFICATE", b"garbage"), private("p256")), "certificate-malformed"),
    "IC-06 key first": (
        lambda: (private("p256") + certificate("p256"), private("p256")),
        "certificate-malformed",
    ),
    "IC-06 trailing": (
        lambda: (
            pem("CERTIFICATE", base64.b64decode("".join(certificate("p256").split("\n")[1:-2])) + b"x"),
            private("p256"),
        ),
        "certificate-malformed",
    ),
    "IC-06 address": (
        lambda: (certificate("p256", raw_names=b"\x30\x05\x87\x03\x01\x02\x03"), private("p256")),
        "certificate-malformed",
    ),
    "E458": (lambda: (certificate("rsa2048"), private("rsa2048-other")), "certificate-key-mismatch"),
    "IC-07 curve": (lambda: (certificate("p256"), private("p384")), "certificate-key-mismatch"),
    "IC-07 point": (lambda: (certificate("p256"), private("p256-other")), "certificate-key-mismatch"),
    "IC-07 edwards": (lambda: (certificate("ed25519"), private("ed25519-other")), "certificate-key-mismatch"),
    "IC-07 type": (lambda: (certificate("p256"), private("rsa2048")), "certificate-key-mismatch"),
    "IC-07 dsa": (lambda: (certificate("dsa"), private("dsa")), "certificate-key-mismatch"),
    "E459": (lambda: (certificate("p256"), certificate("p256")), "certificate-key-mismatch"),
    "IC-07 label": (
        lambda: (certificate("p256").replace("CERTIFICATE", "X509 CRL"), private("p256")),
        "certificate-key-mismatch",
    ),
    "IC-07 encrypted": (
        lambda: (certificate("p256"), private("p256", PKCS8, b"secret")),
        "certificate-key-mismatch",
    ),
    "E462": (
        lambda: (certificate("p256", None, [DNS("a.com")]), private("p256")),
        "certificate-name-malformed",
    ),
    "IC-08 dots": (lambda: (certificate("p256", "a..b"), private("p256")), "certificate-name-malformed"),
    "IC-08 name": (
        lambda: (certificate("p256", "a", [DNS("a..b")]), private("p256")),
        "certificate-name-malformed",
    ),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepted(case):
    assert rules_found(entry(*ACCEPTED[case]())) == []


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    make, expected = REFUSED[case]
    assert rules_found(entry(*make())) == [expected]


def address(text):
    return x509.IPAddress(ipaddress.ip_address(text))


HOSTS = [
    (("a.com",), ("a.com",)),
    (("a.com", [DNS("a.com"), DNS("*.b.com")]), ("a.com", "a.com", "*.b.com")),
    (
        (None, [address("10.0.0.1"), DNS("a.com"), address("2001:db8::1")]),
        ("", "a.com", "10.0.0.1", "2001:db8::1"),
    ),
    ((None, [address("::ffff:10.0.0.2")]), ("", "10.0.0.2")),
]


@pytest.mark.parametrize(("names", "expected"), HOSTS)
def test_hosts(names, expected):  # envoy-other-gateways.md 5.6
    others = certificate("p256", "other.com")
    assert InlineCertificate(name="c", certificate=certificate("p256", *names) + others).hosts == expected


@pytest.mark.parametrize(
    ("cert", "private_key", "expected"),
    [("", "", "private-key-not-pem"), ("x", pem("RSA PRIVATE KEY", b"x"), "rsa-key-malformed")],
)
def test_the_key_is_looked_at_first(cert, private_key, expected):
    assert first_reported(entry(cert, private_key)) == [expected]


def test_the_meta_comes_before_all():  # IC-01
    text = f'Kind = "inline-certificate" Name = "c" Meta {{ a = "{"v" * 513}" }}'
    assert first_reported(text) == ["meta-value-too-long"]


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN a:b-----\n" * 20_000,
        "-----BEGIN A-----\n" * 20_000 + "-----END A-----\n",
        "-----BEGIN A-----\n-----END B-----\n" * 20_000,
        pem("RSA PRIVATE KEY", b"\x30\x84\x00\x10\x00\x00" + b"\x02\x01\x01" * 300_000),
        pem("CERTIFICATE", b"\x30\x80" * 100_000),
    ],
)
def test_hostile_text_is_refused_in_linear_time(text):
    assert rules_found(entry(text, text))


@pytest.mark.parametrize(
    ("_id", "text", "path", "expected"),
    [
        ("E419", 'kind = "file-system-certificate" name = "c"', "cli", []),
        ("E419", 'kind = "file-system-certificate" name = "c" private_key = "/k"', "cli", []),
        (
            "E508",
            '{"Kind": "file-system-certificate", "Name": "c", "private_key": "/k"}',
            "http",
            ["unknown-key"],
        ),
        ("E509", '{"Kind": "file-system-certificate", "Name": "c", "privatekey": "/k"}', "http", []),
        (
            "FC-01",
            f'kind = "file-system-certificate" name = "c" meta {{ {"k" * 129} = 1 }}',
            "cli",
            ["meta-key-too-long"],
        ),
        ("XG-01", 'kind = "file-system-certificate"', "cli", ["entry-name-missing"]),
        ("E422", 'kind = "inline-certificate" name = "c" partition = "p"', "cli", ["unknown-key"]),
    ],
)
def test_files_and_keys(_id, text, path, expected):
    assert rules_found(text, path=path) == expected


def test_enterprise_takes_partitions():  # E422
    assert first_reported('kind = "inline-certificate" name = "c" partition = "p"', "enterprise") == [
        "private-key-not-pem"
    ]
