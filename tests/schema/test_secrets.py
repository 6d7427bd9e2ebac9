"""Secrets never show: not in a repr, not in a source line, not in a message."""

import pytest

from meshgw.entries import KINDS, entry_class
from meshgw.loading.texts import judge_entry_text
from meshgw.profile import Profile
from meshgw.schema.fields import ListOf, MapOf, Obj
from meshgw.schema.secrets import SECRET_KEYS, masked_line, secret_spans
from meshgw.secret import NO_SECRET, Secret
from meshgw.source.hcl1 import read_hcl
from meshgw.source.json import read_json

HIDDEN = "c0ffee-c0ffee"


def shown(text, *, name="x.hcl"):
    read = read_json if text.lstrip().startswith("{") else read_hcl
    document = read(text, name)
    return "\n".join(masked_line(document, number + 1) for number in range(text.count("\n") + 1))


@pytest.mark.parametrize("made", [repr, str, "{}".format, "{:>40}".format, "%s".__mod__, "%r".__mod__])
def test_a_secret_prints_as_redacted(made):
    printed = made(Secret(HIDDEN))
    assert "[redacted]" in printed
    assert HIDDEN not in printed


def test_secrets_compare_by_their_text():
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret(HIDDEN).reveal() == HIDDEN
    assert not NO_SECRET


@pytest.mark.parametrize(
    "text",
    [
        f'Kind = "inline-certificate"\nPrivateKey = "{HIDDEN}"',
        f'Kind = "inline-certificate"\nprivate_key = "{HIDDEN}"',
        f'Kind = "inline-certificate"\nprivate-key = "{HIDDEN}"',
        f'Kind = "inline-certificate"\nPrivateKey = ["{HIDDEN}"]',
        f'Kind = "inline-certificate"\nPrivateKey = <<EOF\n{HIDDEN}\nEOF\n',
        f'{{"Kind": "inline-certificate", "PrivateKey": "{HIDDEN}", "Name": "a"}}',
        f'service {{\n  token = "{HIDDEN}"\n}}',
        f'acl {{ tokens {{ agent = "{HIDDEN}" }} }}',
        f'acl_agent_token = "{HIDDEN}"',
        f'encrypt = "{HIDDEN}"',
        f'token = "{HIDDEN}" broken = = ',
        f'{{"token": "{HIDDEN}", broken',
        f'x = "-----BEGIN RSA PRIVATE KEY-----\\n{HIDDEN}\\n-----END RSA PRIVATE KEY-----"',
        f"x = <<EOF\n-----BEGIN PRIVATE KEY-----\n{HIDDEN}\n-----END PRIVATE KEY-----\nEOF\n",
        f"x = <<EOF\n-----BEGIN PRIVATE KEY-----\n{HIDDEN}\n",
    ],
)
def test_a_shown_line_masks_secrets(text):
    assert HIDDEN in text
    masked = shown(text)
    assert HIDDEN not in masked
    assert [len(line) for line in masked.split("\n")] == [len(line) for line in text.split("\n")]


@pytest.mark.parametrize(
    "text",
    [
        'Kind = "service-defaults"\nName = "web"',
        'Kind = "file-system-certificate"\nPrivateKey = "/etc/certs/web.key"',
        'Kind = "inline-certificate"\nCertificate = "-----BEGIN CERTIFICATE-----"',
        'tokens_per_second = 5\nname = "token"',
    ],
)
def test_everything_else_is_shown(text):
    assert shown(text) == text


def test_no_message_quotes_a_key():
    text = f'Kind = "inline-certificate"\nName = "a"\nPrivateKey = "{HIDDEN}"\nCertificate = "x"'
    judgement = judge_entry_text(text, "x.hcl", Profile())
    assert not judgement.accepted
    told = [(found.message, found.note, found.help) for found in judgement.diagnostics]
    assert HIDDEN not in repr(told)
    assert HIDDEN not in repr(judgement.entries)


@pytest.mark.parametrize("path", ["cli", "http"])
@pytest.mark.parametrize("written", [f'["{HIDDEN}", "{HIDDEN}"]', f'{{"{HIDDEN}": "{HIDDEN}"}}'])
def test_a_message_about_a_wrong_type_says_nothing_of_the_value(written, path):
    text = f'{{"Kind": "inline-certificate", "Name": "a", "PrivateKey": {written}}}'
    judgement = judge_entry_text(text, "x.json", Profile(entry_path=path))
    assert [found.rule for found in judgement.diagnostics] == ["wrong-type"]
    assert HIDDEN not in judgement.diagnostics[0].message


def secrets_of(block, seen):
    if block in seen:
        return
    seen.add(block)
    for spec in block.specs:
        if spec.secret:
            yield spec
        kind = spec.type
        while isinstance(kind, ListOf | MapOf):
            kind = kind.item
        if isinstance(kind, Obj):
            yield from secrets_of(kind.cls, seen)


def test_every_declared_secret_is_known_by_its_keys():
    found = [spec for kind in KINDS for spec in secrets_of(entry_class(kind), set())]
    assert found
    for spec in found:
        for key in filter(None, (spec.name, spec.alias, spec.agent, spec.crd)):
            assert key.lower().replace("_", "") in SECRET_KEYS


def test_hostile_text_takes_linear_time():
    text = "-----BEGIN PRIVATE KEY-----\n" * 20_000 + "token " * 20_000 + "token=" * 5_000
    assert secret_spans(read_hcl(text, "x.hcl"))
