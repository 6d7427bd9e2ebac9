"""Checks over several entries: their examples, Enterprise sequences, and final states."""

from __future__ import annotations

import pytest

from meshgw.analysis import chain_rules, export_rules, protocol_rules, write_rules
from meshgw.analysis.graph import judge_together
from meshgw.analysis.sequence import judge_sequence
from meshgw.diagnostics.rules import Rule
from meshgw.loading.texts import judge_entry_text
from meshgw.profile import Profile
from meshgw.rulebook import examples, rulebook

MODULES = {module.__name__ for module in (chain_rules, export_rules, protocol_rules, write_rules)}
RULES = {name: rule for name, rule in rulebook().items() if rule.check.__module__ in MODULES}
ENTERPRISE = Profile(edition="enterprise")
ONLY_A_CHANGE = {"exported-tcp-target-added"}
"""Rules that compare a write with what was stored before; a final state has no before."""


def together(texts: list[str], profile: Profile) -> list[str]:
    entries = [
        entry
        for number, text in enumerate(texts)
        for entry in judge_entry_text(text, f"{number}.hcl", profile).entries
    ]
    return [found.rule for found in judge_together(entries, profile)]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_bad_example_fails_with_its_last_entry(rule: Rule) -> None:
    for example in examples(rule):
        if example.section == "Accepted":
            continue
        texts = example.text.split("\n---\n")
        *before, last = judge_sequence(texts, example.profile)
        assert all(not judgement.diagnostics for judgement in before)
        assert [found.rule for found in last.diagnostics] == [rule.name]
        found = last.diagnostics[0]
        assert found.location is not None
        assert found.location.document.text.rstrip("\n") == texts[-1].rstrip("\n")
        assert last.accepted == (rule.consul is None)
        expected = [] if rule.name in ONLY_A_CHANGE else [rule.name]
        assert together(texts, example.profile) == expected


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_good_example_is_clean(rule: Rule) -> None:
    for example in examples(rule):
        if example.section == "Accepted":
            texts = example.text.split("\n---\n")
            assert [judged.diagnostics for judged in judge_sequence(texts, example.profile)] == [()] * len(
                texts
            )
            assert together(texts, example.profile) == []


def entry(kind: str, name: str, body: str = "", *, partition: str = "", namespace: str = "") -> str:
    tenancy = (f'Partition = "{partition}"\n' if partition else "") + (
        f'Namespace = "{namespace}"\n' if namespace else ""
    )
    named = f'Name = "{name}"\n' if name else ""
    return f'Kind = "{kind}"\n{named}{tenancy}{body}\n'


HTTP = 'Config = { protocol = "http" }'

SEQUENCES = {
    "E611": (
        [entry("service-resolver", "a", 'Redirect = { SamenessGroup = "sg" }')],
        "sameness-group-missing",
    ),
    "E612": (
        [
            entry("sameness-group", "g1", 'Members = [{ Partition = "default" }, { Peer = "p" }]'),
            entry("sameness-group", "g2", 'IncludeLocal = true\nMembers = [{ Peer = "p" }]'),
        ],
        "sameness-group-member-taken",
    ),
    "E613": (
        [
            entry("sameness-group", "g1", 'IncludeLocal = true\nMembers = [{ Peer = "p" }]'),
            entry("sameness-group", "g2", 'Members = [{ Partition = "default" }]'),
        ],
        "sameness-group-member-taken",
    ),
    "E614": (
        [entry("proxy-defaults", "", HTTP), entry("service-router", "web", partition="part1")],
        "routing-needs-http",
    ),
    "E615": (
        [
            entry("proxy-defaults", "", HTTP, partition="part1"),
            entry("service-router", "web", partition="part1"),
        ],
        None,
    ),
    "E616": (
        [
            entry("service-defaults", "web", 'Protocol = "http"', namespace="ns1"),
            entry("service-router", "web", namespace="ns2"),
        ],
        "routing-needs-http",
    ),
    "E617": (
        [
            entry("service-defaults", "web", 'Protocol = "http"', namespace="ns1"),
            entry("service-defaults", "b", 'Protocol = "grpc"', namespace="ns1"),
            entry("service-router", "web", 'Routes = [{ Destination = { Service = "b" } }]', namespace="ns1"),
        ],
        "chain-protocols-differ",
    ),
    "E618": (
        [
            entry("service-resolver", "web", "Subsets = { v1 = {} }"),
            entry(
                "service-resolver",
                "x",
                'Redirect = { Service = "web", ServiceSubset = "v1", Partition = "part1" }',
            ),
        ],
        "chain-subset-missing",
    ),
    "E619": (
        [entry("ingress-gateway", "g"), entry("terminating-gateway", "g", partition="part1")],
        None,
    ),
    "E621": (
        [
            entry("mesh", "", "AllowEnablingPermissiveMutualTLS = true", partition="part1"),
            entry("service-defaults", "a", 'MutualTLSMode = "permissive"'),
        ],
        "permissive-mtls-not-allowed",
    ),
    "E624": (
        [entry("service-resolver", "a", 'Redirect = { Service = "b", Namespace = "n", Partition = "p" }')],
        None,
    ),
}


