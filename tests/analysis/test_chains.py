"""What is surprising about chains that Consul accepts: the examples of the rules, and the edges."""

from __future__ import annotations

import pytest
from chains import fo, pd, resolver, router, sd, splitter

from meshgw.analysis import chain_advice, reference_advice
from meshgw.analysis.chains import advise
from meshgw.analysis.graph import judge_together
from meshgw.analysis.proposal import Chains
from meshgw.diagnostics.rules import Rule
from meshgw.loading.texts import judge_entry_text
from meshgw.mesh.entry_set import EntrySet
from meshgw.profile import Profile
from meshgw.rulebook import examples, rulebook

MODULES = {chain_advice.__name__, reference_advice.__name__}
RULES = {name: rule for name, rule in rulebook().items() if rule.check.__module__ in MODULES}


def advised(entries, datacenter="dc1", profile=Profile()):  # noqa: B008
    chains = Chains(EntrySet(entries), enterprise=profile.enterprise, datacenter=datacenter)
    return advise(chains, profile)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_examples(rule: Rule) -> None:
    for example in examples(rule):
        texts = example.text.split("\n---\n")
        judged = [judge_entry_text(text, str(n), example.profile) for n, text in enumerate(texts)]
        entries = [entry for judgement in judged for entry in judgement.entries]
        assert len(entries) == len(texts)
        assert judge_together(entries, example.profile) == []
        found = advised(entries, profile=example.profile)
        assert {one.rule for one in found} == ({rule.name} if example.section == "Found" else set())
        for one in found:
            assert one.location is not None
            assert not one.refused


def rules(entries, datacenter="dc1") -> list[str]:
    return sorted(one.rule for one in advised(entries, datacenter))


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        # DC-W02 by a redirect of the namesake, not only by its default subset (Q2)
        (
            [
                resolver("web", redirect={"service": "api", "peer": "east"}),
                resolver("api", redirect={"service": "pay"}),
            ],
            ["peer-target-lost"],
        ),
        # the namesake of a failover target at a peer is not gathered
        (
            [
                resolver("web", failover={"*": fo(targets=[{"service": "api", "peer": "east"}])}),
                resolver("api", subsets="v1", default="v1"),
            ],
            [],
        ),
        # Q5 counts only where the unnamed pool is reached
        ([resolver("web", subsets="v1", default="v1", failover={"v1": fo(to="api")})], []),
        ([resolver("web", redirect={"service": "api"}), resolver("api", subsets="v1")], []),
        # DC-W05 does not mind a general tcp
        ([pd("tcp"), sd("web")], []),
        ([pd("http"), sd("web"), sd("api", "http")], ["protocol-reset"]),
        # DC-W08 counts for the own chain only
        (
            [
                pd("http"),
                router("web", ("/a", "api")),
                resolver("api", request_timeout=30),
            ],
            [],
        ),
        # DC-W01
        ([resolver("web", redirect={"service": "a.b"})], ["dot-in-name"]),
        ([resolver("web", failover={"*": fo("dc.2")})], ["dot-in-name"]),
        # Q13: one leaf of its own is enough
        (
            [
                pd("http"),
                resolver("db", policy="maglev"),
                splitter("api", (100, "db")),
                splitter("web", (50, "api"), (50, "db")),
            ],
            [],
        ),
    ],
)
def test_edges(entries, expected: list[str]) -> None:
    assert rules(entries) == expected


def test_failover_to_the_own_datacenter_depends_on_where_it_is_judged() -> None:
    entries = [resolver("web", failover={"*": fo("dc2")})]
    assert rules(entries, "dc1") == []
    assert rules(entries, "dc2") == ["failover-nowhere"]
