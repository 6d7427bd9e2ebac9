# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""ingress-gateway (config-entries.md 2.7)."""

import pytest
from entry_tables import accepted_entry, first_reported, rules_found

HEAD = 'Kind = "ingress-gateway" Name = "edge" '

# fmt: off
WORKED = [
    ("E280", 'kind="ingress-gateway" name="ig"', "", ""),  # accepted
    ("E281", 'kind="ingress-gateway" name="ig" tls { tls_min_version="TLSv1_3" tls_max_version="TLSv1_2" }', "tls-versions-reversed", "tls-versions-reversed"),  # IG-02
    ("E282", 'kind="ingress-gateway" name="ig" tls { tls_min_version="1.2" }', "tls-version-unknown", "tls-version-unknown"),  # IG-02
    ("E283", 'kind="ingress-gateway" name="ig" tls { tls_min_version="TLSv1_3" cipher_suites=["TLS_RSA_WITH_AES_128_GCM_SHA256"] }', "cipher-suites-with-tls13", "cipher-suites-with-tls13"),  # IG-02
    ("E284", 'kind="ingress-gateway" name="ig" tls { tls_max_version="TLSv1_3" cipher_suites=["TLS_RSA_WITH_AES_128_GCM_SHA256"] }', "", ""),  # accepted
    ("E285", 'kind="ingress-gateway" name="ig" tls { cipher_suites=["x"] }', "cipher-suite-unknown", "cipher-suite-unknown"),  # IG-02
    ("E286", 'kind="ingress-gateway" name="ig" listeners { services { name="a" } } listeners { services { name="b" } }', "ingress-port-twice", "ingress-port-twice"),  # IG-03
    ("E287", 'kind="ingress-gateway" name="ig" listeners { port=99999 services { name="a" } }', "", ""),  # accepted
    ("E288", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="udp" services { name="a" } }', "ingress-protocol-unknown", "ingress-protocol-unknown"),  # IG-04
    ("E289", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="HTTP" services { name="a" } }', "", ""),  # accepted
    ("E290", 'kind="ingress-gateway" name="ig" listeners { port=80  }', "ingress-listener-without-services", "ingress-listener-without-services"),  # IG-05
    ("E291", 'kind="ingress-gateway" name="ig" listeners { port=80 services { name="a" } services { name="b" } }', "ingress-several-services-on-tcp", "ingress-several-services-on-tcp"),  # IG-06
    ("E292", 'kind="ingress-gateway" name="ig" listeners { port=80 services { name="a" } tls { tls_max_version="x" } }', "tls-version-unknown", "tls-version-unknown"),  # IG-07
    ("E293", 'kind="ingress-gateway" name="ig" listeners { port=80 services { name="a" request_headers { add { x="y" } } } }', "ingress-request-headers-on-tcp", "ingress-request-headers-on-tcp"),  # IG-08
    ("E294", 'kind="ingress-gateway" name="ig" listeners { port=80 services { name="a" request_headers { } } }', "", ""),  # accepted
    ("E295", 'kind="ingress-gateway" name="ig" listeners { port=80 services { name="a" response_headers { remove=["x"] } } }', "ingress-response-headers-on-tcp", "ingress-response-headers-on-tcp"),  # IG-09
    ("E296", 'kind="ingress-gateway" name="ig" listeners { port=80 services { name="*" } }', "ingress-wildcard-on-tcp", "ingress-wildcard-on-tcp"),  # IG-10
    ("E297", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="grpc" services { name="*" } }', "", ""),  # accepted
    ("E298", 'kind="ingress-gateway" name="ig" listeners { port=80 services { name="a" hosts=["x.com"] } }', "ingress-hosts-on-tcp", "ingress-hosts-on-tcp"),  # IG-11
    ("E299", 'kind="ingress-gateway" name="ig" listeners { port=80 services { } }', "ingress-service-unnamed", "ingress-service-unnamed"),  # IG-12
    ("E300", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="http" services { name="*" hosts=["x.com"] } }', "ingress-hosts-for-wildcard", "ingress-hosts-for-wildcard"),  # IG-13
    ("E301", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="http" services { name="a" } services { name="a" } }', "ingress-service-twice", "ingress-service-twice"),  # IG-15
    ("E302", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="http" services { name="a" namespace="*" } }', "unknown-key", "ingress-wildcard-namespace"),  # TEN-01, enterprise: IG-14
    ("E303", 'kind="ingress-gateway" name="ig" tls { sds { cert_resource="x" } } listeners { port=80 services { name="a" } }', "ingress-sds-without-cluster", "ingress-sds-without-cluster"),  # IG-16
    ("E304", 'kind="ingress-gateway" name="ig" tls { sds { cert_resource="x" } }', "", ""),  # accepted
    ("E305", 'kind="ingress-gateway" name="ig" tls { sds { cluster_name="x" } } listeners { port=80 services { name="a" } }', "ingress-sds-without-certificate", "ingress-sds-without-certificate"),  # IG-17
    ("E306", 'kind="ingress-gateway" name="ig" tls { sds { cluster_name="x" } } listeners { port=80 services { name="a" } tls { sds { cert_resource="c" } } }', "", ""),  # accepted
    ("E307", 'kind="ingress-gateway" name="ig" listeners { port=80 services { name="a" } tls { sds { cluster_name="c" } } }', "ingress-listener-sds-without-certificate", "ingress-listener-sds-without-certificate"),  # IG-18
    ("E308", 'kind="ingress-gateway" name="ig" listeners { port=80 services { name="a" } tls { sds { cert_resource="c" } } }', "ingress-listener-sds-without-cluster", "ingress-listener-sds-without-cluster"),  # IG-19
    ("E309", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="http" services { name="a" tls { sds { cluster_name="x" cert_resource="c" } } } }', "ingress-service-sds-without-hosts", "ingress-service-sds-without-hosts"),  # IG-20
    ("E310", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="http" services { name="a" hosts=["x.com"] tls { sds { cert_resource="c" } } } }', "ingress-service-sds-without-any-cluster", "ingress-service-sds-without-any-cluster"),  # IG-21
    ("E311", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="http" services { name="a" hosts=["x.com"] tls { sds { cluster_name="x" } } } }', "", ""),  # accepted
    ("E312", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="http" services { name="a" hosts=["x.com"] } services { name="b" hosts=["x.com"] } }', "ingress-host-twice", "ingress-host-twice"),  # IG-22
    ("E313", 'kind="ingress-gateway" name="ig" tls { enabled=true } listeners { port=80 protocol="http" services { name="a" hosts=["*"] } }', "ingress-any-host-with-tls", "ingress-any-host-with-tls"),  # IG-23
    ("E314", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="http" tls { enabled=true } services { name="a" hosts=["*"] } }', "", ""),  # accepted
    ("E315", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="http" services { name="a" hosts=["x..com"] } }', "ingress-host-invalid", "ingress-host-invalid"),  # IG-24
    ("E316", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="http" services { name="a" hosts="" } }', "ingress-host-invalid", "ingress-host-invalid"),  # IG-24
    ("E317", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="http" services { name="a" hosts=["a.com:80","_x","*.com","*"] } }', "", ""),  # accepted
    ("E318", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="http" services { name="a" hosts=["a.*.com"] } }', "ingress-host-wildcard-inside", "ingress-host-wildcard-inside"),  # IG-25
    ("E319", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="http" services { name="a" hosts=["*foo.com"] } }', "ingress-host-wildcard-inside", "ingress-host-wildcard-inside"),  # IG-25
    ("E320", 'kind="ingress-gateway" name="ig" defaults { max_connections=5 }', "unknown-key", "unknown-key"),  # DEC-05
    ("E321", 'kind="ingress-gateway" name="ig" defaults { maxconnections=5 }', "", ""),  # accepted
    ("E322", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="http" services { name="a" meta { a="b" } } }', "unknown-key", "unknown-key"),  # DEC-05
    ("E323", 'kind="ingress-gateway" name="ig" listeners { port=80 protocol="http" services { name="a" passive_health_check { interval="-1s" max_ejection_percent=500 } } }', "", ""),  # accepted
]
# fmt: on


