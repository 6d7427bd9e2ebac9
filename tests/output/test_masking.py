"""ACL tokens and private keys are shown in no format."""

from pathlib import Path

import pytest
from reports import validate, write

from meshgw.analysis.report import ValidationReport
from meshgw.diagnostics.model import Diagnostic, Location, Related, Severity
from meshgw.output.formats import FORMATS
from meshgw.output.masking import masked
from meshgw.profile import Profile
from meshgw.source.hcl1 import read_hcl
from meshgw.source.json import read_json

TOKEN = "9f8e7d6c-1111-2222-3333-secret000001"
BODY = "MIIEsecretsecretsecret0002\\nsecretsecretsecret0003=="
KEY = f"-----BEGIN PRIVATE KEY-----\\n{BODY}\\n-----END PRIVATE KEY-----"
TREE = {
    "agent.hcl": f'node_name = "n"\nacl {{ tokens {{ agent = "{TOKEN}" agnet = "{TOKEN}" }} }}\n',
    "service.hcl": f'service {{ name = "web" port = "{TOKEN}" token = "{TOKEN}" tokn = "x" }}\n',
    "cert.hcl": f'Kind = "inline-certificate"\nName = "c"\nPr = 1 Certificate = "x"\nPrivateKey = "{KEY}"\n',
    "cert.json": f'{{"Kind": "inline-certificate", "Name": "d", "PrivateKey": "{KEY}", "Typo": 1}}',
    "broken.hcl": f'Kind = "inline-certificate"\nPrivateKey = "{KEY}\nName = {{\n',
    "crd.yaml": f"apiVersion: consul.hashicorp.com/v1alpha1\nkind: Mesh\nmetadata: {{}}\ntoken: {TOKEN}\n",
}


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_shows_secrets(form, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    write(Path(), TREE)
    result = validate("--format", form, "--write-baseline", "baseline.json")
    assert result.exit_code == 1
    written = "".join(path.read_text() for path in Path().iterdir() if path.name not in TREE)
    shown = result.stdout + result.stderr + written
    assert "secret0" not in shown


@pytest.mark.parametrize(
    ("document", "message", "clean"),
    [
        (read_hcl(f'token = "{TOKEN}"', "a.hcl"), f"`{TOKEN}` is odd", "`[redacted]` is odd"),
        (
            read_json(f'{{"Kind": "inline-certificate", "PrivateKey": "{KEY}"}}', "a.json", trailing=False),
            "`MIIEsecretsecretsecret0002`",
            "`[redacted]`",
        ),
        (read_hcl('name = "web"', "a.hcl"), "`web` is odd", "`web` is odd"),
        (
            read_hcl("\n".join(f'a{n} {{ token = "secret-{n:05}" }}' for n in range(400)), "a.hcl"),
            "`secret-00007` is not `secret`",
            "`[redacted]` is not `secret`",
        ),
    ],
    ids=["token", "a line of a key", "nothing", "very many"],
)
def test_texts_that_quote_a_secret(document, message, clean):
    place = Location(document)
    found = Diagnostic(
        rule="r",
        severity=Severity.ERROR,
        message=message,
        location=place,
        note=message,
        help=message,
        subject=message,
        related=(Related(place, message),),
    )
    (shown,) = masked(ValidationReport(diagnostics=(found,), profile=Profile())).diagnostics
    texts = {shown.message, shown.note, shown.help, shown.subject, shown.related[0].message}
    assert texts == {clean}
