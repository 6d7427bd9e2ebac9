# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""service-resolver (config-entries.md 2.5)."""

import pytest
from entry_tables import accepted_entry, first_reported, rules_found

from meshgw.loading.texts import judge_entry_text
from meshgw.profile import Profile

HEAD = 'Kind = "service-resolver" Name = "web" '
V1 = 'Subsets { v1 { Filter = "Service.Meta.version == v1" } } '

# fmt: off
WORKED = [
    ("E175", 'kind="service-resolver"', "resolver-unnamed", "resolver-unnamed"),  # RS-01
    ("E176", 'kind="service-resolver" name="web" ', "", ""),  # accepted
    ("E177", 'kind="service-resolver" name="web" subsets { "" {} }', "subset-unnamed", "subset-unnamed"),  # RS-03
    ("E178", 'kind="service-resolver" name="web" subsets { V1 {} }', "subset-name-invalid", "subset-name-invalid"),  # RS-04
    ("E179", 'kind="service-resolver" name="web" subsets { "-a" {} }', "subset-name-invalid", "subset-name-invalid"),  # RS-04
    ("E180", 'kind="service-resolver" name="web" subsets { aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa {} }', "subset-name-invalid", "subset-name-invalid"),  # RS-04
    ("E181", 'kind="service-resolver" name="web" subsets { aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa {} }', "", ""),  # accepted
    ("E182", 'kind="service-resolver" name="web" subsets { v1 { filter="x ==" } }', "subset-filter-invalid", "subset-filter-invalid"),  # RS-05
    ("E183", 'kind="service-resolver" name="web" subsets { v1 { filter="x == 01" } }', "subset-filter-invalid", "subset-filter-invalid"),  # RS-05
    ("E184", 'kind="service-resolver" name="web" subsets { v1 { filter="Bogus.Sel == 3 and not (\\"a\\" in Foo)" } }', "", ""),  # accepted
    ("E185", 'kind="service-resolver" name="web" subsets { v1 { filter="Foo matches \\"(\\"" } }', "", ""),  # accepted
    ("E186", 'kind="service-resolver" name="web" default_subset="v1"', "default-subset-undefined", "default-subset-undefined"),  # RS-06
    ("E187", 'kind="service-resolver" name="web" prioritize_by_locality { mode="failover" }', "locality-preference-in-community", ""),  # RS-07, enterprise: accepted
    ("E188", 'kind="service-resolver" name="web" prioritize_by_locality { mode="x" }', "locality-preference-in-community", "locality-preference-unknown"),  # RS-07, enterprise: RS-08
    ("E189", 'kind="service-resolver" name="web" redirect { datacenter="dc2" }', "", ""),  # accepted
    ("E190", 'kind="service-resolver" name="web" redirect { service="a" partition="default" }', "redirect-tenancy-in-community", ""),  # RS-11, enterprise: accepted
    ("E191", 'kind="service-resolver" name="web" redirect { service="a" namespace="default" }', "redirect-tenancy-in-community", ""),  # RS-12, enterprise: accepted
    ("E192", 'kind="service-resolver" name="web" redirect { sameness_group="sg" }', "redirect-tenancy-in-community", ""),  # RS-13, enterprise: accepted
    ("E193", 'kind="service-resolver" name="web" redirect { service="a" } failover "*" { service="b" }', "redirect-with-failover", "redirect-with-failover"),  # RS-14
    ("E194", 'kind="service-resolver" name="web" redirect {}', "redirect-empty", "redirect-empty"),  # RS-15
    ("E195", 'kind="service-resolver" name="web" redirect { service="a" peer="p" service_subset="v" }', "redirect-peer-with-subset", "redirect-peer-with-subset"),  # RS-19
    ("E196", 'kind="service-resolver" name="web" redirect { service="a" peer="p" datacenter="d" }', "redirect-peer-with-datacenter", "redirect-peer-with-datacenter"),  # RS-21
    ("E197", 'kind="service-resolver" name="web" redirect { service_subset="v" }', "redirect-subset-without-service", "redirect-subset-without-service"),  # RS-22
    ("E198", 'kind="service-resolver" name="web" redirect { service_subset="v" datacenter="dc2" }', "redirect-subset-without-service", "redirect-subset-without-service"),  # RS-22
    ("E199", 'kind="service-resolver" name="web" redirect { peer="p" }', "redirect-peer-without-service", "redirect-peer-without-service"),  # RS-25
    ("E200", 'kind="service-resolver" name="web" redirect { service="web" service_subset="v9" }', "redirect-subset-undefined", "redirect-subset-undefined"),  # RS-26
    ("E201", 'kind="service-resolver" name="web" redirect { service="other" service_subset="v9" }', "", ""),  # accepted
    ("E202", 'kind="service-resolver" name="web" failover "*" { service="a" namespace="x" }', "failover-tenancy-in-community", ""),  # RS-28, enterprise: accepted
    ("E203", 'kind="service-resolver" name="web" failover "*" { sameness_group="x" }', "failover-tenancy-in-community", ""),  # RS-29, enterprise: accepted
    ("E204", 'kind="service-resolver" name="web" failover "*" { partition="x" }', "unknown-key", "unknown-key"),  # DEC-05
    ("E205", 'kind="service-resolver" name="web" failover v1 { service="a" }', "failover-of-undefined-subset", "failover-of-undefined-subset"),  # RS-30
    ("E206", 'kind="service-resolver" name="web" subsets { v1 {} } failover v1 { service="a" }', "", ""),  # accepted
    ("E207", 'kind="service-resolver" name="web" failover "*" {}', "failover-empty", "failover-empty"),  # RS-31
    ("E208", 'kind="service-resolver" name="web" failover "*" { policy { regions=["a"] } }', "failover-empty", "failover-empty"),  # RS-31
    ("E209", 'kind="service-resolver" name="web" failover "*" { targets=[] }', "failover-empty", "failover-empty"),  # RS-31
    ("E210", 'kind="service-resolver" name="web" failover "*" { targets {} }', "", ""),  # accepted
    ("E211", 'kind="service-resolver" name="web" failover "*" { service="a" policy { mode="sequential" } }', "failover-policy-in-community", ""),  # RS-32, enterprise: accepted
    ("E212", 'kind="service-resolver" name="web" failover "*" { service="a" policy { mode="x" } }', "failover-policy-in-community", "failover-policy-mode-unknown"),  # RS-32, enterprise: RS-33
    ("E213", 'kind="service-resolver" name="web" failover "*" { service_subset="v" }', "failover-subset-undefined", "failover-subset-undefined"),  # RS-34
    ("E214", 'kind="service-resolver" name="web" failover "*" { datacenters=["a"] targets { service="b" } }', "failover-targets-with-datacenters", "failover-targets-with-datacenters"),  # RS-36
    ("E215", 'kind="service-resolver" name="web" subsets { v {} } failover "*" { service_subset="v" targets { service="b" } }', "failover-targets-with-subset", "failover-targets-with-subset"),  # RS-37
    ("E216", 'kind="service-resolver" name="web" failover "*" { service="a" targets { service="b" } }', "failover-targets-with-service", "failover-targets-with-service"),  # RS-38
    ("E217", 'kind="service-resolver" name="web" failover "*" { targets { service="b" partition="p" } }', "failover-target-tenancy-in-community", ""),  # RS-39, enterprise: accepted
    ("E218", 'kind="service-resolver" name="web" failover "*" { targets { service="b" namespace="n" } }', "failover-target-tenancy-in-community", ""),  # RS-39, enterprise: accepted
    ("E219", 'kind="service-resolver" name="web" failover "*" { targets { peer="p" service_subset="s" } }', "failover-target-peer-with-subset", "failover-target-peer-with-subset"),  # RS-40
    ("E220", 'kind="service-resolver" name="web" failover "*" { targets { peer="p" datacenter="s" } }', "failover-target-peer-with-datacenter", "failover-target-peer-with-datacenter"),  # RS-40
    ("E221", 'kind="service-resolver" name="web" failover "*" { targets { service_subset="s" } }', "failover-target-subset-undefined", "failover-target-subset-undefined"),  # RS-41
    ("E222", 'kind="service-resolver" name="web" failover "*" { targets { service="a" service_subset="s" } targets { service="a" service_subset="s" } }', "", ""),  # accepted
    ("E223", 'kind="service-resolver" name="web" failover "*" { datacenters=["a",""] }', "failover-datacenter-empty", "failover-datacenter-empty"),  # RS-42
    ("E224", 'kind="service-resolver" name="web" failover "*" { datacenters="" }', "failover-datacenter-empty", "failover-datacenter-empty"),  # RS-42
    ("E225", 'kind="service-resolver" name="web" connect_timeout="-1s"', "connect-timeout-negative", "connect-timeout-negative"),  # RS-43
    ("E226", 'kind="service-resolver" name="web" request_timeout="-1s"', "resolver-request-timeout-negative", "resolver-request-timeout-negative"),  # RS-44
    ("E227", 'kind="service-resolver" name="web" load_balancer { policy="Random" }', "balancer-policy-unknown", "balancer-policy-unknown"),  # RS-45
    ("E228", 'kind="service-resolver" name="web" load_balancer { ring_hash_config {} }', "balancer-ring-hash-config-unused", "balancer-ring-hash-config-unused"),  # RS-46
    ("E229", 'kind="service-resolver" name="web" load_balancer { policy="random" least_request_config {} }', "balancer-least-request-config-unused", "balancer-least-request-config-unused"),  # RS-47
    ("E230", 'kind="service-resolver" name="web" load_balancer { hash_policies {} }', "balancer-hash-policies-unused", "balancer-hash-policies-unused"),  # RS-48
    ("E231", 'kind="service-resolver" name="web" load_balancer { policy="maglev" hash_policies {  } }', "", ""),  # accepted
    ("E232", 'kind="service-resolver" name="web" load_balancer { policy="maglev" hash_policies { field="x" field_value="y" } }', "hash-field-unknown", "hash-field-unknown"),  # RS-49
    ("E233", 'kind="service-resolver" name="web" load_balancer { policy="maglev" hash_policies { source_ip=true field="header" } }', "hash-source-with-field", "hash-source-with-field"),  # RS-50
    ("E234", 'kind="service-resolver" name="web" load_balancer { policy="maglev" hash_policies { source_ip=true field_value="x" } }', "hash-source-with-field-value", "hash-source-with-field-value"),  # RS-51
    ("E235", 'kind="service-resolver" name="web" load_balancer { policy="maglev" hash_policies { field="header" } }', "hash-field-without-value", "hash-field-without-value"),  # RS-52
    ("E236", 'kind="service-resolver" name="web" load_balancer { policy="maglev" hash_policies { field_value="x" } }', "hash-value-without-field", "hash-value-without-field"),  # RS-53
    ("E237", 'kind="service-resolver" name="web" load_balancer { policy="maglev" hash_policies { field="header" field_value="x" cookie_config {} } }', "hash-cookie-config-unused", "hash-cookie-config-unused"),  # RS-54
    ("E238", 'kind="service-resolver" name="web" load_balancer { policy="maglev" hash_policies { cookie_config {} } }', "hash-cookie-config-unused", "hash-cookie-config-unused"),  # RS-54
    ("E239", 'kind="service-resolver" name="web" load_balancer { policy="maglev" hash_policies { field="cookie" field_value="x" cookie_config { session=true ttl="1s" } } }', "hash-session-cookie-with-ttl", "hash-session-cookie-with-ttl"),  # RS-55
    ("E240", 'kind="service-resolver" name="web" load_balancer { policy="ring_hash" ring_hash_config { minimum_ring_size=9 maximum_ring_size=3 } }', "", ""),  # accepted
]
# fmt: on


