# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""service-intentions (config-entries.md 2.6)."""

import pytest
from entry_tables import accepted_entry, first_reported, rules_found

from meshgw.entries.service_intentions import precedence_of
from meshgw.loading.texts import judge_entry_text
from meshgw.profile import Profile

HEAD = 'Kind = "service-intentions" Name = "web" '

# fmt: off
WORKED = [
    ("E241", 'kind="service-intentions" sources { name="a" action="allow" }', "intentions-unnamed", "intentions-unnamed"),  # SI-01
    ("E242", 'kind="service-intentions" name="we*" sources { name="a" action="allow" }', "intentions-name-partial-wildcard", "intentions-name-partial-wildcard"),  # SI-03
    ("E243", 'kind="service-intentions" name="web" jwt { providers { } } sources { name="a" action="allow" }', "intention-jwt-provider-unnamed", "intention-jwt-provider-unnamed"),  # SI-06
    ("E244", 'kind="service-intentions" name="web" jwt {} sources { name="a" action="allow" }', "", ""),  # accepted
    ("E245", 'kind="service-intentions" name="web"', "intentions-without-sources", "intentions-without-sources"),  # SI-08
    ("E246", 'kind="service-intentions" name="web" sources { name="a" action="allow" precedence=3 type="" }', "", ""),  # accepted
    ("E247", 'kind="service-intentions" name="web" sources { action="allow" }', "intention-source-unnamed", "intention-source-unnamed"),  # SI-09
    ("E248", 'kind="service-intentions" name="web" sources { name="a" sameness_group="g" action="allow" }', "intention-sameness-group-in-community", ""),  # SI-10, enterprise: accepted
    ("E249", 'kind="service-intentions" name="web" sources { name="a*" action="allow" }', "intention-source-partial-wildcard", "intention-source-partial-wildcard"),  # SI-11
    ("E250", 'kind="service-intentions" name="web" sources { name="a" peer="*" action="allow" }', "intention-source-peer-wildcard", "intention-source-peer-wildcard"),  # SI-13
    ("E251", 'kind="service-intentions" name="web" sources { name="a" namespace="*" action="allow" }', "unknown-key", "intention-source-name-below-wildcard-namespace"),  # TEN-01, enterprise: SI-11
    ("E252", 'kind="service-intentions" name="web" sources { name="*" namespace="*" action="allow" }', "unknown-key", ""),  # TEN-01, enterprise: accepted
    ("E253", 'kind="service-intentions" name="web" sources { name="a" partition="p" peer="x" action="allow" }', "unknown-key", "intention-source-peer-and-partition"),  # TEN-02, enterprise: SI-16
    ("E254", 'kind="service-intentions" name="web" sources { name="a" action="allow" description="' + "d" * 513 + '" }', "intention-description-too-long", "intention-description-too-long"),  # SI-18
    ("E255", 'kind="service-intentions" name="web" sources { name="a" action="allow" legacy_meta { a="b" } }', "intention-legacy-meta", "intention-legacy-meta"),  # SI-19
    ("E256", 'kind="service-intentions" name="web" sources { name="a" action="allow" legacy_id="x" }', "", ""),  # accepted
    ("E257", 'kind="service-intentions" name="web" sources { name="a" action="allow" legacy_create_time="x" }', "wrong-type", "wrong-type"),  # DEC-11
    ("E258", 'kind="service-intentions" name="web" sources { name="a" }', "intention-action-invalid", "intention-action-invalid"),  # SI-20
    ("E259", 'kind="service-intentions" name="web" sources { name="a" action="Allow" }', "intention-action-invalid", "intention-action-invalid"),  # SI-20
    ("E260", 'kind="service-intentions" name="web" sources { name="a" action="allow" permissions { action="allow" http { path_prefix="/" } } }', "intention-action-with-permissions", "intention-action-with-permissions"),  # SI-21
    ("E261", 'kind="service-intentions" name="*" sources { name="a" permissions { action="allow" http { path_prefix="/" } } }', "intention-permissions-for-wildcard", "intention-permissions-for-wildcard"),  # SI-22
    ("E262", 'kind="service-intentions" name="web" sources { name="a" action="allow" type="x" }', "intention-type-invalid", "intention-type-invalid"),  # SI-23
    ("E263", 'kind="service-intentions" name="web" sources { name="a" permissions { http { path_prefix="/" } } }', "permission-action-invalid", "permission-action-invalid"),  # SI-24
    ("E264", 'kind="service-intentions" name="web" sources { name="a" permissions { action="deny" } }', "permission-without-http", "permission-without-http"),  # SI-25
    ("E265", 'kind="service-intentions" name="web" sources { name="a" permissions { action="allow" http { path_exact="x" } } }', "permission-path-exact-without-slash", "permission-path-exact-without-slash"),  # SI-26
    ("E266", 'kind="service-intentions" name="web" sources { name="a" permissions { action="allow" http { path_prefix="x" } } }', "permission-path-prefix-without-slash", "permission-path-prefix-without-slash"),  # SI-27
    ("E267", 'kind="service-intentions" name="web" sources { name="a" permissions { action="allow" http { path_exact="/x" path_regex="y" } } }', "permission-with-several-paths", "permission-with-several-paths"),  # SI-28
    ("E268", 'kind="service-intentions" name="web" sources { name="a" permissions { action="allow" http { header { present=true } } } }', "permission-header-unnamed", "permission-header-unnamed"),  # SI-29
    ("E269", 'kind="service-intentions" name="web" sources { name="a" permissions { action="allow" http { header { name="x" } } } }', "permission-header-not-one-condition", "permission-header-not-one-condition"),  # SI-30
    ("E270", 'kind="service-intentions" name="web" sources { name="a" permissions { action="allow" http { header { name="x" contains="a" suffix="b" } } } }', "permission-header-not-one-condition", "permission-header-not-one-condition"),  # SI-30
    ("E271", 'kind="service-intentions" name="web" sources { name="a" permissions { action="allow" http { header { name="x" regex="a" ignore_case=true } } } }', "permission-ignore-case-without-text", "permission-ignore-case-without-text"),  # SI-31
    ("E272", 'kind="service-intentions" name="web" sources { name="a" permissions { action="allow" http { header { name="x" present=true ignore_case=true } } } }', "permission-ignore-case-without-text", "permission-ignore-case-without-text"),  # SI-31
    ("E273", 'kind="service-intentions" name="web" sources { name="a" permissions { action="allow" http { header { name="x" contains="a" ignore_case=true } } } }', "", ""),  # accepted
    ("E274", 'kind="service-intentions" name="web" sources { name="a" permissions { action="allow" http { methods="foo" } } }', "permission-method-unknown", "permission-method-unknown"),  # SI-32
    ("E275", 'kind="service-intentions" name="web" sources { name="a" permissions { action="allow" http { methods=["get","GET"] } } }', "permission-method-twice", "permission-method-twice"),  # SI-33
    ("E276", 'kind="service-intentions" name="web" sources { name="a" permissions { action="allow" http {  } } }', "permission-empty", "permission-empty"),  # SI-34
    ("E277", 'kind="service-intentions" name="web" sources { name="a" permissions { action="allow" http { path_prefix="/" } jwt { providers {} } } }', "intention-jwt-provider-unnamed", "intention-jwt-provider-unnamed"),  # SI-35
    ("E278", 'kind="service-intentions" name="web" sources { name="a" action="allow" } sources { name="a" action="deny" }', "intention-source-twice", "intention-source-twice"),  # SI-36
    ("E279", 'kind="service-intentions" name="web" sources { name="a" action="allow" } sources { name="a" peer="p" action="deny" }', "", ""),  # accepted
]
# fmt: on


