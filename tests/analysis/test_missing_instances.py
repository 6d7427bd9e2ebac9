"""Upstreams to services without instances: what is missing depends on what stands in front of them."""

from pathlib import Path

import pytest
from example_trees import Files, judged, told

TREE = {
    "dc1/legacy-intentions.hcl": 'Kind = "service-intentions"\nName = "legacy"\n'
    'Sources = [{ Name = "web", Action = "allow" }]',
    "dc1/web.hcl": """service { name = "web" port = 8080
      connect { sidecar_service { port = 20000 proxy { upstreams = [
        { destination_name = "legacy" local_bind_port = 10000 },
      ] } } } }""",
}
LISTED = {
    "dc1/egress-entry.hcl": 'Kind = "terminating-gateway"\nName = "egress"\n'
    'Services = [\n{ Name = "legacy" }]'
}
GATEWAY = {"dc1/egress.hcl": 'service { name = "egress" kind = "terminating-gateway" port = 8444 }'}
ITSELF = {"dc1/legacy.hcl": 'service { name = "legacy" address = "10.9.9.9" port = 80 }'}
DESTINATION = {
    "dc1/legacy-defaults.hcl": 'Kind = "service-defaults"\nName = "legacy"\nProtocol = "tcp"\n'
    'Destination { Addresses = ["10.9.9.9"] Port = 80 }'
}
WITHOUT, BEHIND = "upstream-without-instances", "nothing-behind-gateway"
ENTRY, OWN = "dc1/egress-entry.hcl:4", "dc1/legacy.hcl:1"

CASES = [
    pytest.param({}, (WITHOUT, []), "register the service with a sidecar there", id="unknown"),
    pytest.param(ITSELF, (WITHOUT, [OWN]), "give it one: `connect { sidecar_service {} }`", id="no-sidecar"),
    pytest.param(LISTED, (WITHOUT, [ENTRY]), "register the gateway and the service", id="neither"),
    pytest.param(LISTED | ITSELF, (WITHOUT, [ENTRY, OWN]), "register the gateway:\n", id="no-gateway"),
    pytest.param(
        LISTED | DESTINATION, (WITHOUT, [ENTRY]), "register the gateway:\n", id="destination-no-gateway"
    ),
    pytest.param(LISTED | GATEWAY, (BEHIND, [ENTRY]), "without a sidecar", id="no-service"),
]


@pytest.mark.parametrize(("files", "expected", "help_"), CASES)
def test_what_is_missing(files: Files, expected: tuple[str, list[str]], help_: str, tmp_path: Path) -> None:
    rule, places = expected
    assert told(tmp_path / "one", "federation", TREE | files) == [(rule, "dc1/web.hcl:3", places)]
    (found,) = judged(tmp_path / "other", "federation", TREE | files)
    assert help_ in (found.help or "")
    assert "sidecar_service" not in (found.help or "") or not files.keys() & LISTED.keys()


@pytest.mark.parametrize("behind", [ITSELF, DESTINATION])
def test_a_service_behind_a_gateway(behind: Files, tmp_path: Path) -> None:
    assert told(tmp_path, "federation", TREE | LISTED | GATEWAY | behind) == []


@pytest.mark.parametrize(
    ("acl", "words"),
    [
        ("{ enabled: true, default_policy: allow }", "this works while ACLs allow by default"),
        ("{ enabled: false }", "this works while ACLs are off"),
        ("{ enabled: true, default_policy: deny }", "without an export the upstream has no endpoints"),
    ],
)
def test_a_missing_export_by_what_acls_say(acl: str, words: str, tmp_path: Path) -> None:
    project = f"""edition: enterprise
datacenter: dc1
trust_domain: 5f1e7d3a-8c42-4b69-9a07-2d6c0b8e4f15.consul
acl: {acl}
tenancy:
  - {{ path: "{{partition}}/**" }}
"""
    exports = 'Kind = "exported-services"\nName = "api"\nServices = '
    exports += '[{ Name = "mesh-gateway", Consumers = [{ Partition = "default" }] }]'
    files = {"meshgw.yaml": project, "api/exported-services.hcl": exports}
    (found,) = [
        one for one in judged(tmp_path, "admin-partitions", files) if one.rule == "service-not-exported"
    ]
    assert found.note is not None
    assert found.note.startswith(words)
    assert (found.severity.word == "error") == ("deny }" in acl)
