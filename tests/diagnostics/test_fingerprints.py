"""Fingerprints: the same for the same finding, different for different ones."""

import pytest

from meshgw.diagnostics.fingerprints import field_path, fingerprint, fingerprints, identity
from meshgw.diagnostics.model import Diagnostic, Location, Severity
from meshgw.source.hcl1 import read_hcl
from meshgw.source.yaml import read_yaml

ENTRY = 'Kind = "service-router"\nName = "web"\nRoutes = [{ Destination { Service = "a" } }]\n'
AGENT = 'services = [{ name = "web", port = 1 }, { name = "api", port = 2 }]\n'
CRD = "apiVersion: consul.hashicorp.com/v1alpha1\nkind: Mesh\nmetadata: { name: m, namespace: ns }\nspec: {}"


def at(text, *path, name="a.hcl"):
    document = read_yaml(text, name)[-1] if name.endswith(".yaml") else read_hcl(text, name)
    return Location(document, path)


@pytest.mark.parametrize(
    ("place", "owner", "field"),
    [
        (at(ENTRY, "Routes", 0, "Destination"), "service-router////web", "routes.0.destination"),
        (at(ENTRY.replace("Name", 'Partition = "p" Name'), "Name"), "service-router//p//web", "name"),
        (at(AGENT, "services", 1, "port"), "a.hcl", "services.[api].port"),
        (at(AGENT, "services", 7, "port"), "a.hcl", "services.7.port"),
        (at(CRD, "spec", name="a.yaml"), "k8s/Mesh/ns/m", "spec"),
        (at("x: 1\n---\n" + CRD, "spec", name="b.yaml"), "k8s/Mesh/ns/m", "spec"),
        (at("= =", name="broken.hcl"), "broken.hcl", ""),
    ],
)
def test_what_they_are_made_of(place, owner, field):
    assert (identity(place, "."), field_path(place)) == (owner, field)


def finding(place, rule="r", message="m"):
    return Diagnostic(rule=rule, severity=Severity.ERROR, message=message, location=place)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (finding(at(AGENT, "services", 0)), finding(at(AGENT.replace(", {", ",\n{"), "services", 0)), True),
        (finding(at(ENTRY, "Routes")), finding(at(ENTRY, "Routes", 0)), False),
        (finding(at(ENTRY)), finding(at(ENTRY), rule="s"), False),
        (finding(at(ENTRY)), finding(at(ENTRY, name="moved/b.hcl")), True),
        (finding(at(AGENT)), finding(at(AGENT, name="moved/b.hcl")), False),
        (finding(at(AGENT), message="a"), finding(at(AGENT), message="b"), True),
        (finding(None, message="a"), finding(None, message="b"), False),
    ],
)
def test_same_and_different(one, other, same):
    assert (fingerprint(one, ".") == fingerprint(other, ".")) == same


def test_order_of_named_elements_does_not_matter():
    swapped = 'services = [{ name = "api", port = 2 }, { name = "web", port = 1 }]\n'
    assert fingerprint(finding(at(AGENT, "services", 0)), ".") == fingerprint(
        finding(at(swapped, "services", 1)), "."
    )


def test_paths_are_relative_to_the_project(tmp_path):
    inside = finding(at(AGENT, name=str(tmp_path / "x" / "a.hcl")))
    assert fingerprint(inside, str(tmp_path / "x")) == fingerprint(finding(at(AGENT)), ".")


def test_the_same_finding_twice_is_numbered():
    marks = fingerprints([finding(at(ENTRY)), finding(at(ENTRY)), finding(at(AGENT))], ".")
    assert [mark.split(":")[1] for mark in marks] == ["1", "2", "1"]
    assert len(set(marks)) == 3


def test_very_many_findings_in_one_entry_take_no_time():
    text = 'Kind = "mesh"\n' + "".join(f"k{number} = 1\n" for number in range(20_000))
    document = read_hcl(text, "a.hcl")
    marks = fingerprints([finding(Location(document, (f"k{number}",))) for number in range(20_000)], ".")
    assert len(set(marks)) == 20_000