@pytest.mark.parametrize(("texts", "expected"), SEQUENCES.values(), ids=SEQUENCES)
def test_enterprise_sequences(texts: list[str], expected: str | None) -> None:
    *before, last = judge_sequence(texts, ENTERPRISE)
    assert all(judgement.accepted for judgement in before)
    refused = {found.rule for found in last.diagnostics if found.refused}
    assert refused == ({expected} if expected else set())


def test_a_fault_names_the_way_and_the_places() -> None:
    texts = [
        entry("proxy-defaults", "", HTTP),
        entry("service-defaults", "db", 'Protocol = "grpc"'),
        entry("service-splitter", "api", 'Splits = [{ Weight = 100, Service = "db" }]'),
        entry("service-router", "web", 'Routes = [{ Destination = { Service = "api" } }]'),
    ]
    found = judge_sequence(texts, Profile())[-1].diagnostics[0]
    assert found.rule == "chain-protocols-differ"
    assert found.message == "`db` speaks `grpc`, but `web` in the same chain speaks `http`"
    assert "web → router web route 1 → splitter api split 1" in (found.note or "")
    assert str(found.location) == "input-4:2:8"
    assert [(str(place.location), place.message) for place in found.related] == [
        ("input-3:3:11", "this is what leads to the fault"),
        ("input-2:3:12", "`db`: `grpc` is set here"),
        ("input-1:2:23", "`web`: `http` is set here"),
    ]


def test_a_final_state_tells_each_fault_once_at_its_cause() -> None:
    texts = [
        entry("proxy-defaults", "", HTTP),
        entry("service-splitter", "api", 'Splits = [{ Weight = 100, ServiceSubset = "v9" }]'),
        entry("service-router", "web", 'Routes = [{ Destination = { Service = "api" } }]'),
        entry("service-router", "shop", 'Routes = [{ Destination = { Service = "api" } }]'),
    ]
    entries = [e for n, text in enumerate(texts) for e in judge_entry_text(text, str(n), Profile()).entries]
    found = judge_together(entries, Profile())
    assert [(one.rule, str(one.location)) for one in found] == [("chain-subset-missing", "1:3:11")]


def test_writing_what_is_stored_checks_nothing() -> None:
    mesh = entry("mesh", "", "AllowEnablingPermissiveMutualTLS = true")
    permissive = entry("service-defaults", "a", 'MutualTLSMode = "permissive"')
    verdicts = judge_sequence([mesh, permissive, entry("mesh", ""), permissive], Profile())
    assert [judgement.accepted for judgement in verdicts] == [True] * 4


def test_setup_is_stored_already() -> None:
    setup = ['{"Kind": "service-defaults", "Name": "web", "Protocol": "http"}']
    assert judge_sequence([entry("service-router", "web")], Profile(), setup)[0].accepted
    assert not judge_sequence([entry("service-router", "web")], Profile())[0].accepted


def test_chains_that_visit_too_many_services_are_left_out_and_said() -> None:
    from meshgw.analysis.graph import judge_stored
    from meshgw.analysis.proposal import Budget, Chains
    from meshgw.mesh.entry_set import EntrySet

    texts = [entry("service-resolver", f"s{n}", f'Redirect = {{ Service = "s{n + 1}" }}') for n in range(9)]
    entries = [e for n, text in enumerate(texts) for e in judge_entry_text(text, str(n), Profile()).entries]
    budget = Budget(0)
    budget.left = 20
    chains = Chains(EntrySet(entries), enterprise=False, budget=budget)
    found = judge_stored(entries, chains, Profile())
    assert [one.rule for one in found] == ["chain-too-large"]
    assert "too long to compile all of them" in found[0].message


@pytest.mark.parametrize(
    "text",
    [
        'Kind = "ingress-gateway"\nName = "edge"\nListeners = [{ Port = 80, Services = [{ Name = "" }] }]',
        'Kind = "service-intentions"\nName = ""\nSources = [{ Name = "a", Action = "allow" }]',
        'Kind = "service-splitter"\nName = ""\nSplits = [{ Weight = 100 }]',
    ],
)
def test_what_has_no_name_is_told_by_its_own_rule_only(text: str) -> None:
    assert together([text], Profile()) == []