@pytest.mark.parametrize(("example", "text", "community", "enterprise"), WORKED)
def test_worked_examples(example, text, community, enterprise):
    assert first_reported(text) == ([community] if community else [])
    assert first_reported(text, "enterprise") == ([enterprise] if enterprise else [])


def failover(rest, key="*"):
    return f'Failover "{key}" {{ {rest} }} '


def target(rest):
    return failover(f"Targets {{ {rest} }}")


def subset(filter_):
    return f'Subsets {{ v1 {{ Filter = "{filter_}" }} }} '


def balancer(rest, policy="maglev"):
    return f'LoadBalancer {{ Policy = "{policy}" {rest} }} '


def hashed(rest):
    return balancer(f"HashPolicies {{ {rest} }}")


COMMUNITY = [
    ("RS-02", f'Meta {{ a = "{"v" * 513}" }}', ["meta-value-too-long"]),
    ("RS-04", "Subsets { a--b {} }", []),
    ("RS-04", "Subsets { a_b {} }", ["subset-name-invalid"]),
    ("RS-04", 'Subsets { "a-" {} }', ["subset-name-invalid"]),
    ("RS-04", 'Subsets { "é" {} }', ["subset-name-invalid"]),
    ("RS-05", subset("Service.Meta.version == v-1"), ["subset-filter-invalid"]),
    ("RS-05", 'Subsets { v1 { Filter = "" OnlyPassing = true } }', []),
    ("RS-06", V1 + 'DefaultSubset = "v1"', []),
    ("RS-06", V1 + 'DefaultSubset = " v1"', ["default-subset-undefined"]),
    ("RS-07", 'PrioritizeByLocality { Mode = "" }', []),
    ("RS-13", 'Redirect { Service = "a" SamenessGroup = "g" Namespace = "n" }', ["redirect-tenancy-in-community"]),
    ("RS-14", 'Redirect { Service = "a" } Failover {}', []),
    ("RS-14", "Redirect {} " + failover('Service = "b"'), ["redirect-with-failover", "redirect-empty"]),
    ("RS-26", V1 + 'Redirect { Service = "web" ServiceSubset = "v1" }', []),
    ("RS-30", failover('Service = "a"', key=""), ["failover-of-undefined-subset"]),
    ("RS-32", failover('Service = "a" Policy { Regions = ["r"] }'), []),
    ("RS-34", V1 + failover('Service = "web" ServiceSubset = "v2"'), ["failover-subset-undefined"]),
    ("RS-34", failover('Service = "other" ServiceSubset = "v2"'), []),
    ("RS-38", target('Service = "b"') + failover("", key="v1"), ["failover-of-undefined-subset", "failover-empty"]),
    ("RS-39", target('Service = "b" Partition = ""'), []),
    ("RS-40", V1 + target('Peer = "p" ServiceSubset = "v2"'), ["failover-target-peer-with-subset"]),
    ("RS-41", V1 + target('Service = "web" ServiceSubset = "v2"'), ["failover-target-subset-undefined"]),
    ("RS-41", V1 + target('ServiceSubset = "v1"'), []),
    ("RS-42", failover('Datacenters = "dc2"'), []),
    ("RS-43", 'ConnectTimeout = "0s"', []),
    ("RS-44", 'RequestTimeout = "0s"', []),
    ("RS-45", balancer("", policy=""), []),
    ("RS-48", balancer("HashPolicies { SourceIP = true }", policy="ring_hash"), []),
    ("RS-52", hashed('Field = "header" FieldValue = "x"'), []),
    ("RS-54", hashed("SourceIP = true CookieConfig {}"), ["hash-cookie-config-unused"]),
    ("RS-55", hashed('Field = "cookie" FieldValue = "x" CookieConfig { TTL = "1s" }'), []),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "rest", "expected"), COMMUNITY)
