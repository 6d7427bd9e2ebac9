"""What is said about API gateways and their routes in a mesh, and when nothing is."""

import json
from pathlib import Path

import pytest
from harness.ca import self_signed

from meshgw.analysis.validate import validate_tree
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions

PROJECT = "edition: community\nacl: { enabled: false }\n"
HTTP = 'Kind = "proxy-defaults"\nName = "global"\nConfig { protocol = "http" }\n'
HTTP_LISTENER = '{ Name = "web", Port = 8080, Protocol = "http" }'
TCP_LISTENER = '{ Name = "db", Port = 5432, Protocol = "tcp" }'


def edge(*listeners: str) -> str:
    return f'Kind = "api-gateway"\nName = "edge"\nListeners = [{", ".join(listeners)}]\n'


def http(rules: str, more: str = "", section: str = "", name: str = "r") -> str:
    parents = f'Parents = [{{ Name = "edge" SectionName = "{section}" }}]'
    return f'Kind = "http-route"\nName = "{name}"\nRules = [{rules}]\n{more}\n{parents}\n'


def to(*services: str, path: str = "/", match: str = "prefix", more: str = "") -> str:
    listed = ", ".join(f"{{ {each} }}" if "=" in each else f'{{ Name = "{each}" }}' for each in services)
    where = f'Path {{ Match = "{match}", Value = "{path}" }} {more}'
    return f"{{ Matches = [{{ {where} }}], Services = [{listed}] }}"


def tcp(name: str = "t", service: str = "db", section: str = "") -> str:
    parents = f'Parents = [{{ Name = "edge" SectionName = "{section}" }}]'
    return f'Kind = "tcp-route"\nName = "{name}"\nServices = [{{ Name = "{service}" }}]\n{parents}\n'


def tls(*names: str, more: str = "", kind: str = "inline-certificate") -> str:
    listed = ", ".join(f'{{ Kind = "{kind}", Name = "{name}" }}' for name in names)
    return f"TLS {{ Certificates = [{listed}] {more} }}"


def secure(name: str, port: int, settings: str) -> str:
    return f'{{ Name = "{name}", Port = {port}, Protocol = "tcp" {settings} }}'


def inline(name: str, *names) -> str:
    chain, key = self_signed(*names)
    return json.dumps({"Kind": "inline-certificate", "Name": name, "Certificate": chain, "PrivateKey": key})


FILE = 'Kind = "file-system-certificate"\nName = "f"\nCertificate = "/c"\nPrivateKey = "/k"\n'
SPLIT = 'Kind = "service-splitter"\nName = "a"\nSplits = [{ Weight = 50 }, { Weight = 50, Service = "b" }]\n'
ROUTER = (
    'Kind = "service-router"\nName = "a"\n'
    'Routes = [{ Match { HTTP { PathPrefix = "/x" } } Destination { Service = "b" } }]\n'
)
TIMEOUT = 'Name = "a" Filters { TimeoutFilter { IdleTimeout = "1s" } }'
REWRITE = 'Name = "a" Filters { URLRewrite { Path = "/x" } }'
RESPONSES = 'Name = "a" ResponseFilters { Headers = [{ Remove = ["x"] }] }'
GET = 'Method = "GET"'
OLD, NEW = 'MinVersion = "TLSv1_2"', 'MinVersion = "TLSv1_3"'
PLAIN = edge(HTTP_LISTENER)