@pytest.mark.parametrize(("example", "text", "community", "enterprise"), WORKED)
def test_worked_examples(example, text, community, enterprise):
    assert first_reported(text) == ([community] if community else [])
    assert first_reported(text, "enterprise") == ([enterprise] if enterprise else [])


def listener(services, more="", protocol="http", port=80):
    return f'Listeners {{ Port = {port} Protocol = "{protocol}" {services} {more} }} '


A = 'Services { Name = "a" }'


@pytest.mark.parametrize(
    ("rule_id", "rest", "expected"),
    [
        ("IG-01", f'Meta {{ a = "{"v" * 513}" }}', ["meta-value-too-long"]),
        ("IG-07", listener(A, 'TLS { CipherSuites = ["x"] }'), ["cipher-suite-unknown"]),
        ("IG-15", listener('Services { Name = "a" } Services { Name = "b" } Services { Name = "a" }'), ["ingress-service-twice"]),
        ("IG-15", listener(A) + listener(A, port=81), []),
        ("IG-16", 'TLS { SDS { CertResource = "r" } } ' + listener(A) + listener(A, port=81), ["ingress-sds-without-cluster"]),
        ("IG-17", 'TLS { SDS { ClusterName = "c" } } ' + listener(A, 'TLS { SDS { CertResource = "r" } }') + listener(A, port=81), ["ingress-sds-without-certificate"]),
        ("IG-19", listener(A + ' Services { Name = "b" }', 'TLS { SDS { CertResource = "r" } }'), ["ingress-listener-sds-without-cluster"]),
        ("IG-22", listener('Services { Name = "a" Hosts = ["x"] }') + listener('Services { Name = "a" Hosts = ["x"] }', port=81), []),
        ("IG-23", "TLS { Enabled = true } " + listener('Services { Name = "a" Hosts = ["a.com", "*.com"] }'), []),
        ("IG-24", listener(f'Services {{ Name = "a" Hosts = ["{"a" * 64}"] }}'), ["ingress-host-invalid"]),
        ("IG-25", listener('Services { Name = "a" Hosts = ["*."] }'), []),
        ("IG-25", listener('Services { Name = "a" Hosts = ["*.*.com"] }'), ["ingress-host-wildcard-inside"]),
        ("XG-01", 'Name = ""', ["entry-name-missing"]),
    ],
)  # fmt: skip
def test_community(rule_id, rest, expected):
    assert rules_found(HEAD + rest) == expected


