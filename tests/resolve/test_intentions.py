# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""Decisions about calls (intentions-and-exports.md 2, 3); numbers are its worked examples of section 8."""

import pytest
from entry_tables import accepted_entry

from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey
from meshgw.resolve.intentions import Caller, decide, enforced_among, matching_intentions

ALLOW, DENY = 'Action = "allow"', 'Action = "deny"'
B = ServiceKey("default", "default", "b")
A = Caller("default", "default", "a")


def intentions(destination, *sources, more=""):
    """One entry; `more` are further fields of it."""
    written = " ".join(f"Sources {{ {source} }}" for source in sources)
    return f'Kind = "service-intentions" Name = "{destination}" {more} {written}'


def permissions(*pairs):
    return " ".join(
        f'Permissions {{ Action = "{action}" HTTP {{ PathPrefix = "{path}" }} }}' for action, path in pairs
    )


def entries_of(*texts):
    return EntrySet([accepted_entry(text, "enterprise") for text in texts])


NAMED = f'Name = "a" {ALLOW}'
JWT = 'JWT { Providers { Name = "okta" } }'

# fmt: off
CALLS = [  # number, entries, default allow, verdict, precedence of the deciding source
    (1, [], False, "deny", None),
    (2, [], True, "allow", None),
    (4, [intentions("*", f'Name = "*" {DENY}'), intentions("b", NAMED)], False, "allow", 9),
    (5, [intentions("b", f'Name = "*" {DENY}'), intentions("*", NAMED)], False, "deny", 8),
    (6, [intentions("*", f'Name = "a" {DENY}'), intentions("b", f'Name = "*" {ALLOW}')], True, "allow", 8),
    (7, [intentions("b", f'Name = "*" {ALLOW}', f'Name = "a" {DENY}')], False, "deny", 9),
    (8, [intentions("b", 'Name = "a" ' + permissions(("allow", "/x")))], False, "conditional", 9),
    (9, [intentions("b", 'Name = "a" ' + permissions(("deny", "/admin"), ("allow", "/")))], False, "conditional", 9),
    (12, [intentions("b", NAMED, more=JWT)], False, "conditional", 9),
    ("deny beats JWT", [intentions("b", f'Name = "a" {DENY}', more=JWT)], False, "deny", 9),
    ("empty JWT", [intentions("b", NAMED, more="JWT {}")], False, "allow", 9),
    (16, [intentions("b", f'Name = "a" Peer = "east" {ALLOW}')], False, "deny", None),
    ("other name", [intentions("b", f'Name = "A" {ALLOW}')], False, "deny", None),
    ("other destination", [intentions("c", NAMED)], False, "deny", None),
    ("wildcards of namespaces", [intentions("*", f'Name = "*" Namespace = "*" {ALLOW}', more='Namespace = "*"')], False, "allow", 1),
    ("no group", [intentions("b", f'Name = "a" SamenessGroup = "g" {ALLOW}')], False, "deny", None),
]
# fmt: on


@pytest.mark.parametrize(("number", "texts", "default_allow", "verdict", "precedence"), CALLS)
def test_decisions(number, texts, default_allow, verdict, precedence):
    decision = decide(A, B, entries_of(*texts), default_allow=default_allow, default_from="agent file")
    assert decision.verdict == verdict
    assert decision.allowed == {"allow": True, "deny": False, "conditional": None}[verdict]
    if precedence is None:
        assert (decision.intention, decision.default_from) == (None, "agent file")
    else:
        assert decision.intention.precedence == precedence


