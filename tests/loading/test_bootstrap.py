"""Config entries of agent files (service-registration.md 1.5)."""

import pytest

from meshgw.loading.bootstrap import judge_bootstrap
from meshgw.loading.texts import judge_entry_text, read_entry_text
from meshgw.profile import Profile

BOOTSTRAP = Profile(entry_path="bootstrap")

HCL = """node_name = "n"
config_entries {
  bootstrap {
    Kind = "service-defaults"
    Name = "web"
    Protocol = "udp"
    UpstreamConfig {
      Defaults {
        Limits { MaxConnections = -1 }
      }
    }
  }
  bootstrap = [{ Kind = "mesh" }]
}
"""


def rules(text, name="agent.hcl"):
    return [found.rule for found in judge_entry_text(text, name, BOOTSTRAP).diagnostics]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (HCL, "agent.hcl", ["service-protocol-unknown", "limit-connections-negative"]),
        ('{"config_entries": {"bootstrap": [{"Kind": "mesh"}]}}', "agent.json", []),
        ('{"Config_Entries": {"BOOTSTRAP": [{"Kind": "mesh"}]}}', "agent.json", []),
        ('{"config_entries": {"bootstrap": {"Kind": "mesh"}}}', "agent.json", ["wrong-type"]),
        ('{"config_entries": {"bootstrap": ["mesh"]}}', "agent.json", ["wrong-type"]),
        ('{"config_entries": {"boot_strap": []}}', "agent.json", ["unknown-key"]),
        ('{"config_entries": [{}, {}]}', "agent.json", ["wrong-type"]),
        ('{"config_entries": {"bootstrap": [{"Name": "web"}]}}', "agent.json", ["entry-kind-missing"]),
        ("server = true", "agent.hcl", []),
        ('{"server": tru', "agent.json", ["syntax"]),
        ('config_entries { bootstrap { Kind = "mesh" Name = "mesh" } }', "agent.hcl", ["unknown-key"]),
        # lists of one have collapsed in the whole entry before it is decoded
        ('config_entries { bootstrap { Kind = "service-defaults" Name = [["web"]] } }', "a.hcl", []),
    ],
)  # fmt: skip
def test_rules(text, name, expected):
    assert rules(text, name) == expected


def test_places():
    found = judge_entry_text(HCL, "agent.hcl", BOOTSTRAP).diagnostics
    assert [str(diagnostic.location) for diagnostic in found] == ["agent.hcl:6:16", "agent.hcl:9:35"]


def test_each_entry_has_its_own_judgement():
    document = read_entry_text(HCL, "agent.hcl", BOOTSTRAP)
    first, second = judge_bootstrap(document, BOOTSTRAP)
    assert (first.entry.kind, first.accepted) == ("service-defaults", False)
    assert (second.entry.kind, second.accepted) == ("mesh", True)
    assert [entry.kind for entry in judge_entry_text(HCL, "agent.hcl", BOOTSTRAP).entries] == [
        "service-defaults",
        "mesh",
    ]
