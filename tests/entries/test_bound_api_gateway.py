"""bound-api-gateway (config-entries.md 2.15)."""

import json

import pytest
from entry_tables import rules_found


def bound(**listener):
    return json.dumps({"Kind": "bound-api-gateway", "Name": "b", "Listeners": [listener] if listener else []})


@pytest.mark.parametrize(
    ("_id", "text", "expected"),
    [
        ("E515", bound(), "bound-api-gateway-written"),
        (
            "E515",
            bound(Certificates=[{"Kind": "inline-certificate", "Name": "c"}]),
            "bound-api-gateway-written",
        ),
        (
            "E516",
            bound(Certificates=[{"Kind": "file-system-certificate", "Name": "c"}]),
            "bound-certificate-kind",
        ),
        ("E517", bound(Certificates=[{"Kind": "inline-certificate"}]), "bound-certificate-unnamed"),
        ("E518", bound(Routes=[{"Kind": "x", "Name": "c"}]), "bound-route-kind"),
        ("E519", bound(Routes=[{"Kind": "tcp-route"}]), "bound-route-unnamed"),
    ],
)
def test_body_of_the_api(_id, text, expected):
    assert rules_found(text, path="http") == [expected]


def test_the_command_does_not_know_the_kind():  # DEC-04
    assert rules_found(bound()) == ["unknown-kind"]