def test_community(rule_id, rest, expected):
    assert rules_found(HEAD + rest) == expected


TEAM = 'Partition = "team-a" '
ENTERPRISE = [
    ("RS-08", 'PrioritizeByLocality { Mode = "none" }', []),
    ("RS-09", TEAM + 'Redirect { Service = "a" Datacenter = "dc2" Partition = "team-a" }', ["redirect-datacenter-outside-default-partition"]),
    ("E623", TEAM + 'Redirect { Datacenter = "dc2" }', ["redirect-datacenter-outside-default-partition"]),
    ("RS-10", 'Redirect { Service = "a" Datacenter = "dc2" Partition = "team-a" }', ["redirect-datacenter-and-partition"]),
    ("RS-10", 'Redirect { Service = "a" Datacenter = "dc2" Partition = "Default" }', []),
    ("RS-16", 'Redirect { SamenessGroup = "g" Service = "a" ServiceSubset = "v" }', ["redirect-sameness-group-with-subset"]),
    ("E626", 'Redirect { SamenessGroup = "g" Service = "a" Partition = "p" }', ["redirect-sameness-group-with-partition"]),
    ("RS-18", 'Redirect { SamenessGroup = "g" Datacenter = "dc2" }', ["redirect-sameness-group-with-datacenter"]),
    ("RS-18", 'Redirect { SamenessGroup = "g" Service = "a" Peer = "p" }', []),
    ("RS-20", 'Redirect { Service = "a" Peer = "p" Partition = "q" }', ["redirect-peer-with-partition"]),
    ("E625", 'Redirect { Namespace = "n" }', ["redirect-namespace-without-service"]),
    ("RS-23", 'Redirect { SamenessGroup = "g" Namespace = "n" }', ["redirect-namespace-without-service"]),
    ("RS-24", 'Redirect { Partition = "p" }', ["redirect-partition-without-service"]),
    ("E624", 'Redirect { Service = "a" Namespace = "n" Partition = "p" }', []),
    ("E622", TEAM + failover('Datacenters = ["dc2"]'), ["failover-datacenters-outside-default-partition"]),
    ("RS-33", failover('Service = "a" Policy { Mode = "order-by-locality" }'), []),
    ("RS-35", failover('SamenessGroup = "g" Datacenters = ["dc2"]'), ["failover-sameness-group-not-alone"]),
    ("RS-35", V1 + failover('SamenessGroup = "g" ServiceSubset = "v1"'), ["failover-sameness-group-not-alone"]),
    ("E627", failover('SamenessGroup = "g" Targets { Peer = "p" }'), ["failover-sameness-group-not-alone"]),
    ("RS-35", failover('SamenessGroup = "g" Service = "a"'), []),
    ("RS-38", failover('Namespace = "n" Targets { Service = "b" }'), ["failover-namespace-hidden"]),
    ("RS-40", target('Peer = "p" Partition = "q"'), ["failover-target-peer-with-partition"]),
    ("E628", target('Partition = "q" Datacenter = "dc2"'), ["failover-target-partition-with-datacenter"]),
    ("RS-41", target('Partition = "q" ServiceSubset = "v1"'), ["failover-target-subset-undefined"]),
    ("RS-41", target('Partition = "q" Datacenter = "dc2" ServiceSubset = "v1"'), ["failover-target-partition-with-datacenter"]),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "rest", "expected"), ENTERPRISE)
