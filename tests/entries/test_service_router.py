# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""service-router (config-entries.md 2.3)."""

import json

import pytest
from entry_tables import accepted_entry, first_reported, rules_found

from meshgw.loading.texts import judge_entry_text
from meshgw.profile import Profile

HEAD = 'Kind = "service-router" Name = "web" '

# fmt: off
WORKED = [
    ("E137", 'kind="service-router"', "router-unnamed", "router-unnamed"),  # SR-01
    ("E138", 'kind="service-router" name="web" ', "", ""),  # accepted
    ("E139", 'kind="service-router" name="web" routes { }', "", ""),  # accepted
    ("E140", 'kind="service-router" name="web" routes { match { http { path_exact="v1" } } }', "router-path-exact-relative", "router-path-exact-relative"),  # SR-03
    ("E141", 'kind="service-router" name="web" routes { match { http { path_prefix="v1" } } }', "router-path-prefix-relative", "router-path-prefix-relative"),  # SR-04
    ("E142", 'kind="service-router" name="web" routes { match { http { path_prefix="/a" path_regex="b" } } }', "router-paths-combined", "router-paths-combined"),  # SR-05
    ("E143", 'kind="service-router" name="web" routes { match { http { path_regex="(" } } }', "", ""),  # accepted
    ("E144", 'kind="service-router" name="web" routes { match { http { header { present=true } } } }', "router-header-unnamed", "router-header-unnamed"),  # SR-06
    ("E145", 'kind="service-router" name="web" routes { match { http { header { name="x" } } } }', "router-header-not-one-condition", "router-header-not-one-condition"),  # SR-07
    ("E146", 'kind="service-router" name="web" routes { match { http { header { name="x" exact="a" prefix="b" } } } }', "router-header-not-one-condition", "router-header-not-one-condition"),  # SR-07
    ("E147", 'kind="service-router" name="web" routes { match { http { header { name="x" invert=true } } } }', "router-header-not-one-condition", "router-header-not-one-condition"),  # SR-07
    ("E148", 'kind="service-router" name="web" routes { match { http { header { name="x" present=false exact="a" invert=true } } } }', "", ""),  # accepted
    ("E149", 'kind="service-router" name="web" routes { match { http { header { name="x" contains="a" } } } }', "unknown-key", "unknown-key"),  # DEC-05
    ("E150", 'kind="service-router" name="web" routes { match { http { query_param { present=true } } } }', "router-query-unnamed", "router-query-unnamed"),  # SR-08
    ("E151", 'kind="service-router" name="web" routes { match { http { query_param { name="x" exact="a" regex="b" } } } }', "router-query-not-one-condition", "router-query-not-one-condition"),  # SR-09
    ("E152", 'kind="service-router" name="web" routes { match { http { query_param { name="x" prefix="a" } } } }', "unknown-key", "unknown-key"),  # DEC-05
    ("E153", 'kind="service-router" name="web" routes { match { http { methods=["FOO"] } } }', "router-method-unknown", "router-method-unknown"),  # SR-10
    ("E154", 'kind="service-router" name="web" routes { match { http { methods="" } } }', "router-method-unknown", "router-method-unknown"),  # SR-10
    ("E155", 'kind="service-router" name="web" routes { match { http { methods=["get","GET"] } } }', "router-method-twice", "router-method-twice"),  # SR-11
    ("E156", 'kind="service-router" name="web" routes { match { http { methods="trace" } } }', "", ""),  # accepted
    ("E157", 'kind="service-router" name="web" routes { destination { prefix_rewrite="/" } }', "router-rewrite-without-path", "router-rewrite-without-path"),  # SR-12
    ("E158", 'kind="service-router" name="web" routes { match { http { path_regex="/a" } } destination { prefix_rewrite="/" } }', "router-rewrite-without-path", "router-rewrite-without-path"),  # SR-12
    ("E159", 'kind="service-router" name="web" routes { match { http { path_prefix="/a" } } destination { prefix_rewrite="/" } }', "", ""),  # accepted
    ("E160", 'kind="service-router" name="web" routes { destination { retry_on=["5XX"] } }', "router-retry-condition-unknown", "router-retry-condition-unknown"),  # SR-13
    ("E161", 'kind="service-router" name="web" routes { destination { retry_on=["5xx","cancelled"] retry_on_status_codes=[99999] request_timeout="-1s" } }', "", ""),  # accepted
    ("E162", 'kind="service-router" name="web" routes { destination { service="b" namespace="x" partition="y" } }', "", ""),  # accepted
]
# fmt: on


