"""What tokens have to be allowed (service-registration.md 6, and the worked examples 9.7)."""

from __future__ import annotations

import pytest

from meshgw.loading.service_texts import judge_service_text
from meshgw.profile import Profile
from meshgw.secret import Secret
from meshgw.services.judge import judge_body, judge_service
from meshgw.services.judge_agent import read_agent_file
from meshgw.services.model import Service
from meshgw.services.permissions import identity_names, missing, to_register, to_work
from meshgw.source.hcl1 import read_hcl
from meshgw.source.json import read_json


def made(text: str) -> list[Service]:
    reading = read_agent_file(read_hcl(text, "a.hcl"), Profile(entry_path="agent"))
    assert reading.file is not None
    return list(judge_service(reading.file.services[0], Profile(entry_path="agent")).services)


def web(sidecar: str = "") -> str:
    return f'service {{ name = "web" port = 80 connect {{ sidecar_service {{ {sidecar} }} }} }}'


PROXY = 'service { name = "p" kind = "connect-proxy" port = 1 proxy { destination_service_name = "db" } }'
GATEWAY = 'service { name = "mgw" kind = "mesh-gateway" port = 1 }'


@pytest.mark.parametrize(
    ("text", "writable", "lacking"),
    [
        (web(), {"web"}, ["web-sidecar-proxy"]),  # 143
        (web(), identity_names("web"), []),  # 144
        (web('name = "webproxy"'), identity_names("web"), ["webproxy"]),  # 144
        (PROXY, {"p"}, ["db"]),  # 145
        (PROXY, {"p", "db"}, []),
        (GATEWAY, {"mgw"}, []),  # 146
    ],
)
def test_registering(text: str, writable: set[str], lacking: list[str]) -> None:
    assert [name for one in made(text) for name in missing(to_register(one), writable)] == lacking


def test_taking_over_an_id() -> None:  # 149
    (old,) = made(GATEWAY)
    (new,) = made('service { name = "web" id = "mgw" port = 1 }')
    assert missing(to_register(new, old), {"web"}) == ("mgw",)


def test_the_token_in_a_body_is_nothing_but_for_the_sidecar() -> None:  # 147, 148
    def tokens(text: str) -> list[Secret]:
        body = judge_body(read_json(text, "a.json"), Profile(entry_path="http"))
        return [one.token for one in body.services]

    sidecar = '"Connect": {"SidecarService": {%s}}'
    assert tokens('{"Name": "x", "Token": "secret-1"}') == [Secret("")]
    assert tokens(f'{{"Name": "x", "Token": "secret-1", {sidecar % ""}}}') == [Secret("")] * 2
    inner = sidecar % '"Token": "secret-1"'
    assert tokens(f'{{"Name": "x", "Token": "secret-1", {inner}}}') == [Secret(""), Secret("secret-1")]


WITH_ACL = "acl { enabled = true %s }\n"
TOKENS = 'tokens { %s = "00000000-secret" }'


@pytest.mark.parametrize(
    ("acl", "text", "warned"),
    [
        (WITH_ACL % 'default_policy = "deny"', web(), True),  # 150
        (WITH_ACL % "", web(), True),
        (WITH_ACL % 'default_policy = "allow"', web(), False),
        (WITH_ACL % (TOKENS % "default"), web(), False),
        (WITH_ACL % (TOKENS % "config_file_service_registration"), web(), False),
        (WITH_ACL % (TOKENS % "agent"), web(), True),
        ("acl { enabled = false }\n", web(), False),
        ("", web(), False),
        (WITH_ACL % "", 'service { name = "web" port = 80 token = "secret-1" }', False),
        (WITH_ACL % "", web('token = "secret-1"'), True),
    ],
)
def test_a_missing_token(acl: str, text: str, warned: bool) -> None:
    found = judge_service_text(acl + text, "a.hcl", Profile(entry_path="agent")).diagnostics
    assert ("service-without-token" in [one.rule for one in found]) == warned
    assert not any(one.refused for one in found)


def test_what_the_missing_token_needs_is_told() -> None:
    upstream = 'proxy { upstreams { destination_name = "api" local_bind_port = 1 } }'
    texts = {
        web(upstream): [
            "`service:write` on `web-sidecar-proxy`",
            "`service:read` on `api`",
            "`node:read` on all",
        ],
        GATEWAY: ["`service:write` on `mgw`", "`mesh:write`", "`peering:read`", "`service:read` on all"],
    }
    for text, words in texts.items():
        found = judge_service_text((WITH_ACL % "") + text, "a.hcl", Profile(entry_path="agent")).diagnostics
        (note,) = [one.note or "" for one in found if one.rule == "service-without-token"]
        assert all(word in note for word in words), note


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("ingress-gateway", ["`service:read` on all", "`node:read` on all"]),
        ("api-gateway", ["`mesh:read`", "`service:read` on all", "`node:read` on all"]),
        ("terminating-gateway", ["`node:read` on all"]),
        ("", []),
    ],
)
def test_working(kind: str, words: list[str]) -> None:
    assert [str(one) for one in to_work(Service(name="x", kind=kind))] == words
