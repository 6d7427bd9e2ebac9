"""api-gateway (config-entries.md 2.12)."""

import pytest
from entry_tables import accepted_entry, first_reported, rules_found

HEAD = 'Kind = "api-gateway" Name = "gw" '


def listener(rest, name="a", port=80, protocol="http"):
    return f'Listeners {{ Name = "{name}" Port = {port} Protocol = "{protocol}" {rest} }} '


def tls(rest):
    return listener(f"TLS {{ {rest} }}")


JWT = "JWT { Providers { Name = %s } }"

ROWS = [
    ("AG-01", "Meta { a = 1 } " + listener(""), []),
    ("AG-01", "Meta {" + " ".join(f"k{n} = 1" for n in range(65)) + "}" + listener(""), ["meta-too-many"]),
    ("AG-02", "", ["api-gateway-without-listeners"]),
    ("AG-02", "Listeners = []", ["api-gateway-without-listeners"]),
    *(("AG-03", listener("", name=name), []) for name in ("a", "a-b", "a--b", "l1.a-b", "0")),
    *(
        ("AG-03", listener("", name=name), ["listener-name-malformed"])
        for name in ("", "L1", "a_b", "-a", "a-", "a.", ".a", "a..b", "a-.b")
    ),
    ("AG-04", listener("") + listener("", port=81), ["listener-name-twice"]),
    ("AG-05", listener("") + listener("", name="b"), []),
    ("AG-05", listener("") + listener("", name="b", protocol="HTTP"), []),
    ("AG-05", listener('Hostname = "x"') + listener("", name="b"), ["listeners-not-mergeable"]),
    ("AG-05", listener("") + listener("", name="b", protocol="tcp"), ["listeners-not-mergeable"]),
    ("AG-06", listener("", protocol=""), ["listener-protocol-unsupported"]),
    ("AG-06", listener("", protocol="grpc"), ["listener-protocol-unsupported"]),
    ("AG-07", listener('Hostname = "x"', protocol="tcp"), ["tcp-listener-with-hostname"]),
    *(("AG-08", listener("", port=port), []) for port in (1, 65535)),
    *(("AG-08", listener("", port=port), ["listener-port-out-of-range"]) for port in (0, -1, 65536)),
    *(("AG-09", listener(f'Hostname = "{host}"'), []) for host in ("*.x", "x", "x..y !!", "*.")),
    *(
        ("AG-09", listener(f'Hostname = "{host}"'), ["listener-hostname-wildcard"])
        for host in ("*", "a.*", "a*", "*.*.x", "*a")
    ),
    ("AG-10", tls('Certificates { Kind = "foo" Name = "c" }'), ["certificate-kind-unsupported"]),
    ("AG-10", tls('Certificates { Kind = "file-system-certificate" Name = "c" }'), []),
    ("AG-10", tls('Certificates { Name = "c" }'), []),
    ("AG-11", tls('Certificates { Kind = "inline-certificate" }'), ["certificate-unnamed"]),
    ("AG-12", tls('MinVersion = "1.2"'), ["tls-version-unknown"]),
    ("AG-12", tls('maxversion = "TLSV1_2"'), ["tls-version-unknown"]),
    ("AG-12", tls('MinVersion = "TLSv1_3" MaxVersion = "TLSv1_2"'), ["tls-versions-reversed"]),
    ("AG-12", tls('MinVersion = "TLS_AUTO" MaxVersion = "TLSv1_0"'), []),
    (
        "AG-12",
        tls('MinVersion = "TLSv1_3" CipherSuites = "x"'),
        ["cipher-suites-with-tls13", "cipher-suite-unknown"],
    ),
    ("AG-12", tls('cipher_suites = ["x"]'), ["cipher-suite-unknown"]),
    ("AG-12", tls('CipherSuites = ["TLS_RSA_WITH_AES_128_CBC_SHA"]'), []),
    ("E385", tls('tls_min_version = "TLSv1_2"'), []),
    ("E386", tls('min_version = "TLSv1_2"'), ["unknown-key"]),
    ("AG-13", listener("Default { " + JWT % '"x"' + " }"), ["unknown-key"]),
    ("AG-13", listener("Override { JWT {} }"), []),
    ("AG-13", listener("Override { JWT { Providers = [] } }"), []),
    ("E389", tls('Certificates { Name = "c" Namespace = "n" }'), ["unknown-key"]),
    ("2.12", listener("MaxRequestHeadersKB = 5"), ["unknown-key"]),
    ("2.12", listener("") + "Status { Conditions {} }", []),
]


@pytest.mark.parametrize(("_id", "rest", "expected"), ROWS)
def test_community(_id, rest, expected):
    assert rules_found(HEAD + rest) == expected


@pytest.mark.parametrize(
    ("_id", "rest", "expected"),
    [
        ("E387", listener("Default { " + JWT % '"x"' + " }"), []),
        ("E389", tls('Certificates { Name = "c" Namespace = "n" }'), []),
        ("AG-14", listener("Default { " + JWT % '""' + " }"), ["jwt-provider-unnamed"]),
        ("AG-14", listener("Override { " + JWT % '""' + " }"), ["jwt-provider-unnamed"]),
    ],
)
def test_enterprise(_id, rest, expected):
    assert rules_found(HEAD + rest, "enterprise") == expected


@pytest.mark.parametrize("providers", ["null", "[]", '[{"Name": "x"}]'])
def test_body_of_the_api_knows_no_jwt_providers(providers):  # AG-13
    text = (
        '{"Kind": "api-gateway", "Name": "gw", "Listeners": [{"Name": "a", "Port": 1, "Protocol": "http",'
        f' "Default": {{"JWT": {{"Providers": {providers}}}}}}}]}}'
    )
    assert rules_found(text, path="http") == ["unknown-key"]


def test_newer_versions_know_the_size_of_headers():
    assert rules_found(HEAD + listener("MaxRequestHeadersKB = 5"), version=(1, 23)) == []


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        # All names come before the ports and protocols, and a name's repetition before the next name.
        (listener("", port=0) + listener("", name="B"), ["listener-name-malformed"]),
        (listener("") + listener("", port=1) + listener("", name="B", port=2), ["listener-name-twice"]),
        (listener("", protocol="x") + listener("", name="b", port=80), ["listeners-not-mergeable"]),
        (listener('TLS { MinVersion = "x" Certificates {} }'), ["certificate-unnamed"]),
    ],
)
def test_what_consul_reports_first(rest, expected):
    assert first_reported(HEAD + rest) == expected


def test_without_a_name():  # XG-01
    assert rules_found('Kind = "api-gateway" ' + listener("")) == ["entry-name-missing"]


def test_normalization():
    text = (
        HEAD
        + 'Partition = "P1" '
        + listener(
            'TLS { Certificates = [{ Name = "c" }, { Name = "d" Namespace = "NS" Partition = "P2" }] }',
            protocol="HTTP",
        )
        + "Status { Conditions {} }"
    )
    gateway = accepted_entry(text, "enterprise")
    (made,) = gateway.listeners
    assert made.protocol == "http"
    assert [
        (reference.kind, reference.name, reference.partition, reference.namespace)
        for reference in made.tls.certificates
    ] == [("inline-certificate", "c", "p1", "default"), ("inline-certificate", "d", "p2", "ns")]
    assert gateway.status.conditions == ()
