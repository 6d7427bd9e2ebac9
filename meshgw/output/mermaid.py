"""Graphs in Mermaid's flowchart syntax (https://mermaid.js.org/syntax/flowchart.html)."""

from __future__ import annotations

from meshgw.output.graph import Graph, Shape
from meshgw.output.visible import visible

_BRACKETS: dict[Shape, tuple[str, str]] = {"box": ("[", "]"), "round": ("(", ")")}


def render_mermaid(graph: Graph) -> str:
    """A flowchart from left to right; names of vertices are numbered, so that any text can be a label."""
    ids = {vertex.name: f"n{number}" for number, vertex in enumerate(graph.vertices)}
    lines = ["flowchart LR"]
    for vertex in graph.vertices:
        left, right = _BRACKETS[vertex.shape]
        lines.append(f'  {ids[vertex.name]}{left}"{_escaped(vertex.label)}"{right}')
    for edge in graph.edges:
        arrow = "-.->" if edge.dashed else "-->"
        label = f'|"{_escaped(edge.label)}"|' if edge.label else ""
        lines.append(f"  {ids[edge.start]} {arrow}{label} {ids[edge.end]}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Entity codes of Mermaid for what is special in its labels, or in the HTML that it makes of them."""
    special = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\\": "#92;"}
    return "".join(special.get(character, character) for character in visible(text))
