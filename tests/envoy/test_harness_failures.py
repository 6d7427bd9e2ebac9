"""What the harness says when a test's set-up is wrong."""

import json
from pathlib import Path

import pytest
from harness import envoys, samples
from harness.clients import send
from harness.envoys import Fleet, validate
from harness.loopback import Loopback

PORT = 8443


def serving(address: str, cluster: str = "api"):
    chain = {"filters": [samples.tcp_proxy("api")]}
    return samples.bootstrap(
        [samples.listener("some", address, PORT, [chain])], [samples.cluster(cluster, "10.0.0.9", 1)]
    )


def test_validate_is_silent_about_a_good_configuration(tmp_path: Path):
    assert validate(serving("10.0.0.1"), tmp_path) == []


def test_validate_says_why(tmp_path: Path):
    assert any("malformed IP address" in line for line in validate(serving("no address"), tmp_path))


def test_an_envoy_that_ends_shows_its_log(fleet: Fleet):
    fleet.add("broken", {"static_resources": {"listeners": [], "no_such_field": 1}}, node="10.0.0.1")

    with pytest.raises(AssertionError, match=r"(?s)Envoy `broken` ended.*no_such_field"):
        fleet.start()


def test_two_proxies_on_one_port_are_not_started(fleet: Fleet):
    fleet.add("one", serving("10.0.0.1"), node="10.0.0.1")

    with pytest.raises(AssertionError, match="`two` and `one` both listen on"):
        fleet.add("two", serving("0.0.0.0"), node="10.0.0.1")


def test_a_call_to_nobody_is_an_error_and_no_refusal(loopback: Loopback):
    with pytest.raises(ConnectionRefusedError):
        send(loopback.node("10.0.0.1"), PORT, b"hello")


def test_an_absent_envoy_is_a_failure_and_no_skip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(envoys.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(AssertionError, match="no envoy"):
        envoys.envoy_binary()


def test_only_socket_addresses_are_moved(loopback: Loopback):
    config = {
        "name": "api:127.0.0.1:8443",
        "listen": {"socket_address": {"address": "0.0.0.0", "port_value": 1}},
        "app": [{"socketAddress": {"address": "127.0.0.1", "portValue": 2}}],
        "other": {"socket_address": {"address": "10.0.0.2", "port_value": 3}},
        "named": {"socket_address": {"address": "db.example", "port_value": 4}},
    }

    assert loopback.moved(config, proxy="api", node="10.0.0.1") == {
        "name": "api:127.0.0.1:8443",
        "listen": {"socket_address": {"address": loopback.node("10.0.0.1"), "port_value": 1}},
        "app": [{"socketAddress": {"address": loopback.localhost("api"), "portValue": 2}}],
        "other": {"socket_address": {"address": loopback.node("10.0.0.2"), "port_value": 3}},
        "named": {"socket_address": {"address": "db.example", "port_value": 4}},
    }


def test_a_listener_on_every_address_needs_a_node(loopback: Loopback):
    with pytest.raises(AssertionError, match="`api` listens on"):
        loopback.moved(serving("0.0.0.0"), proxy="api")


def test_a_rendered_folder_names_its_proxies(fleet: Fleet, tmp_path: Path):
    for partition, address in (("default", "10.0.0.1"), ("east", "0.0.0.0")):
        folder = tmp_path / "out" / "dc1" / partition / "mesh-gateway"
        folder.mkdir(parents=True)
        (folder / "envoy.json").write_text(json.dumps(serving(address)))
    fleet.add_rendered(tmp_path / "out", {"dc1/east/mesh-gateway": "10.0.0.2"})
    fleet.start()

    assert list(fleet.envoys) == ["dc1/default/mesh-gateway", "dc1/east/mesh-gateway"]


def test_claimed_networks_differ():
    with Loopback() as one, Loopback() as other:
        assert one.network != other.network
        assert one.node("10.0.0.1") != one.localhost("10.0.0.1") != one.node("10.0.0.2")
