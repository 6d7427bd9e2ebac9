"""Partitions and namespaces given beside an input (config-entries.md, TEN-04)."""

import pytest

import meshgw
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions

ENTRY = 'Kind = "service-defaults"\nName = "web"\n'
RULE = "tenancy-parameter"
BY_PATH = {"edition": "community", "tenancy": [{"path": "{partition}/**"}]}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"edition": "community", "partition": "p1"}, [RULE]),
        ({"edition": "community", "namespace": "n1"}, [RULE]),
        ({"edition": "community", "partition": "p1", "namespace": "n1"}, [RULE, RULE]),
        ({"partition": "default"}, [RULE]),  # this makes no Enterprise of the tree, and Community refuses it
        ({"partition": "default", "entry_path": "http"}, [RULE]),
        ({"partition": "default", "entry_path": "bootstrap"}, []),  # a file of the agent has no parameters
        ({"edition": "enterprise", "partition": "default"}, []),
        ({"partition": "p1"}, []),  # enterprise by that
        ({"project": BY_PATH}, [RULE]),
        ({"project": {**BY_PATH, "edition": "auto"}}, []),
        ({"edition": "community"}, []),
    ],
    ids=str,
)
def test_rules(words, expected, tmp_path):
    (tmp_path / "p1").mkdir()
    (tmp_path / "p1" / "web.hcl").write_text(ENTRY)
    loaded = load_tree((str(tmp_path),), LoadOptions(**words))
    assert [found.rule for found in loaded.diagnostics] == expected
    assert [verdict.accepted for verdict in loaded.inputs] == [not expected]
    assert [entry.refused for entry in loaded.entries] == [bool(expected)]


def test_a_service_in_a_file_of_the_agent_has_no_parameters(tmp_path):
    (tmp_path / "web.hcl").write_text('service { name = "web" }')
    assert meshgw.load(tmp_path, edition="community", partition="default").diagnostics == ()
