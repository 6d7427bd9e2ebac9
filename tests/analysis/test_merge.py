"""Central configuration that does not reach proxies as it reads (RG-W17 to RG-W20)."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshgw.analysis import merge
from meshgw.analysis.validate import validate_tree
from meshgw.diagnostics.rules import Rule
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions
from meshgw.rulebook import examples, rulebook

RULES = {name: rule for name, rule in rulebook().items() if rule.check.__module__ == merge.__name__}

PD = 'Kind = "proxy-defaults"\nName = "global"\n'
SD = 'Kind = "service-defaults"\nName = "%s"\n'
UPSTREAM = 'upstreams {{ destination_name = "{0}" local_bind_port = {1} {2} }}'
WEB = 'service {{ name = "web" port = 80 connect {{ sidecar_service {{ port = 20000 proxy {{ {0} }} }} }} }}'
API = 'service { name = "api" port = 81 connect { sidecar_service { port = 20001 } } }'
CLIENT = "registered_with: client\n"


def found_in(folder: Path, files: dict[str, str]) -> list[str]:
    for name, text in files.items():
        (folder / name).write_text(text)
    report = validate_tree(load_tree((str(folder),), LoadOptions()))
    assert report.accepted, report.diagnostics
    assert all(one.location is not None for one in report.diagnostics)
    return [one.rule for one in report.diagnostics if one.rule in RULES]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_examples(rule: Rule, tmp_path: Path) -> None:
    [example] = examples(rule)
    assert found_in(tmp_path, example.files) == [rule.name]


def web(*upstreams: str, more: str = "") -> str:
    listed = (UPSTREAM.format(name, 10000 + n, more) for n, name in enumerate(upstreams))
    return WEB.format(" ".join(listed))


LIMITS = SD % "web" + "UpstreamConfig { Defaults { Limits { MaxConnections = 5 } } }"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # RG-W17: pinned, nothing weaker, the entry's own mode, no defaults at all
        (
            {
                "pd.hcl": PD + 'MeshGateway { Mode = "local" }',
                "sd.hcl": SD % "web" + 'UpstreamConfig { Defaults { MeshGateway { Mode = "none" } } }',
            },
            [],
        ),
        ({"sd.hcl": SD % "web" + "UpstreamConfig { Defaults { ConnectTimeoutMs = 1 } }"}, []),
        (
            {
                "sd.hcl": SD % "web"
                + 'MeshGateway { Mode = "remote" }\nUpstreamConfig { Defaults { ConnectTimeoutMs = 1 } }'
            },
            ["upstream-defaults-without-mode"],
        ),
        ({"pd.hcl": PD + 'MeshGateway { Mode = "local" }', "sd.hcl": SD % "web" + 'Protocol = "http"'}, []),
        # RG-W18: not with a server agent, not in CamelCase, not for other keys
        (
            {
                "sd.hcl": LIMITS,
                "w.hcl": web("api", more="config { limits { max_connections = 1 } }"),
                "a.hcl": API,
            },
            [],
        ),
        (
            {
                "meshgw.yaml": CLIENT,
                "sd.hcl": LIMITS,
                "w.hcl": web("api", more="config { limits { MaxConnections = 1 } }"),
                "a.hcl": API,
            },
            [],
        ),
        (
            {
                "meshgw.yaml": CLIENT,
                "sd.hcl": LIMITS,
                "w.hcl": web("api", more="config { limits { max_pending_requests = 1 } }"),
                "a.hcl": API,
            },
            [],
        ),
        # RG-W19: listed, transparent, or no proxy of the service in the tree
        (
            {
                "sd.hcl": SD % "web" + 'UpstreamConfig { Overrides = [{ Name = "api", Protocol = "tcp" }] }',
                "w.hcl": web("api"),
                "a.hcl": API,
            },
            [],
        ),
        (
            {
                "sd.hcl": SD % "web"
                + 'Mode = "transparent"\nUpstreamConfig { Overrides = [{ Name = "api", Protocol = "tcp" }] }',
                "w.hcl": web(),
                "a.hcl": API,
            },
            [],
        ),
        ({"sd.hcl": SD % "web" + 'UpstreamConfig { Overrides = [{ Name = "api", Protocol = "tcp" }] }'}, []),
        # RG-W20: the chain says the same
        (
            {
                "pd.hcl": PD + 'Mode = "transparent"\nConfig { protocol = "http" }',
                "sd.hcl": SD % "web"
                + 'UpstreamConfig { Overrides = [{ Name = "api", ConnectTimeoutMs = 5 }] }',
                "w.hcl": web(),
                "a.hcl": API,
            },
            [],
        ),
        # a protocol of the override itself, or of the upstream's own entry
        (
            {
                "pd.hcl": PD + 'Mode = "transparent"\nConfig { protocol = "http" }',
                "sd.hcl": SD % "web"
                + 'UpstreamConfig { Overrides = [{ Name = "api", ConnectTimeoutMs = 5 }] }',
                "api-sd.hcl": SD % "api" + 'Protocol = "grpc"',
                "w.hcl": web(),
                "a.hcl": API,
            },
            [],
        ),
    ],
)
def test_findings(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert found_in(tmp_path, files) == expected
