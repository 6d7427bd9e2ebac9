"""Graphs in Graphviz's language (https://graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

from meshgw.output.graph import Graph, Shape
from meshgw.output.visible import visible

_STYLES: dict[Shape, str] = {"box": "shape=box", "round": "shape=box, style=rounded"}


def render_dot(graph: Graph) -> str:
    """A directed graph from left to right."""
    ids = {vertex.name: f"n{number}" for number, vertex in enumerate(graph.vertices)}
    lines = ["digraph meshgw {", "  rankdir=LR;"]
    lines += [
        f"  {ids[vertex.name]} [label={_quoted(vertex.label)}, {_STYLES[vertex.shape]}];"
        for vertex in graph.vertices
    ]
    for edge in graph.edges:
        attributes = [f"label={_quoted(edge.label)}"] if edge.label else []
        if edge.dashed:
            attributes.append("style=dashed")
        listed = f" [{', '.join(attributes)}]" if attributes else ""
        lines.append(f"  {ids[edge.start]} -> {ids[edge.end]}{listed};")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    """A string of the language: a backslash would begin an escape of Graphviz's own."""
    shown = visible(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{shown}"'
