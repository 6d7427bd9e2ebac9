"""Tokens and private keys never show, wherever they stand and whatever is made of the tree.

Every row is a file with a secret in one place; the tree of each is validated in all formats, explained
and rendered for all targets, looked at from Python, and met by a bug of ours.
"""

# ruff: noqa: E501  # a table: one place a line

from __future__ import annotations

import base64
import contextlib
import io
import json
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import meshgw
from meshgw.analysis import validate as analysis
from meshgw.cli import main
from meshgw.output.formats import FORMATS
from meshgw.profile import EntryPath

TOKEN = "c0ffee00-dead-beef-0000-hidden000001"
KEY_BODY = "MIIBhiddenhiddenhidden0000002"
PEM = f"-----BEGIN EC PRIVATE KEY-----\\n{KEY_BODY}\\n{KEY_BODY}\\n-----END EC PRIVATE KEY-----"
JWKS = base64.b64encode(b'{"keys": [{"kty": "oct", "kid": "x", "k": "hidden00000000000000003"}]}').decode()
HIDDEN = (TOKEN, "dead-beef", KEY_BODY, JWKS)


def service(body: str) -> str:
    return f'service {{\n  name = "billing"\n  port = 90\n  {body}\n}}\n'


def acl(body: str) -> str:
    return f'node_name = "n2"\nacl {{\n  enabled = true\n  {body}\n}}\nservice {{ name = "billing" port = 90 }}\n'