@pytest.mark.parametrize(("example", "text", "community", "enterprise"), WORKED)
def test_worked_examples(example, text, community, enterprise):
    assert first_reported(text) == ([community] if community else [])
    assert first_reported(text, "enterprise") == ([enterprise] if enterprise else [])


def http(rest):
    return f"Routes {{ Match {{ HTTP {{ {rest} }} }} }} "


def destination(rest):
    return f"Routes {{ Destination {{ {rest} }} }} "


def routes(*matches):
    return "".join(http(match) for match in matches)


COMMUNITY = [
    ("SR-02", f'Meta {{ a = "{"v" * 513}" }}', ["meta-value-too-long"]),
    ("SR-03", http('PathExact = "/a"'), []),
    ("SR-05", http('PathExact = "/a" PathPrefix = "/b" PathRegex = "c"'), ["router-paths-combined"]),
    ("SR-05", http('PathExact = "a" PathPrefix = "b"'), ["router-path-exact-relative", "router-path-prefix-relative", "router-paths-combined"]),
    ("SR-07", http('Header { Name = "x" Present = true Suffix = "a" }'), ["router-header-not-one-condition"]),
    ("SR-09", http('QueryParam { Name = "x" }'), ["router-query-not-one-condition"]),
    ("SR-09", http('QueryParam { Name = "x" Present = true }'), []),
    ("SR-10", http('Methods = ["get "]'), ["router-method-unknown"]),
    ("SR-10", http("Methods = []"), []),
    ("SR-11", http('Methods = ["Put", "pUT"]'), ["router-method-twice"]),
    ("SR-12", 'Routes { Match {} Destination { PrefixRewrite = "/" } }', ["router-rewrite-without-path"]),
    ("SR-12", 'Routes { Match { HTTP { PathExact = "/a" } } Destination { PrefixRewrite = "/b" } }', []),
    ("SR-13", destination('RetryOn = ["http3-post-connect-failure"]'), ["router-retry-condition-unknown"]),
    ("SR-13", destination('RetryOn = ["5xx", "unavailable"]'), []),
    # accepted
    ("XV-11", http('PathRegex = "("'), ["router-regex-invalid"]),
    ("XV-11", http('Header { Name = "x" Regex = "(?=a)" }'), ["router-regex-invalid"]),
    ("XV-11", http('QueryParam { Name = "x" Regex = "[z-a]" }'), ["router-regex-invalid"]),
    ("regex", http('PathRegex = "/a" CaseInsensitive = true'), ["router-case-ignored-in-regex"]),
    ("D-06", destination('Service = "a" Partition = "p"'), ["router-tenancy-ignored"]),
    ("D-06", destination('Service = "a" Partition = "default"'), []),
    ("D-18", destination("RequestTimeout = 5"), ["router-timeout-tiny"]),
    ("RT-15", destination('IdleTimeout = "-1s"'), ["router-timeout-negative"]),
    ("RT-16", destination("NumRetries = 2"), ["router-retries-without-condition"]),
    ("RT-16", destination("NumRetries = 2 RetryOnConnectFailure = true"), []),
    ("codes", destination("RetryOnStatusCodes = [99, 599]"), ["router-status-code-impossible"]),
    ("slash", 'Routes { Match { HTTP { PathPrefix = "/a" } } Destination { PrefixRewrite = "/" } }', ["router-rewrite-double-slash"]),
    ("slash", 'Routes { Match { HTTP { PathPrefix = "/" } } Destination { PrefixRewrite = "/b/" } }', []),
    ("headers", destination('RequestHeaders { Set { ":path" = "/" } }'), ["header-not-modifiable"]),
    ("headers", destination('ResponseHeaders { Remove = ["Host"] }'), ["header-not-modifiable"]),
    ("headers", destination('ResponseHeaders { Add { a = "%" } }'), ["header-value-format"]),
    ("headers", destination('RequestHeaders { Set { a = "%REQ(x?y):10% %START_TIME(%s)% %%" } }'), []),
    ("headers", destination('RequestHeaders { Add { "" = "a" } }'), ["header-text-invalid"]),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "rest", "expected"), COMMUNITY)
