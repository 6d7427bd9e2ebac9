"""Choosing the syntax of a text, and its faults (config-entries.md 1.2)."""

import pytest

from meshgw.loading.texts import judge_entry_text
from meshgw.profile import Profile

JSON = '{"Kind": "mesh"}'
HCL = 'Kind = "mesh"'


@pytest.mark.parametrize(
    ("path", "text", "name", "accepted"),
    [
        ("cli", JSON, "x.hcl", True),
        ("cli", " \n\t" + JSON, "x", True),
        ("cli", HCL, "x.json", True),
        ("cli", "\ufeff" + JSON, "x.json", False),
        ("cli", "[" + JSON + "]", "x.json", False),
        ("cli", JSON + " x", "x.json", False),
        ("cli", "", "x", False),
        ("http", JSON + " x", "x", True),
        ("http", "[" + JSON + "]", "x", False),
        ("http", HCL, "x", False),
        ("http", "", "x", False),
        ("bootstrap", "{}", "x.json", True),
        ("bootstrap", "{}", "x.hcl", True),
        ("bootstrap", "a = 1", "x.hcl", True),
        ("bootstrap", "a = 1", "x.json", False),
        ("bootstrap", " ", "x.json", False),
        ("bootstrap", " ", "x.hcl", True),
    ],
)
def test_syntax(path, text, name, accepted):
    assert judge_entry_text(text, name, Profile(entry_path=path)).accepted is accepted


def test_a_fault_is_shown_where_it_is():
    (found,) = judge_entry_text('Kind = "mesh"\nPeering = null\n', "x.hcl", Profile()).diagnostics
    assert (found.rule, str(found.location)) == ("syntax", "x.hcl:2:11")
    assert found.note == 'Consul: "Failed to decode config entry input"'


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('{"Kind": "mesh", "Meta": {"a": "1", "a": "2"}}', [1]),
        ('{"Kind": "mesh", "Meta": {"a": "\\": \\"b", "c": "{\\"x\\":1}"}}', []),
        ('Kind = "mesh"\nMeta { a = "1" }\nMeta { a = "2" }', []),
        ('Kind = "mesh"\nMeta {\n  a = "1"\n  a = "2"\n}\n', [4]),
    ],
)
def test_keys_written_twice(text, lines):
    found = judge_entry_text(text, "x", Profile()).diagnostics
    assert {diagnostic.rule for diagnostic in found} == ({"duplicate-key"} if lines else set())
    assert [diagnostic.location.position[0] for diagnostic in found] == lines
