from pathlib import Path

import pytest

from meshgw.envoy.validate import find_envoy, validate

ADMIN = {"admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}}}


def test_an_envoy_is_found_and_asked(tmp_path):
    binary = find_envoy()
    assert binary
    assert validate(binary, ADMIN, folder=tmp_path).accepted
    refused = validate(binary, ADMIN | {"nonsense": 1}, folder=tmp_path)
    assert not refused.accepted
    assert "nonsense" in refused.reason
    assert str(Path("/tmp")) not in refused.reason.splitlines()[0]  # the name of our own file


@pytest.mark.parametrize("name", ["no-such-envoy", "/no/such/envoy"])
def test_a_named_envoy_that_is_not_there(name):
    assert find_envoy(name) is None


def test_something_else_than_an_envoy(tmp_path):
    other = tmp_path / "envoy"
    other.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    other.chmod(0o755)
    verdict = validate(find_envoy(str(other)) or "", ADMIN)
    assert (verdict.accepted, verdict.reason) == (False, "broken")
    other.write_text("no program")
    assert "cannot be started" in validate(str(other), ADMIN).reason
