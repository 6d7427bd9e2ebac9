"""http-route (config-entries.md 2.13)."""

import pytest
from entry_tables import accepted_entry, first_reported, rules_found

HEAD = 'Kind = "http-route" Name = "r" '


def jwt(name):
    return f'Filters {{ JWT {{ Providers {{ Name = "{name}" }} }} }}'


def rule(rest):
    return f"Rules {{ {rest} }}"


def match(rest):
    return f"Rules {{ Matches {{ {rest} }} }}"


def hostnames(*names):
    return "Hostnames = [" + ", ".join(f'"{name}"' for name in names) + "]"


ROWS = [
    ("E390", "", []),
    *(("HR-01", hostnames(host), []) for host in ("a.com", "x y", "a.com:80", "A.COM.")),
    *(("HR-01", hostnames(host), ["route-hostname-malformed"]) for host in ("", "a..b", ".a", "l" * 64)),
    ("E392", 'Hostnames = ""', ["route-hostname-malformed"]),
    *(("HR-02", hostnames(host), ["route-hostname-wildcard"]) for host in ("*", "*.x", "a*b")),
    ("HR-03", 'Parents { Kind = "ingress-gateway" Name = "g" }', ["route-parent-kind"]),
    ("HR-03", 'Parents { Kind = "API-Gateway" Name = "g" }', ["route-parent-kind"]),
    ("HR-03", "Parents {}", []),
    ("HR-04", 'Parents { Name = "g" } Parents { Kind = "api-gateway" Name = "g" }', ["route-parent-twice"]),
    ("HR-04", 'Parents { Name = "g" } Parents { Name = "G" }', []),
    ("HR-04", 'Parents { Name = "g" SectionName = "a" } Parents { Name = "g" }', []),
    ("E397", 'Parents { Name = "g" section_name = "a" }', ["unknown-key"]),
    ("HR-05", f'Meta {{ {"k" * 129} = "v" }}', ["meta-key-too-long"]),
    *(("HR-06", match(f'Method = "{method}"'), []) for method in ("", "get", "Trace", "CONNECT")),
    *(
        ("HR-06", match(f'Method = "{method}"'), ["route-method-unknown"])
        for method in ("FOO", "LINK", " get")
    ),
    ("HR-07", match('Query { Match = "exact" Value = "x" }'), ["route-query-unnamed"]),
    *(
        ("HR-08", match(f'Query {{ Name = "x" Match = "{how}" }}'), [])
        for how in ("exact", "present", "regex")
    ),
    *(
        ("HR-08", match(f'Query {{ Name = "x" Match = "{how}" }}'), ["route-query-match-unknown"])
        for how in ("", "prefix", "Exact")
    ),
    ("HR-09", match('Headers { Match = "exact" }'), ["route-header-unnamed"]),
    *(
        ("HR-10", match(f'Headers {{ Name = "x" Match = "{how}" }}'), [])
        for how in ("exact", "prefix", "suffix", "present", "regex")
    ),
    *(
        ("HR-10", match(f'Headers {{ Name = "x" Match = "{how}" }}'), ["route-header-match-unknown"])
        for how in ("", "contains", "EXACT")
    ),
    ("HR-11", match('Path { Match = "prefix" Value = "v1" }'), ["route-path-relative"]),
    ("HR-11", match('Path { Match = "exact" }'), ["route-path-relative"]),
    ("HR-11", match('Path { Match = "prefix" Value = "/" }'), []),
    ("HR-12", match('Path { Match = "Exact" Value = "/v1" }'), ["route-path-match-unknown"]),
    ("E408", match('Path { Match = "regex" Value = "(" }'), []),
    ("E407", match('Path { Value = "v1" }'), ["route-path-value-unused"]),
    ("HR-12", match("Path {}"), []),
    ("D-38", match('Path { Value = "/" }'), []),
    ("HR-13", rule(jwt("x")), ["unknown-key"]),
    ("HR-13", rule("Services { " + jwt("x") + " }"), ["unknown-key"]),
    ("HR-13", "Rules { Filters { JWT { Providers = [] } } }", []),
    (
        "E410",
        (
            'Rules { Filters { JWT {} URLRewrite { Path = "x" } RetryFilter { RetryOn = ["bogus"] } }'
            " Services { Weight = -1 } }"
        ),
        [],
    ),
    ("E411", 'Rules { Filters { url_rewrite { Path = "x" } } }', ["unknown-key"]),
    ("D-36", "Rules { Filters { RetryFilter { RetryOnConnectionFailure = true } } }", ["unknown-key"]),
    ("D-36", "Rules { Filters { RetryFilter { RetryOnConnectFailure = true } } }", []),
    ("E413", 'Parents { Name = "g" Partition = "p" }', ["unknown-key"]),
    ("2.13", 'Rules { Filters { TimeoutFilter { RequestTimeout = "5" } } }', ["wrong-type"]),
    ("2.13", 'Rules { Filters { TimeoutFilter { RequestTimeout = "-5s" IdleTimeout = 7 } } }', []),
]


@pytest.mark.parametrize(("_id", "rest", "expected"), ROWS)
def test_community(_id, rest, expected):
    assert rules_found(HEAD + rest) == expected


@pytest.mark.parametrize(
    ("_id", "rest", "expected"),
    [
        ("E409", rule(jwt("x")), []),
        ("E413", 'Parents { Name = "g" Partition = "p" }', []),
        ("HR-04", 'Parents { Name = "g" } Parents { Name = "g" Namespace = "n" }', []),
        (
            "HR-04",
            'Parents { Name = "g" } Parents { Name = "g" Namespace = "default" }',
            ["route-parent-twice"],
        ),
        ("HR-14", rule(jwt("")), ["jwt-provider-unnamed"]),
        ("HR-14", rule("Services { " + jwt("") + " }"), ["jwt-provider-unnamed"]),
    ],
)
def test_enterprise(_id, rest, expected):
    assert rules_found(HEAD + rest, "enterprise") == expected


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (hostnames("a", "*") + ' Parents { Kind = "x" }', ["route-hostname-wildcard"]),
        ('Parents { Kind = "x" } Rules { Matches { Method = "y" } }', ["route-parent-kind"]),
        (match('Method = "y" Path { Match = "x" }'), ["route-method-unknown"]),
        (match("Query {}"), ["route-query-unnamed"]),
    ],
)
def test_what_consul_reports_first(rest, expected):
    assert first_reported(HEAD + rest) == expected


def test_normalization():
    text = (
        HEAD
        + """
        Partition = "p"
        Parents { Name = "g" }
        Rules {
          Matches { Method = "get" Path { Value = "v1" } }
          Services = [{ Name = "a" }, { Name = "b" Weight = -3 Namespace = "N" }, { Name = "c" Weight = 5 }]
        }
    """
    )
    route = accepted_entry(text, "enterprise")
    assert [(parent.kind, parent.partition, parent.namespace) for parent in route.parents] == [
        ("api-gateway", "p", "default")
    ]
    (rule,) = route.rules
    (made,) = rule.matches
    assert (made.method, made.path.match, made.path.value) == ("GET", "prefix", "/")
    assert [(service.name, service.weight, service.namespace) for service in rule.services] == [
        ("a", 1, "default"),
        ("b", 1, "n"),
        ("c", 5, "default"),
    ]
