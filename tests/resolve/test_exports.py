# ruff: noqa: E501  # rows of tables are read more easily than wrapped
"""Which item of exported-services counts for whom (intentions-and-exports.md 5)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trees import mesh_of

from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey
from meshgw.resolve.exports import Export, bundle_peers, consuming_peers, export_to_partition

SERVICES = """
  { Name = "*", Namespace = "*", Consumers = [{ Peer = "all" }, { Partition = "p-all" }] },
  { Name = "api", Namespace = "dev", Consumers = [{ Peer = "east" }, { Peer = "west" }, { Partition = "P1" }] },
  { Name = "api", Namespace = "dev", Consumers = [{ Peer = "west" }, { Peer = "north" }, { Partition = "p2" }] },
  { Name = "*", Namespace = "dev", Consumers = [{ Peer = "west" }, { SamenessGroup = "g" }] },
  { Name = "consul", Namespace = "dev", Consumers = [{ Peer = "east" }] },
"""
GROUP = 'Kind = "sameness-group"\nName = "g"\nMembers = [{ Partition = "default" }, { Partition = "p3" }, { Peer = "south" }]\n'


@pytest.fixture
def entries(tmp_path: Path) -> EntrySet:
    text = f'Kind = "exported-services"\nName = "default"\nServices = [{SERVICES}]\n'
    files = {"dc1/default/x.hcl": text, "dc1/default/g.hcl": GROUP}
    return mesh_of(tmp_path, files, edition="enterprise").datacenters["dc1"].entries


def place(export: Export | None) -> tuple[Any, ...] | None:
    """The item and the consumer in it."""
    return None if export is None else (export.at[1], export.at[3])


PEERS = [
    ("api", "dev", {"all": (0, 0), "east": (1, 0), "west": (1, 1), "north": (2, 1), "south": (3, 1)}),
    ("web", "dev", {"all": (0, 0), "west": (3, 0), "south": (3, 1)}),
    ("web", "ops", {"all": (0, 0)}),
    ("Api", "dev", {"all": (0, 0), "west": (3, 0), "south": (3, 1)}),  # names are compared exactly
    ("consul", "dev", {}),
]


@pytest.mark.parametrize(("name", "namespace", "expected"), PEERS)
def test_peers_are_the_union_of_all_items(entries: EntrySet, name: str, namespace: str, expected) -> None:
    found = consuming_peers(entries, ServiceKey("default", namespace, name))
    assert [(peer, place(export)) for peer, export in found.items()] == list(expected.items())
    assert consuming_peers(entries, ServiceKey("other", namespace, name)) == {}


@pytest.mark.parametrize(
    ("name", "namespace", "expected"),
    [
        ("api", "dev", {"east", "west"}),
        ("web", "dev", {"west", "south"}),
        ("web", "ops", {"all"}),
        ("consul", "dev", set()),
    ],
)
def test_bundles_are_those_of_the_first_item_alone(entries: EntrySet, name: str, namespace: str, expected):
    assert bundle_peers(entries, ServiceKey("default", namespace, name)) == expected


@pytest.mark.parametrize(
    ("name", "namespace", "consumer", "expected"),
    [
        ("api", "dev", "p1", (1, 2)),
        ("api-sidecar-proxy", "dev", "p1", (1, 2)),
        ("api", "dev", "p2", None),  # the second item of a name does not count
        ("api", "dev", "p3", (3, 1)),
        ("api", "dev", "p-all", (0, 1)),
        ("web", "ops", "p3", None),
        ("consul", "dev", "p-all", None),
    ],
)
def test_partitions_see_the_first_item_of_a_name(
    entries: EntrySet, name: str, namespace: str, consumer: str, expected: tuple[int, int] | None
) -> None:
    assert place(export_to_partition(entries, ServiceKey("default", namespace, name), consumer)) == expected


def test_what_is_looked_up_once_does_not_outlive_a_changed_entry(entries: EntrySet, tmp_path: Path) -> None:
    service = ServiceKey("default", "dev", "api")
    assert consuming_peers(entries, service)
    text = 'Kind = "exported-services"\nName = "default"\nServices = [{ Name = "api", Namespace = "dev", Consumers = [{ Peer = "new" }] }]\n'
    other = mesh_of(tmp_path / "other", {"dc1/default/x.hcl": text}, edition="enterprise")
    entry = other.datacenters["dc1"].entries.exported_services("default")
    assert entry is not None
    for changed in (entries.proposing(entry), entries.adding(entry)):
        assert list(consuming_peers(changed, service)) == ["new"]
        assert bundle_peers(changed, service) == {"new"}
    assert "new" not in consuming_peers(entries, service)