CASES = [
    pytest.param([PLAIN, HTTP, http(to("a"))], set(), id="fine"),
    pytest.param([edge(TCP_LISTENER), tcp()], set(), id="fine, tcp"),
    pytest.param([PLAIN], set(), id="without routes"),
    pytest.param([edge(HTTP_LISTENER, TCP_LISTENER), HTTP, http(to("a"))], set(), id="only its protocol"),
    pytest.param([PLAIN, http(to("a"))], {"route-not-accepted"}, id="protocol"),
    pytest.param([PLAIN, HTTP, http("")], {"route-not-accepted"}, id="no rules"),
    pytest.param([edge(TCP_LISTENER), HTTP, tcp()], {"route-not-accepted"}, id="tcp to http"),
    pytest.param([PLAIN, HTTP, http(to("a"), section="nosuch")], {"route-not-bound"}, id="section"),
    pytest.param([PLAIN, tcp(section="web")], {"route-not-bound"}, id="another protocol"),
    pytest.param([PLAIN, tcp()], {"route-not-bound"}, id="no listener of the protocol"),
    pytest.param(
        [
            edge(HTTP_LISTENER, '{ Name = "x", Port = 81, Protocol = "http", Hostname = "x.com" }'),
            HTTP,
            http(to("a"), 'Hostnames = ["a.com"]'),
        ],
        set(),
        id="AE-05: bound to one",
    ),
    pytest.param([HTTP, http(to("a"))], {"route-gateway-missing"}, id="gateway"),
    pytest.param([edge(TCP_LISTENER), tcp(), tcp("u")], {"api-gateway-routes-conflict"}, id="conflict"),
    pytest.param(
        [edge(secure("db", 1, tls("c"))), tcp()], {"api-gateway-certificate-missing"}, id="certificate"
    ),
    pytest.param(
        [PLAIN, http(to("a") + "," + to("b", path="/b"))], {"route-not-accepted"}, id="W15, none of them"
    ),
    pytest.param(
        [PLAIN, HTTP, http(to("a") + "," + to(path="/x"))],
        {"route-rule-without-services"},
        id="W16, at the end",
    ),
    pytest.param([PLAIN, HTTP, SPLIT, http(to("a", "b"))], {"route-splits-twice"}, id="W17"),
    pytest.param([PLAIN, HTTP, SPLIT, http(to("a"))], set(), id="W17, alone"),
    pytest.param([PLAIN, HTTP, SPLIT, http(to("b", "c"))], set(), id="W17, other services"),
    pytest.param(
        [PLAIN, HTTP, http(to("a") + "," + to("b", more=GET))], {"route-match-dead"}, id="W18, method"
    ),
    pytest.param([PLAIN, HTTP, http(to("a", more=GET) + "," + to("b"))], set(), id="W18, method first"),
    pytest.param(
        [PLAIN, HTTP, http(to("a"), name="a"), http(to("b"), name="b")],
        {"route-match-dead"},
        id="W18, two routes",
    ),
    pytest.param(
        [
            PLAIN,
            HTTP,
            http(to("a"), 'Hostnames = ["a.com"]', name="a"),
            http(to("b"), 'Hostnames = ["b.com"]', name="b"),
        ],
        set(),
        id="W18, two hosts",
    ),
    pytest.param([PLAIN, HTTP, http(to("a") + "," + to("b", path="/x"))], set(), id="W18, longer"),
    pytest.param(
        [PLAIN, HTTP, http(to("a", path="/x", match="exact") + "," + to("b", path="/x"))],
        set(),
        id="W18, exact first",
    ),
    pytest.param(
        [PLAIN, HTTP, http(to("a", path="/.*", match="regex") + "," + to("b", path="/.*", match="regex"))],
        {"route-match-dead"},
        id="W18, regex",
    ),
    pytest.param(
        [
            PLAIN,
            HTTP,
            ROUTER,
            'Kind = "service-resolver"\nName = "a"\nConnectTimeout = "3s"\n',
            http(to("a")),
        ],
        set(),
        id="a router, and a resolver that leads nowhere else",
    ),
    pytest.param(
        [
            PLAIN,
            HTTP,
            ROUTER,
            'Kind = "service-resolver"\nName = "a"\nSubsets = { v1 = {} }\nDefaultSubset = "v1"\n',
            http(to("a")),
        ],
        {"route-past-resolver"},
        id="a router, and a default subset",
    ),
    pytest.param([PLAIN, HTTP, ROUTER, SPLIT, http(to("a"))], set(), id="a router, and a splitter"),
    pytest.param([PLAIN, HTTP, http(to(TIMEOUT))], {"route-filter-ignored"}, id="W20"),
    pytest.param([PLAIN, HTTP, http(to(REWRITE, "b"))], {"route-filter-ignored"}, id="W20, rewrite"),
    pytest.param([PLAIN, HTTP, http(to(RESPONSES, "b"))], {"route-filter-ignored"}, id="W20, responses"),
    pytest.param([PLAIN, HTTP, http(to(REWRITE)), ""], set(), id="W20, alone"),
    pytest.param(
        [
            edge(secure("db", 1, tls("one", "two"))),
            inline("one", "a.com", ["a.com", "own.com"]),
            inline("two", "b.com", []),
            tcp(),
        ],
        set(),
        id="W21, one host is left",
    ),
    pytest.param(
        [edge(secure("db", 1, tls("one", "two"))), inline("one", "a.com"), inline("two", "b.com", []), tcp()],
        {"api-gateway-certificate-never-served"},
        id="W21",
    ),
    pytest.param([edge(secure("db", 1, tls("one"))), inline("one", "a.com"), tcp()], set(), id="W21, alone"),
    pytest.param(
        [edge(secure("db", 1, tls("f", kind="file-system-certificate"))), FILE, tcp()], set(), id="W22, alone"
    ),
    pytest.param(
        [
            edge(
                secure("a", 1, tls("one", more=OLD)),
                secure("b", 2, f"TLS {{ {NEW} }}"),
                secure("c", 3, tls("one", more=OLD)),
            ),
            inline("one", "a.com"),
            tcp(),
        ],
        set(),
        id="W23, the same, and one without certificates",
    ),
    pytest.param(
        [
            edge(secure("a", 1, tls("one", more=OLD)), secure("b", 2, tls("one"))),
            inline("one", "a.com"),
            tcp(),
        ],
        {"api-gateway-tls-leaks"},
        id="W23, nothing said",
    ),
]


@pytest.mark.parametrize(("texts", "expected"), CASES)
def test_findings(texts: list[str], expected: set[str], tmp_path: Path) -> None:
    (tmp_path / "meshgw.yaml").write_text(PROJECT)
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.{'json' if text.startswith('{') else 'hcl'}").write_text(text)
    report = validate_tree(load_tree((str(tmp_path),), LoadOptions()))
    assert {found.rule for found in report.diagnostics} == expected, report.diagnostics
    assert report.accepted
    assert all(found.location is not None for found in report.diagnostics)


def test_what_holds_in_every_datacenter_of_a_federation_is_said_once(tmp_path: Path) -> None:
    tenancy = 'datacenter: dc1\nprimary_datacenter: dc1\ntenancy: [{ path: "{datacenter}/**" }]\n'
    (tmp_path / "meshgw.yaml").write_text(f"{PROJECT}{tenancy}datacenters: {{ dc2: {{}} }}\n")
    files = {"dc1/route.hcl": tcp(), "dc2/service.hcl": 'service { name = "db" port = 5432 }\n'}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    report = validate_tree(load_tree((str(tmp_path),), LoadOptions()))
    assert [found.rule for found in report.diagnostics] == ["route-gateway-missing"]