@pytest.mark.parametrize(("example", "text", "community", "enterprise"), WORKED)
def test_worked_examples(example, text, community, enterprise):
    assert first_reported(text) == ([community] if community else [])
    assert first_reported(text, "enterprise") == ([enterprise] if enterprise else [])


PERMISSION = 'Permissions { Action = "allow" HTTP { PathPrefix = "/" } }'
ALLOW = 'Action = "allow"'


@pytest.mark.parametrize(
    ("rule_id", "text", "expected"),
    [
        ("SI-02", 'Kind = "service-intentions" Name = "*" Namespace = "n*" Sources { Name = "a" Namespace = "n" Action = "deny" }', ["intentions-namespace-partial-wildcard"]),
        ("SI-04", HEAD + 'Namespace = "*" Sources { Name = "a" Action = "deny" }', ["intentions-name-below-wildcard-namespace"]),
        ("E629", 'Kind = "service-intentions" Name = "*" Namespace = "*" Sources { Name = "*" Action = "deny" }', []),
        ("E630", HEAD + 'Namespace = "*" Sources { Name = "*" Action = "allow" }', ["intentions-name-below-wildcard-namespace"]),
        ("SI-05", HEAD + 'Partition = "p*" Sources { Name = "a" Partition = "p" Action = "allow" }', ["intentions-partition-wildcard"]),
        ("SI-10", HEAD + 'Sources { Name = "a" SamenessGroup = "g" Action = "allow" }', []),
        ("E632", HEAD + 'Sources { Name = "a" Namespace = "ns*" Action = "allow" }', ["intention-source-partial-wildcard"]),
        ("SI-12", HEAD + 'Sources { Name = "a" Partition = "*" Action = "allow" }', ["intention-source-partition-wildcard"]),
        ("SI-14", HEAD + 'Sources { Name = "a" SamenessGroup = "*" Action = "allow" }', ["intention-source-sameness-group-wildcard"]),
        ("SI-16", HEAD + 'Sources { Name = "a" Peer = "e" Partition = "p" Action = "allow" }', ["intention-source-peer-and-partition"]),
        ("E631", HEAD + 'Sources { Name = "a" SamenessGroup = "g" Peer = "e" Action = "allow" }', ["intention-source-sameness-group-and-other"]),
        ("SI-17", HEAD + 'Sources { Name = "a" SamenessGroup = "g" Partition = "p" Action = "allow" }', ["intention-source-sameness-group-and-other"]),
        ("SI-22", 'Kind = "service-intentions" Name = "*" Namespace = "*" Sources { Name = "*" ' + PERMISSION + " }", ["intention-permissions-for-wildcard"]),
        ("SI-36", HEAD + 'Namespace = "n" Sources { Name = "a" Action = "allow" } Sources { Name = "a" Namespace = "N" Action = "allow" }', ["intention-source-twice"]),
        ("SI-36", HEAD + 'Sources { Name = "a" Action = "allow" } Sources { Name = "a" Namespace = "n" Action = "allow" }', []),
        ("SI-36", HEAD + 'Sources { Name = "a" Action = "allow" } Sources { Name = "a" SamenessGroup = "g" Action = "allow" }', []),
    ],
)  # fmt: skip
def test_enterprise(rule_id, text, expected):
    assert rules_found(text, "enterprise") == expected