# fmt: off
TENANCIES = [  # number, entry, caller, destination, verdict under default deny
    (13, intentions("b", NAMED, more='Partition = "ap1"'), A, ServiceKey("ap1", "default", "b"), "deny"),
    ("13, same partition", intentions("b", NAMED, more='Partition = "ap1"'), Caller("ap1", "default", "a"), ServiceKey("ap1", "default", "b"), "allow"),
    (14, intentions("b", f'Name = "a" Partition = "default" {ALLOW}', more='Partition = "ap1"'), A, ServiceKey("ap1", "default", "b"), "allow"),
    (15, intentions("b", NAMED, more='Namespace = "prod"'), Caller("default", "dev", "a"), ServiceKey("default", "prod", "b"), "deny"),
    ("15, all namespaces", intentions("b", f'Name = "*" Namespace = "*" {ALLOW}', more='Namespace = "prod"'), Caller("default", "dev", "a"), ServiceKey("default", "prod", "b"), "allow"),
    (16, intentions("b", f'Name = "a" Peer = "east" {ALLOW}'), Caller("any", "default", "a", "east"), B, "allow"),
    ("16, other peer", intentions("b", f'Name = "a" Peer = "east" {ALLOW}'), Caller("default", "default", "a", "west"), B, "deny"),
    ("16, other namespace", intentions("b", f'Name = "a" Peer = "east" {ALLOW}'), Caller("default", "n", "a", "east"), B, "deny"),
    ("entry elsewhere", intentions("b", NAMED, more='Partition = "ap1"'), Caller("ap1", "default", "a"), B, "deny"),
]
# fmt: on


@pytest.mark.parametrize(("number", "text", "caller", "destination", "verdict"), TENANCIES)
def test_tenancy(number, text, caller, destination, verdict):
    assert decide(caller, destination, entries_of(text), default_allow=False).verdict == verdict


def test_a_sameness_group_is_its_members():  # 17
    group = 'Kind = "sameness-group" Name = "g" Partition = "ap1" Members { Partition = "ap1" } Members { Peer = "east" }'
    entries = entries_of(
        group, intentions("b", f'Name = "a" SamenessGroup = "g" {ALLOW}', more='Partition = "ap1"')
    )
    destination = ServiceKey("ap1", "default", "b")
    found = matching_intentions(entries, destination)
    assert [(one.partition, one.peer, one.precedence) for one in found] == [("ap1", "", 9), ("", "east", 9)]
    assert decide(Caller("ap1", "default", "a"), destination, entries, default_allow=False).verdict == "allow"
    assert (
        decide(Caller("x", "default", "a", "east"), destination, entries, default_allow=False).verdict
        == "allow"
    )
    assert decide(A, destination, entries, default_allow=False).verdict == "deny"


def test_ties_are_broken_by_group_peer_partition_namespace_and_name():
    group = 'Kind = "sameness-group" Name = "g" Members { Partition = "default" }'
    sources = [
        'SamenessGroup = "g" Name = "a"',
        'Peer = "e" Name = "a"',
        'Partition = "p" Name = "a"',
        'Namespace = "n" Name = "a"',
        'Name = "z"',
        'Name = "a"',
    ]
    text = intentions("b", *(f"{source} {DENY}" for source in sources))
    found = matching_intentions(entries_of(group, text), B)
    assert [one.entry.written[one.index] for one in found] == [5, 4, 3, 2, 1, 0]


def test_the_deciding_source_is_shown_where_it_is_written():
    text = intentions("b", f'Name = "*" {DENY}') + f"\nSources {{ {NAMED} }}"
    decision = decide(A, B, entries_of(text), default_allow=False)
    assert decision.intention.at == ("Sources", 0)
    assert decision.intention.location.position[0] == 2


# fmt: off
ENFORCED = [  # number, entries, default allow, what the proxy does
    (2, [], True, "allow"),
    (5, [intentions("b", f'Name = "*" {DENY}'), intentions("*", NAMED)], False, "allow"),
    (6, [intentions("*", f'Name = "a" {DENY}'), intentions("b", f'Name = "*" {ALLOW}')], True, "deny"),
    (7, [intentions("b", f'Name = "*" {ALLOW}', f'Name = "a" {DENY}')], False, "deny"),
    ("7 for others", [intentions("b", f'Name = "*" {ALLOW}', f'Name = "c" {DENY}')], False, "allow"),
    (11, [intentions("b", NAMED, more=JWT)], True, "allow"),
    (12, [intentions("b", NAMED, more=JWT)], False, "conditional"),
    (8, [intentions("b", 'Name = "a" ' + permissions(("allow", "/x")))], False, "conditional"),
    ("same source twice", [intentions("b", f'Name = "a" {DENY}'), intentions("*", NAMED)], False, "deny"),
]
# fmt: on


@pytest.mark.parametrize(("number", "texts", "default_allow", "verdict"), ENFORCED)
def test_what_the_proxy_does(number, texts, default_allow, verdict):
    found = matching_intentions(entries_of(*texts), B)
    assert enforced_among(found, A, default_allow=default_allow).verdict == verdict
