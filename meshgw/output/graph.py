"""Graphs as such; `mermaid.py` and `dot.py` write them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Shape: TypeAlias = Literal["box", "round"]


@dataclass(frozen=True, slots=True)
class Vertex:
    """A vertex; `name` identifies it within its graph."""

    name: str
    label: str
    shape: Shape = "box"


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow between two vertices by their names."""

    start: str
    end: str
    label: str = ""
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """A directed graph, in stable order."""

    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]


def joined(graphs: Iterable[Graph]) -> Graph:
    """Several graphs as one: vertices of one name are one vertex, equal edges one edge."""
    vertices: dict[str, Vertex] = {}
    edges: dict[Edge, None] = {}
    for graph in graphs:
        for vertex in graph.vertices:
            vertices.setdefault(vertex.name, vertex)
        edges.update(dict.fromkeys(graph.edges))
    return Graph(tuple(vertices.values()), tuple(edges))