@pytest.mark.parametrize(
    ("rule_id", "rest", "expected"),
    [
        ("IG-14", 'Namespace = "n" ' + listener('Services { Name = "a" Namespace = "*" }'), ["ingress-wildcard-namespace"]),
        ("IG-15", listener('Services { Name = "a" Namespace = "n" } Services { Name = "a" }'), []),
        ("IG-15", 'Namespace = "n" ' + listener('Services { Name = "a" Namespace = "N" } Services { Name = "a" }'), ["ingress-service-twice"]),
        ("IG-15", listener('Services { Name = "a" Partition = "p" } Services { Name = "a" }'), []),
    ],
)  # fmt: skip
def test_enterprise(rule_id, rest, expected):
    assert rules_found(HEAD + rest, "enterprise") == expected


def test_consul_stops_at_the_first_listener_that_fails():
    assert first_reported(HEAD + listener(A, protocol="udp") + listener("", port=80)) == [
        "ingress-protocol-unknown"
    ]


def test_normalization():
    text = (
        HEAD
        + 'Namespace = "n" Partition = "p" Listeners { Port = 80 Services { Name = "a" } } '
        + listener(A, port=81, protocol="HTTP2")
    )
    gateway = accepted_entry(text, "enterprise")
    assert [found.protocol for found in gateway.listeners] == ["tcp", "http2"]
    assert (gateway.listeners[0].services[0].namespace, gateway.listeners[0].services[0].partition) == (
        "n",
        "p",
    )