def test_community(rule_id, rest, expected):
    assert rules_found(HEAD + rest) == expected


def test_enterprise_has_namespaces():
    assert (
        rules_found(HEAD + destination('Service = "a" Namespace = "n" Partition = "p"'), "enterprise") == []
    )
    found = rules_found(HEAD + destination('Service = "a" Partition = "*"'), "enterprise")
    assert found == ["partition-wildcard"]  # TEN-08


DEAD = [  # DC-W09: the routes that no request reaches
    ([], []),
    (['PathPrefix = "/a"', 'PathPrefix = "/a/b"'], [1]),
    (['PathPrefix = "/a/b"', 'PathPrefix = "/a"'], []),
    (['PathPrefix = "/"', 'PathExact = "/a"', 'PathRegex = "/b"', ""], [1, 2, 3]),
    (["", 'PathExact = "/a"'], [1]),
    (['PathPrefix = "/a" Methods = ["GET"]', 'PathPrefix = "/a/b"'], []),
    (['PathPrefix = "/a" Header { Name = "x" Present = true }', 'PathExact = "/a"'], []),
    (['PathPrefix = "/a"', 'PathPrefix = "/a/b" Methods = ["GET"]'], [1]),
    (['PathExact = "/a"', 'PathExact = "/a"'], [1]),
    (['PathExact = "/a"', 'PathPrefix = "/a"'], []),
    (['PathRegex = "/.*"', 'PathExact = "/a"'], []),
    (['PathRegex = "/.*"', 'PathRegex = "/.*"'], [1]),
    (['PathPrefix = "/A" CaseInsensitive = true', 'PathExact = "/ab"'], [1]),
    (['PathPrefix = "/a"', 'PathExact = "/ab" CaseInsensitive = true'], []),
    (['PathPrefix = "/"', 'PathExact = "/ab" CaseInsensitive = true'], [1]),
    (['PathPrefix = "/a" Methods = ["GET"]', 'PathPrefix = "/a" Methods = ["get"]'], [1]),
    (['PathPrefix = "/ab"', 'PathRegex = "/ab"'], []),
    (['PathPrefix = "/ab"', 'PathPrefix = "/abc"', 'PathPrefix = "/abcd"'], [1, 2]),
]  # fmt: skip


@pytest.mark.parametrize(("matches", "dead"), DEAD)
def test_dead_routes(matches, dead):
    found = judge_entry_text(HEAD + routes(*matches), "x.hcl", Profile()).diagnostics
    assert [one.rule for one in found] == ["router-route-dead"] * len(dead)
    assert [one.message.split(":")[0] for one in found] == [
        f"no request reaches route {index + 1}" for index in dead
    ]


def test_many_routes_are_looked_at():
    many = [{"Match": {"HTTP": {"PathPrefix": f"/{index}/x"}}} for index in range(20_000)]
    text = json.dumps({"Kind": "service-router", "Name": "web", "Routes": many})
    assert rules_found(text) == []


def test_methods_are_stored_in_upper_case():
    router = accepted_entry(HEAD + http('Methods = ["get", "Put"]'))
    assert router.routes[0].match.http.methods == ("GET", "PUT")