@pytest.mark.parametrize(
    ("rule_id", "rest", "expected"),
    [
        ("SI-03", 'Sources { Name = "a" Action = "allow" } Name = "**"', ["intentions-name-partial-wildcard"]),
        ("SI-07", f'Meta {{ a = "{"v" * 513}" }}', ["meta-value-too-long"]),
        ("SI-18", f'Sources {{ Name = "a" {ALLOW} Description = "{"é" * 256}" }}', []),
        ("SI-18", f'Sources {{ Name = "a" {ALLOW} Description = "{"é" * 256}x" }}', ["intention-description-too-long"]),
        ("SI-20", 'Sources { Name = "a" Permissions = [] }', ["intention-action-invalid"]),
        ("SI-30", 'Sources { Name = "a" Permissions { Action = "deny" HTTP { Header { Name = "x" Present = false Exact = "y" } } } }', []),
        ("DEC-12", "Sources = [null]", []),
    ],
)  # fmt: skip
def test_community(rule_id, rest, expected):
    if rule_id == "DEC-12":
        text = '{"Kind": "service-intentions", "Name": "web", "Sources": [null]}'
        assert first_reported(text) == ["null-element"]
    else:
        assert first_reported(HEAD + rest) == expected


@pytest.mark.parametrize(
    ("destination", "source", "precedence"),
    [  # namespace and name; intentions-and-exports.md 2.1
        (("n", "d"), ("n", "s"), 9),
        (("n", "d"), ("n", "*"), 8),
        (("n", "d"), ("*", "*"), 7),
        (("n", "*"), ("n", "s"), 6),
        (("n", "*"), ("n", "*"), 5),
        (("n", "*"), ("*", "*"), 4),
        (("*", "*"), ("n", "s"), 3),
        (("*", "*"), ("n", "*"), 2),
        (("*", "*"), ("*", "*"), 1),
    ],
)
def test_precedence(destination, source, precedence):
    assert precedence_of(destination[1], destination[0], source[1], source[0]) == precedence


SORTED = """
Kind = "service-intentions"
Name = "web"
Sources { Name = "*" Action = "deny" }
Sources { Name = "b" Action = "allow" }
Sources { Name = "a" Permissions { Action = "allow" HTTP { Methods = ["get", "FETCH"] } } }
""".lstrip()


def test_sources_are_stored_by_precedence_and_shown_where_the_user_wrote_them():
    judged = judge_entry_text(SORTED, "x.hcl", Profile())
    (entry,) = judged.entries
    assert [(source.name, source.precedence) for source in entry.sources] == [("b", 9), ("a", 9), ("*", 8)]
    assert entry.written == (1, 2, 0)
    assert [entry.locate(("Sources", index, "Name")).position[0] for index in range(3)] == [4, 5, 3]
    assert entry.written_at(("Sources", 2, "Action")) == ("Sources", 0, "Action")
    assert entry.written_at(("Sources",)) == ("Sources",)
    assert entry.normalize() == entry
    assert entry.normalize().written == entry.written
    (found,) = judged.diagnostics
    assert (found.rule, str(found.location)) == ("permission-method-unknown", "x.hcl:5:78")