FILES = {
    "service token": ("a.hcl", service(f'token = "{TOKEN}"')),
    "service token in capitals": ("a.hcl", service(f'TOKEN = "{TOKEN}"')),
    "service token in a list": ("a.hcl", service(f'token = ["{TOKEN}"]')),
    "service token on the line of a fault": ("a.hcl", service(f'token = "{TOKEN}" prot = 1')),
    "service token on the line of a wrong type": ("a.hcl", service(f'prot = 1 tags = "x" token = "{TOKEN}"')),
    "service token as a heredoc": ("a.hcl", service(f"token = <<EOF\n{TOKEN}\nEOF\n  prot = 1")),
    "service token in JSON": ("a.json", f'{{"service": {{"name": "b", "token": "{TOKEN}", "prot": 1}}}}'),
    "service token twice in JSON": (
        "a.json",
        f'{{"service": {{"name": "b", "token": "{TOKEN}", "token": "{TOKEN}2"}}}}',
    ),
    "service token with escapes": (
        "a.json",
        f'{{"service": {{"name": "b", "token": "\\u0061{TOKEN}", "prot": 1}}}}',
    ),
    "service token as a number": (
        "a.hcl",
        service("token = 0xc0ffee").replace("0xc0ffee", f'{{ x = "{TOKEN}" }}'),
    ),
    "service token as an object": ("a.json", f'{{"service": {{"name": "b", "token": {{"x": "{TOKEN}"}}}}}}'),
    "service token as a list of two": (
        "a.json",
        f'{{"service": {{"name": "b", "token": ["{TOKEN}", "{TOKEN}"]}}}}',
    ),
    "service token twice": ("a.hcl", service(f'token = "{TOKEN}"\n  token = "{TOKEN}3"')),
    "sidecar token": ("a.hcl", service(f'connect {{ sidecar_service {{ token = "{TOKEN}" prot = 1 }} }}')),
    "sidecar token that is accepted": (
        "a.hcl",
        service(f'token = "{TOKEN}" connect {{ sidecar_service {{ token = "{TOKEN}" port = 20001 }} }}'),
    ),
    "check token": ("a.hcl", f'check {{ name = "c" token = "{TOKEN}" ttl = "x" }}\n'),
    "check token of a service": ("a.hcl", service(f'check {{ token = "{TOKEN}" http = "h" }}')),
    "acl.tokens.agent": ("x/a.hcl", acl(f'tokens {{ agent = "{TOKEN}" agnet = "{TOKEN}" }}')),
    "acl.tokens.default": ("x/a.hcl", acl(f'tokens {{ default = "{TOKEN}" x = 1 }}')),
    "acl.tokens.initial_management": ("x/a.hcl", acl(f'tokens {{ initial_management = "{TOKEN}" x = 1 }}')),
    "acl.tokens.config_file_service_registration": (
        "x/a.hcl",
        acl(f'tokens {{ config_file_service_registration = ["{TOKEN}", "{TOKEN}"] }}'),
    ),
    "acl.tokens.master, an old name": ("x/a.hcl", acl(f'tokens {{ master = "{TOKEN}" x = 1 }}')),
    "acl.tokens.managed_service_provider": (
        "x/a.hcl",
        acl(f'tokens {{ managed_service_provider = [{{ accessor_id = "a" secret_id = "{TOKEN}" x = 1 }}] }}'),
    ),
    "acl_token, an old name": (
        "x/a.hcl",
        f'node_name = "n2"\nacl_token = "{TOKEN}"\nacl_toke = 1\nservice {{ name = "b" }}\n',
    ),
    "acl_agent_master_token, an old name": (
        "x/a.hcl",
        f'node_name = "n2"\nacl_agent_master_token = 5 acl_master_token = "{TOKEN}"\nservice {{ nam = "b" }}\n',
    ),
    "acl_replication_token, of a wrong type": (
        "x/a.hcl",
        f'acl_replication_token = ["{TOKEN}", "{TOKEN}"]\nservice {{ nam = "b" }}\n',
    ),
    "auto_config.intro_token": (
        "x/a.hcl",
        f'auto_config {{ intro_token = "{TOKEN}" x = 1 }}\nservice {{ name = "b" }}\n',
    ),
    "cloud.client_secret": (
        "x/a.hcl",
        f'cloud {{ client_secret = "{TOKEN}" x = 1 }}\nservice {{ name = "b" }}\n',
    ),
    "encrypt": ("x/a.hcl", f'encrypt = "{TOKEN}" x = 1\nservice {{ name = "b" }}\n'),
    "telemetry.circonus_api_token": (
        "x/a.hcl",
        f'telemetry {{ circonus_api_token = "{TOKEN}" x = 1 }}\nservice {{ name = "b" }}\n',
    ),
    "connect.ca_config.token": (
        "x/a.hcl",
        f'node_name = "n2"\nconnect {{ ca_provider = "vualt" ca_config {{ token = "{TOKEN}" }} }}\nservice {{ name = "b" }}\n',
    ),
    "connect.ca_config.private_key": (
        "x/a.hcl",
        f'node_name = "n2"\nconnect {{ ca_provider = "x" ca_config {{ private_key = "{PEM}" }} }}\nservice {{ name = "b" }}\n',
    ),
    "retry_join": (
        "x/a.hcl",
        f'retry_join = ["provider=aws secret_access_key={TOKEN}"] x = 1\nservice {{ name = "b" }}\n',
    ),
    "body": ("a.json", f'{{"Name": "b", "Port": 90, "Token": "{TOKEN}", "Prot": 1}}'),
    "body, snake case": ("a.json", f'{{"Name": "b", "Port": 90, "acl_token": "{TOKEN}"}}'),
    "body, sidecar": (
        "a.json",
        f'{{"Name": "b", "Port": 90, "Connect": {{"SidecarService": {{"Token": "{TOKEN}", "Prot": 1}}}}}}',
    ),
    "body, check": ("a.json", f'{{"Name": "b", "Port": 90, "Check": {{"Token": "{TOKEN}"}}}}'),
    "body, wrong type": ("a.json", f'{{"Name": "b", "Port": 90, "Token": ["{TOKEN}"]}}'),
    "body, text after it": ("a.json", f'{{"Name": "b", "Port": 90}}, "Token": "{TOKEN}"}}'),
    "catalog": (
        "a.json",
        f'{{"Node": "n", "Address": "10.0.0.1", "Service": {{"Service": "b", "Token": "{TOKEN}"}}}}',
    ),
    "transaction": (
        "a.json",
        f'[{{"Service": {{"Verb": "set", "Node": "n", "Service": {{"Service": "b", "Token": "{TOKEN}"}}}}}}]',
    ),
    "prepared query": ("a.json", f'{{"Name": "q", "Token": "{TOKEN}", "Service": {{"Service": "b"}}}} x'),
    "unknown key in a service": ("a.hcl", service(f'access_token = "{TOKEN}"')),
    "unknown key, misspelled": ("a.hcl", service(f'tokn = "{TOKEN}"')),
    "unknown key, transposed": ("a.hcl", service(f'tokne = "{TOKEN}"')),
    "unknown key, plural": ("a.hcl", service(f'tokens = "{TOKEN}"')),
    "unknown key in camel case": ("a.hcl", service(f'authToken = "{TOKEN}"')),
    "unknown key with secret": ("a.hcl", service(f'secret = "{TOKEN}"')),
    "unknown key in an entry": (
        "a.hcl",
        f'Kind = "service-defaults"\nName = "b"\nToken = "{TOKEN}" Prot = 1\n',
    ),
    "unquoted": ("a.hcl", service(f"token = {TOKEN}")),
    "unquoted in JSON": ("a.json", f'{{"service": {{"name": "b", "token": {TOKEN}}}}}'),
    "not closed": ("a.hcl", service(f'token = "{TOKEN}')),
    "not closed in JSON": ("a.json", f'{{"service": {{"name": "b", "token": "{TOKEN}\n}}}}'),
    "in single quotes": ("a.hcl", service(f"token = '{TOKEN}'")),
    "a colon in HCL": ("a.hcl", service(f'token: "{TOKEN}"')),
    "a fault behind it": ("a.hcl", service(f'token = "{TOKEN}" = = ')),
    "a fault before it": ("a.json", f'{{"service": {{"name": "b" "token": "{TOKEN}"}}}}'),
    "the equals sign missing": ("a.hcl", service(f'token "{TOKEN}"')),
    "a comment": ("a.hcl", service(f'prot = 1 # token = "{TOKEN}"')),
    "inline certificate": (
        "a.hcl",
        f'Kind = "inline-certificate"\nName = "c"\nCertificate = "x"\nPrivateKey = "{PEM}"\n',
    ),
    "inline certificate, no PEM": (
        "a.hcl",
        f'Kind = "inline-certificate"\nName = "c"\nCertificate = "x"\nPrivateKey = "{KEY_BODY}"\n',
    ),
    "inline certificate, wrong type": (
        "a.json",
        f'{{"Kind": "inline-certificate", "Name": "c", "PrivateKey": ["{KEY_BODY}", "{KEY_BODY}"]}}',
    ),
    "inline certificate, misspelled": (
        "a.hcl",
        f'Kind = "inline-certificate"\nName = "c"\nCertificate = "x"\nPrivatKey = "{PEM}"\n',
    ),
    "inline certificate, key in the certificate": (
        "a.hcl",
        f'Kind = "inline-certificate"\nName = "c"\nCertificate = "{PEM}"\nPrivateKey = "x"\n',
    ),
    "inline certificate, heredoc": (
        "a.hcl",
        'Kind = "inline-certificate"\nName = "c"\nX = 1\nCertificate = "x"\nPrivateKey = <<EOF\n'
        + PEM.replace("\\n", "\n")
        + "\nEOF\n",
    ),
    "inline certificate, not closed": (
        "a.hcl",
        f'Kind = "inline-certificate"\nName = "c"\nPrivateKey = "{PEM}\n',
    ),
    "JWKS": (
        "a.hcl",
        f'Kind = "jwt-provider"\nName = "j"\nTypo = 1\nJSONWebKeySet {{ Local {{ JWKS = "{JWKS}" }} }}\n',
    ),
    "JWKS, broken": (
        "a.hcl",
        f'Kind = "jwt-provider"\nName = "j"\nJSONWebKeySet {{ Local {{ JWKS = "{JWKS}!" Fliename = "x" }} }}\n',
    ),
    "JWKS, wrong type": (
        "a.json",
        f'{{"Kind": "jwt-provider", "Name": "j", "JSONWebKeySet": {{"Local": {{"JWKS": {{"a": "{JWKS}"}}}}}}}}',
    ),
    "Kubernetes": (
        "a.yaml",
        f"apiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceDefaults\nmetadata: {{name: b}}\nspec: {{token: {TOKEN}, prot: 1}}\n",
    ),
    "Kubernetes, broken": (
        "a.yaml",
        f"apiVersion: consul.hashicorp.com/v1alpha1\nkind: Mesh\nspec: {{token: {TOKEN}, : [}}\n",
    ),
}
AROUND = {
    "web.hcl": """
service {
  name = "web"
  port = 80
  connect {
    sidecar_service {
      port = 20000
      proxy {
        upstreams {
          destination_name = "billing"
          local_bind_port  = 5000
        }
      }
    }
  }
}
""",
}


