"""The project file (product.md 1)."""

import pytest

import meshgw
from meshgw.loading.project import project_faults
from meshgw.mesh.build import build_mesh


@pytest.mark.parametrize(
    ("project", "path", "says"),
    [
        ({"tenancy": [{"path": "{partion}/**"}]}, ("tenancy", 0, "path"), "`{partion}` fills nothing"),
        (
            {"tenancy": [{"path": "{partition}/{partition}/**"}]},
            ("tenancy", 0, "path"),
            "`{partition}` stands twice in the path",
        ),
        (
            {"tenancy": [{"path": "a/*", "node": "node-{partition}"}]},
            ("tenancy", 0, "node"),
            "`{partition}` is not in the path",
        ),
        ({"virtual_ips": {"api": "240.0.0.0.1"}}, ("virtual_ips", "api"), "`240.0.0.0.1` is no IP address"),
        (
            {"datacenters": {"dc2": {"virtual_ips": {"api": "x"}}}},
            ("datacenters", "dc2", "virtual_ips", "api"),
            "`x` is no IP address",
        ),
    ],
)
def test_faults(project, path, says):
    assert [(fault.path, fault.message) for fault in project_faults(project)] == [(path, says)]


@pytest.mark.parametrize(
    "project",
    [
        {"tenancy": [{"path": "{team}/{partition}/**", "node": "node-{team}"}]},
        {"tenancy": [{"path": "{datacenter}/**", "partition": "p-{datacenter}"}]},
        {"virtual_ips": {"api": "240.0.0.1", "db": "fd00::1"}, "datacenters": {"dc2": {}}},
    ],
)
def test_no_faults(project):
    assert project_faults(project) == []


def test_a_name_twice_in_a_pattern_that_captures_nothing(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "web.hcl").write_text("= broken")
    assert meshgw.load(tmp_path, project={"ignore": ["{x}/{x}/**"]}).diagnostics == ()


@pytest.mark.parametrize(
    ("acl", "allows"),
    [
        ({"enabled": True}, True),  # the default of `acl.default_policy` (service-registration.md 1.4)
        ({"enabled": True, "default_policy": "allow"}, True),
        ({"enabled": True, "default_policy": "deny"}, False),
        ({"default_policy": "deny"}, False),
        ({"enabled": False, "default_policy": "deny"}, True),
    ],
    ids=str,
)
def test_acls_of_the_project_default_as_those_of_an_agent(acl, allows, tmp_path):
    (tmp_path / "web.hcl").write_text('service { name = "web" }')
    mesh = build_mesh(meshgw.load(tmp_path, project={"acl": acl}).loaded)
    assert mesh.datacenters["dc1"].default_allow is allows