def test_consul_reports_the_first_source_in_its_own_order():
    text = HEAD + 'Sources { Name = "*" } Sources { Name = "a" Action = "allow" Type = "x" }'
    assert first_reported(text) == ["intention-type-invalid"]
    assert rules_found(text) == ["intention-type-invalid", "intention-action-invalid"]


def test_normalization():
    (source,) = accepted_entry(
        HEAD + 'Sources { Name = "a" LegacyID = "x" LegacyCreateTime = "2020-01-01T00:00:00Z" Precedence = 3 '
        'Permissions { Action = "allow" HTTP { Methods = ["get"] } } }'
    ).sources
    assert (source.type, source.precedence, source.legacy_id, source.legacy_create_time) == (
        "consul",
        9,
        "",
        None,
    )
    assert source.permissions[0].http.methods == ("GET",)
    assert (source.namespace, source.partition) == ("default", "default")


@pytest.mark.parametrize(
    ("source", "namespace", "partition"),
    [
        ('Name = "a"', "n", "p"),
        ('Name = "a" Namespace = "M"', "m", "p"),
        ('Name = "a" Partition = "q"', "n", "q"),
        ('Name = "a" Peer = "e"', "default", ""),
        ('Name = "a" SamenessGroup = "g"', "default", ""),
        ('Name = "a" Peer = "e" Namespace = "m"', "m", ""),
    ],
)
def test_tenancy_of_sources(source, namespace, partition):
    text = HEAD + f'Namespace = "n" Partition = "p" Sources {{ {source} Action = "allow" }}'
    (settled,) = accepted_entry(text, "enterprise").sources
    assert (settled.namespace, settled.partition) == (namespace, partition)


def test_a_wildcard_namespace_is_not_inherited():
    text = 'Kind = "service-intentions" Name = "*" Namespace = "*" Sources { Name = "a" Action = "allow" }'
    (source,) = accepted_entry(text, "enterprise").sources
    assert (source.namespace, source.precedence) == ("default", 3)


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ('Sources { Name = "a" Permissions { Action = "allow" HTTP { PathRegex = "(" } } }', ["intention-regex-invalid"]),
        ('Sources { Name = "a" Permissions { Action = "allow" HTTP { Header { Name = "x" Regex = "a\\\\1" } } } }', ["intention-regex-invalid"]),
        ('Sources { Name = "a" Permissions { Action = "allow" HTTP { PathRegex = "/a|/b" } } }', []),
        ('Sources { Name = "a" Permissions { Action = "deny" HTTP { Methods = ["PUT"] } } }', ["intention-only-denies"]),
        (f'Sources {{ Name = "a" {PERMISSION} {PERMISSION} }}', ["intention-permission-unreachable"]),
        (f'Sources {{ Name = "a" Permissions {{ Action = "deny" HTTP {{ PathPrefix = "/" }} JWT {{}} }} {PERMISSION} }}', []),
        (f'Sources {{ Name = "a" {ALLOW} }} Sources {{ Name = "A" {ALLOW} }}', ["intention-source-differs-by-case"]),
        (f'Sources {{ Name = "a" {ALLOW} }} Sources {{ Name = "A" Peer = "e" {ALLOW} }}', []),
        (f'Sources {{ Name = "a" {ALLOW} Precedence = 9 }}', []),
        (f'Sources {{ Name = "a" {ALLOW} Precedence = 8 }}', ["intention-field-ignored"]),
        (f'Sources {{ Name = "a" {ALLOW} LegacyID = "x" }}', ["intention-field-ignored"]),
        (f'Sources {{ Name = "a" {ALLOW} LegacyUpdateTime = "2020-01-01T00:00:00Z" }}', ["intention-field-ignored"]),
    ],
)  # fmt: skip
def test_advice(rest, expected):
    assert rules_found(HEAD + rest) == expected
    accepted_entry(HEAD + rest)


def test_an_ignored_field_is_shown_where_it_is_written():
    text = HEAD + f'\nSources {{ Name = "*" {ALLOW} }}\nSources {{ Name = "a" {ALLOW} LegacyID = "x" }}'
    (found,) = judge_entry_text(text, "x.hcl", Profile()).diagnostics
    assert str(found.location) == "x.hcl:3:39"


def test_many_sources_are_compared_in_one_pass():
    sources = ", ".join(f'{{"Name": "s{index}", "Action": "allow"}}' for index in range(3000))
    text = f'{{"Kind": "service-intentions", "Name": "web", "Sources": [{sources}]}}'
    assert rules_found(text) == []