def test_meta_of_a_service_reaches_the_server_only():  # E322, E510
    text = '{"Kind": "ingress-gateway", "Name": "ig", "Listeners": [{"Port": 1, "Services": [{"Name": "a", "Meta": {"x": "y"}}]}]}'
    assert rules_found(text) == ["unknown-key"]
    assert accepted_entry(text, path="http").listeners[0].services[0].meta == {"x": "y"}


CIPHERS = 'CipherSuites = ["TLS_RSA_WITH_AES_128_GCM_SHA256"]'
SDS = 'SDS { ClusterName = "c" CertResource = "r" }'


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (listener(A, port=0), ["ingress-port-out-of-range"]),
        (listener(A, port=-1), ["ingress-port-out-of-range"]),
        (listener(A, port=65536), ["ingress-port-out-of-range"]),
        (listener(A, port=65535), []),
        (f"TLS {{ {CIPHERS} }} " + listener(A, 'TLS { TLSMinVersion = "TLSv1_3" }'), ["ingress-ciphers-conflict"]),
        ('TLS { TLSMinVersion = "TLSv1_3" } ' + listener(A, f"TLS {{ {CIPHERS} }}"), ["ingress-ciphers-conflict"]),
        (f"TLS {{ {CIPHERS} }} " + listener(A, "TLS {}"), []),
        ('TLS { TLSMinVersion = "TLSv1_3" } ' + listener(A, f'TLS {{ {CIPHERS} TLSMinVersion = "TLSv1_2" }}'), []),
        (listener('Services { Name = "a" Hosts = ["*"] }', "TLS { Enabled = true }"), ["ingress-host-any-without-certificate"]),
        (listener('Services { Name = "a" Hosts = ["*"] }', f"TLS {{ Enabled = true {SDS} }}"), []),
        (listener('Services { Name = "a" Hosts = ["x"] TLS { SDS { ClusterName = "c" } } }'), ["ingress-service-sds-cluster-ignored"]),
        (f"TLS {{ {SDS} }} " + listener('Services { Name = "a" Hosts = ["x"] TLS { SDS { CertResource = "s" } } }'), ["ingress-service-sds-cluster-not-inherited"]),
        (f"TLS {{ {SDS} }} " + listener(f'Services {{ Name = "a" Hosts = ["x"] TLS {{ {SDS} }} }}'), []),
        ('Defaults { PassiveHealthCheck { Interval = "-1s" } }', ["ingress-health-check-invalid"]),
        (listener('Services { Name = "a" PassiveHealthCheck { EnforcingConsecutive5xx = 101 } }'), ["ingress-health-check-invalid"]),
        (listener('Services { Name = "a" PassiveHealthCheck { BaseEjectionTime = "-1s" } }'), ["ingress-health-check-invalid"]),
        (listener('Services { Name = "a" PassiveHealthCheck { Interval = "1s" MaxEjectionPercent = 100 } }'), []),
        ("Defaults { MaxPendingRequests = 5 } " + listener('Services { Name = "a" MaxPendingRequests = 0 }'), ["ingress-zero-ignored"]),
        ("Defaults { MaxPendingRequests = 5 } " + listener('Services { Name = "a" MaxConnections = 0 }'), []),
        (listener(A + ' Services { Name = "A" }'), ["ingress-service-differs-by-case"]),
        (listener('Services { Name = "a" RequestHeaders { Set { Host = "x" } } }'), ["header-not-modifiable"]),
        (listener('Services { Name = "a" ResponseHeaders { Add { x = "5%" } } }'), ["header-value-format"]),
        (listener('Services { Name = "*" } Services { Name = "a" MaxConnections = 1 }'), ["ingress-service-differs-from-wildcard"]),
        (listener('Services { Name = "*" } Services { Name = "a" }'), []),
        (listener(A) + listener(A, port=81), []),
        (listener(A) + listener(A, port=81, protocol="grpc"), ["ingress-service-on-unequal-listeners"]),
        (listener(A) + listener('Services { Name = "a" MaxConnections = 1 }', port=81), ["ingress-service-on-unequal-listeners"]),
    ],
)  # fmt: skip
def test_advice(rest, expected):
    assert rules_found(HEAD + rest) == expected
    accepted_entry(HEAD + rest)
