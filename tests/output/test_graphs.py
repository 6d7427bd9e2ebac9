"""Graphs and trees: whatever text users write, the formats stay what they are."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from chains import chain_of, fo, pd, resolver, router, splitter
from hypothesis import given
from hypothesis import strategies as st

from meshgw.chain.model import ServiceKey
from meshgw.output.branches import Branch, branch_lines, drawn
from meshgw.output.chain_words import duration_words
from meshgw.output.dot import render_dot
from meshgw.output.explain_chain import chain_graph, chain_object, chain_tree
from meshgw.output.graph import Edge, Graph, Vertex, joined
from meshgw.output.mermaid import render_mermaid
from meshgw.snapshot.model import ChainUpstream


def graph(*labels: str, edge: str = "") -> Graph:
    vertices = tuple(Vertex(f"v{number}", label) for number, label in enumerate(labels))
    return Graph(vertices, (Edge("v0", f"v{len(labels) - 1}", edge),))


def test_mermaid() -> None:
    assert render_mermaid(graph("a", 'say "b" <#1>', edge="90 %")) == (
        'flowchart LR\n  n0["a"]\n  n1["say #quot;b#quot; #lt;#35;1#gt;"]\n  n0 -->|"90 %"| n1\n'
    )


def test_dot() -> None:
    dashed = Graph((Vertex("x", 'a\\"b', "round"),), (Edge("x", "x", "", dashed=True),))
    assert render_dot(dashed) == (
        "digraph meshgw {\n"
        "  rankdir=LR;\n"
        '  n0 [label="a\\\\\\"b", shape=box, style=rounded];\n'
        "  n0 -> n0 [style=dashed];\n"
        "}\n"
    )


@given(st.text(), st.text())
def test_a_label_stays_in_its_quotes(label: str, edge: str) -> None:
    lines = render_mermaid(graph(label, "b", edge=edge)).split("\n")
    assert [line.count('"') for line in lines] == [0, 2, 2, 2 if edge else 0, 0]
    body = render_dot(graph(label, "b", edge=edge)).split("\n")
    assert len(body) == 7
    assert re.fullmatch(r'  n0 \[label="(?:[^"\\]|\\\\|\\")*", shape=box\];', body[2])


def test_joined_graphs_share_vertices_and_edges() -> None:
    one = graph("a", "b")
    assert joined([one, one]) == one


TREE = Branch("top", (Branch("a", (Branch("b"), Branch("c"))), Branch("d", (Branch("e\n\x1b[31m"),))))


def test_branches() -> None:
    assert list(branch_lines(TREE)) == [
        "top",
        "├── a",
        "│   ├── b",
        "│   └── c",
        "└── d",
        "    └── e\\x0a\\x1b[31m",
    ]


def test_a_terminal_gets_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", drawn(TREE))
    assert [line.rstrip() for line in plain.splitlines()] == list(branch_lines(TREE))


def test_markup_of_rich_is_text() -> None:
    assert "[bold]x[/bold]" in re.sub(r"\x1b\[[0-9;]*m", "", drawn(Branch("[bold]x[/bold]")))


@pytest.mark.parametrize(
    ("nanoseconds", "words"), [(5_000_000_000, "5s"), (250_000_000, "250ms"), (1_500_000_000, "1500ms")]
)
def test_durations(nanoseconds: int, words: str) -> None:
    assert duration_words(nanoseconds) == words


def upstream(*entries) -> ChainUpstream:
    chain = chain_of(entries)
    key = ServiceKey("default", "default", "web")
    return ChainUpstream(envoy_id="web", key=key, chain=chain, targets={}, settings=None)


ROUTED = (
    pd("http"),
    router("web", ("/a", "api"), ("/b", "api")),
    splitter("web", (75, "web"), (25, "api")),
    resolver("api", failover={"*": fo("dc2", "dc3")}),
)


def texts(branch: Branch, depth: int = 0) -> list[str]:
    """A tree's lines without what resolvers and targets say of themselves."""
    words = re.sub(r"(\.default\.default\.dc\d|\.default\.default)[^→]*$", "", branch.text)
    return ["  " * depth + words, *(line for child in branch.children for line in texts(child, depth + 1))]


def test_a_node_is_drawn_once_and_targets_stand_in_the_order_of_failover() -> None:
    assert texts(chain_tree(upstream(*ROUTED)))[1:] == [
        "  router web",
        "    route 1: path prefix /a → resolver api",
        "      target: api",
        "      failover 1: api",
        "      failover 2: api",
        "    route 2: path prefix /b → resolver api",
        "    everything else → splitter web",
        "      75 % → resolver web",
        "        target: web",
        "      25 % → resolver api",
    ]


def test_the_graph_has_every_node_and_target() -> None:
    made = chain_graph(upstream(*ROUTED), "me")
    chain = upstream(*ROUTED).chain
    assert len(made.vertices) == 1 + len(chain.nodes) + len(chain.targets)
    names = {vertex.name for vertex in made.vertices}
    assert all(edge.start in names and edge.end in names for edge in made.edges)
    assert [edge.label for edge in made.edges if edge.dashed] == ["failover 1", "failover 2"]


def test_the_object_names_only_what_it_holds() -> None:
    found = chain_object(upstream(*ROUTED))
    assert found["start"] in found["nodes"]
    for node in found["nodes"].values():
        for step in (*node.get("routes", ()), *node.get("splits", ())):
            assert step["next"] in found["nodes"]
        assert {*node.get("failover", ())} <= found["targets"].keys()


def test_huge_trees_are_cut() -> None:
    many = [(100 / 4000, f"s{number}") for number in range(4000)]
    tree = chain_tree(upstream(pd("http"), splitter("web", *many)))
    assert len(tree.children[0].children) == 4000
    assert tree.children[0].children[-1].text.endswith("…")


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_it() -> None:
    text = render_dot(chain_graph(upstream(*ROUTED), 'a "strange\\" caller'))
    subprocess.run(["dot", "-Tplain"], input=text, text=True, check=True, capture_output=True)