def test_enterprise(rule_id, rest, expected):
    assert rules_found(HEAD + rest, "enterprise") == expected


ADVICE = [
    ("Q8", 'Redirect { Service = "web" }', ["redirect-to-itself"]),
    ("Q8", 'Redirect { Service = "web" Peer = "east" }', []),
    ("D-23", 'ConnectTimeout = "1s" Redirect { Service = "a" }', ["redirect-hides-settings"]),
    ("D-23", 'ConnectTimeout = "1s" Redirect { Datacenter = "dc2" }', []),
    ("D-23", V1 + 'DefaultSubset = "v1" Redirect { Service = "a" }', ["redirect-hides-settings"]),
    ("DC-W04", target(""), ["failover-to-itself"]),
    ("DC-W04", failover('Service = "web"'), ["failover-to-itself"]),
    ("DC-W04", V1 + failover('ServiceSubset = "v1"', key="v1"), ["failover-to-itself"]),
    ("DC-W04", V1 + failover('ServiceSubset = "v1"'), []),
    ("DC-W04", target('Datacenter = "dc2"'), []),
    ("twice", failover('Datacenters = ["a", "b", "a"]'), ["failover-place-twice"]),
    ("twice", failover('Targets = [{ Peer = "a" }, { Peer = "a" }]'), ["failover-place-twice"]),
    ("twice", V1 + failover('Datacenters = ["a"]') + failover('Datacenters = ["a"]', key="v1"), []),
    ("D-18", "ConnectTimeout = 15", ["resolver-timeout-tiny"]),
    ("D-18", 'RequestTimeout = "1ms"', []),
    ("ring", balancer("RingHashConfig { MinimumRingSize = 9 } HashPolicies { SourceIP = true }", "ring_hash"), ["ring-size-impossible"]),
    ("ring", balancer("RingHashConfig { MaximumRingSize = 8388609 } HashPolicies { SourceIP = true }", "ring_hash"), ["ring-size-impossible"]),
    ("ring", balancer("RingHashConfig { MaximumRingSize = 8388608 } HashPolicies { SourceIP = true }", "ring_hash"), []),
    ("ring", balancer("RingHashConfig {} HashPolicies { SourceIP = true }", "ring_hash"), []),
    ("choice", balancer("LeastRequestConfig {}", "least_request"), ["choice-count-impossible"]),
    ("choice", balancer("LeastRequestConfig { ChoiceCount = 2 }", "least_request"), []),
    ("hash", balancer(""), ["balancer-hashes-nothing"]),
    ("MG-Q02", hashed(""), ["hash-policy-empty"]),
    ("cookie", hashed('Field = "cookie" FieldValue = "c" CookieConfig { TTL = "-1s" }'), ["cookie-ttl-negative"]),
    ("MG-X14", subset("Meta.version == 1"), ["filter-field-unknown"]),
    ("MG-X14", subset("Service.Meta == 1"), ["filter-operator-unsuitable"]),
    ("MG-X14", subset("Service.Port == abc"), ["filter-value-unsuitable"]),
    ("MG-X14", subset("Service.ID matches `(`"), ["filter-regex-invalid"]),
    ("MG-X15", subset("Service.Meta.a not matches `b`"), ["filter-regex-on-optional-key"]),
    ("MG-X15", subset("a in Service.Meta and Service.Meta.a matches `b`"), []),
    ("MG-X15", subset("Service.ID matches `b`"), []),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "rest", "expected"), ADVICE)