@pytest.fixture(params=FILES)
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A tree with a secret in one place; the name and text of its file."""
    name, text = FILES[request.param]
    (tmp_path / "tree" / name).parent.mkdir(parents=True)
    (tmp_path / "tree" / name).write_text(text)
    for other, content in AROUND.items():
        (tmp_path / "tree" / other).write_text(content)
    monkeypatch.chdir(tmp_path)
    return name, text


def unseen(*texts: str) -> None:
    for text in texts:
        for secret in HIDDEN:
            assert secret not in text, text[max(0, text.index(secret) - 300) : text.index(secret) + 200]


def run(*words: str) -> None:
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code in (0, 1, 2), result
    assert "a fault in meshgw itself" not in result.output
    unseen(result.output)
    if result.exception is not None:
        unseen("".join(traceback.format_exception(result.exception)))


@pytest.mark.usefixtures("place")
def test_validate_says_nothing_of_it() -> None:
    for form in FORMATS:
        run("validate", "tree", "--format", form)
    run("validate", "tree", "--strict", "--statistics")


def test_explain_says_nothing_of_it(place: tuple[str, str]) -> None:
    for form in ("text", "json", "mermaid", "dot"):
        run("explain", "-C", "tree", "--format", form)
    for setting in ("mesh_gateway.mode", "protocol", "config.token"):
        run("explain", "-C", "tree", "web", "billing", "--setting", setting)
    run("explain", "-C", "tree", f"tree/{place[0]}")


@pytest.mark.usefixtures("place")
def test_render_writes_nothing_of_it() -> None:
    for target in ("xds", "static", "files"):
        run("render", "-C", "tree", "-o", f"out-{target}", "--target", target)
        unseen(*(path.read_text() for path in Path(f"out-{target}").rglob("*") if path.is_file()))
        run("render", "-C", "tree", "-o", f"out-{target}", "--target", target, "--check")
        run("render", "-C", "tree", "web", "--target", target)
    run("render", "-C", "tree", "--list")


def texts_of(found: Any) -> Iterator[str]:
    for one in found.diagnostics:
        yield from (repr(one), str(one), one.message, one.note or "", one.help or "")
        yield from (related.message for related in one.related)
    yield repr(found)


def test_python_shows_nothing_of_it(place: tuple[str, str]) -> None:
    name, text = place
    tree = meshgw.load("tree")
    loaded = tree.loaded
    unseen(repr(tree), *texts_of(tree), *texts_of(meshgw.validate(tree)))
    for items in (loaded.entries, loaded.services, loaded.agents, loaded.queries, loaded.documents):
        unseen(repr(items), *map(str, items))
    unseen(repr(tree.mesh), repr(loaded))
    ways: tuple[EntryPath, ...] = ("cli", "http", "agent", "register", "catalog", "bootstrap", "crd")
    for way in ways:
        unseen(*texts_of(meshgw.validate_text(text, name=name, entry_path=way)))


@pytest.mark.usefixtures("place")
def test_a_bug_of_ours_shows_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(loaded: Any, mesh: Any) -> Any:
        raise ValueError(f"{loaded!r} {mesh!r} {loaded.services} {loaded.entries} {loaded.diagnostics}")

    monkeypatch.setattr(analysis, "_together", broken)
    written = io.StringIO()
    with contextlib.redirect_stderr(written), contextlib.redirect_stdout(written):
        try:
            meshgw.validate(meshgw.load("tree"))
        except ValueError:
            traceback.print_exc()
    assert "ValueError" in written.getvalue()
    unseen(written.getvalue())


def test_the_rows_hold_their_secrets() -> None:
    for name, text in FILES.values():
        assert any(secret in text for secret in HIDDEN), name
    assert json.loads(base64.b64decode(JWKS))["keys"]