def test_accepted_with_advice(rule_id, rest, expected):
    assert accepted_entry(HEAD + rest)
    assert rules_found(HEAD + rest) == expected


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Meta.version", "Service.Meta.version"),
        ("ServiceMeta.version", "Service.Meta.version"),
        ("service.meta.version", "Service.Meta.version"),
        ("NodeMeta.rack", "Node.Meta.rack"),
        ("Service.Tag", "Service.Tags"),
        ("service.port", "Service.Port"),
    ],
)
def test_unknown_fields_get_the_nearest(written, meant):
    (found,) = judge_entry_text(HEAD + subset(f"{written} == 1"), "x.hcl", Profile()).diagnostics
    assert found.help == f"did you mean `{meant}`?"


@pytest.mark.parametrize("filter_", ["(" * 200_000, "Nope == 1 or " * 60_000 + "Nope == 1"])
def test_long_filters_are_judged(filter_):
    assert rules_found(HEAD + subset(filter_)) in (["subset-filter-invalid"], ["filter-field-unknown"])


def test_the_server_has_no_underscore_for_sameness_groups():  # E506
    text = '{"Kind": "service-resolver", "Name": "web", "Redirect": {"sameness_group": "x"}}'
    assert rules_found(text, path="http") == ["unknown-key"]
    assert rules_found(text) == ["redirect-tenancy-in-community"]


def test_a_fault_in_a_list_of_targets_is_shown_where_it_is_written():
    text = HEAD + '\nFailover "*" {\n  Targets = [{ Peer = "a" }, { Peer = "b", Datacenter = "c" }]\n}\n'
    (found,) = judge_entry_text(text, "x.hcl", Profile()).diagnostics
    assert found.location is not None
    span = found.location.span
    assert text[span.start : span.end] == '"c"'
