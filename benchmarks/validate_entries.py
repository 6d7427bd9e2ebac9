"""How fast files of config entries are judged, each by itself.

    python benchmarks/validate_entries.py [--files 10000] [--profile]

Entries of all kinds that users write (service kinds most often, as in real trees), in HCL and the same
in JSON. The rivals read the same files with `json.loads`, the cost of what cannot be avoided, and a
sample of the HCL with python-hcl2. Times are the best of three runs in one process, imports not counted.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from meshgw.loading.texts import judge_entry_text
from meshgw.profile import Profile


def service_defaults(number: int) -> dict[str, Any]:
    return {
        "Kind": "service-defaults",
        "Name": f"service-{number}",
        "Protocol": "http",
        "MutualTLSMode": "strict",
        "MeshGateway": {"Mode": "local"},
        "MaxInboundConnections": 1024,
        "LocalRequestTimeoutMs": 15000,
        "UpstreamConfig": {
            "Defaults": {
                "ConnectTimeoutMs": 3000,
                "Limits": {"MaxConnections": 512, "MaxPendingRequests": 128},
            },
            "Overrides": [
                {
                    "Name": f"service-{number + 1}",
                    "MeshGateway": {"Mode": "none"},
                    "PassiveHealthCheck": {"Interval": "30s", "MaxFailures": 10},
                }
            ],
        },
        "Meta": {"team": "payments", "tier": "2"},
    }


def service_intentions(number: int) -> dict[str, Any]:
    return {
        "Kind": "service-intentions",
        "Name": f"service-{number}",
        "Sources": [
            *({"Name": f"service-{number + other}", "Action": "allow"} for other in range(1, 5)),
            {"Name": "*", "Action": "deny", "Description": "everybody else"},
        ],
    }


def service_resolver(number: int) -> dict[str, Any]:
    return {
        "Kind": "service-resolver",
        "Name": f"service-{number}",
        "ConnectTimeout": "15s",
        "DefaultSubset": "v1",
        "Subsets": {
            "v1": {"Filter": "Service.Meta.version == v1", "OnlyPassing": True},
            "v2": {"Filter": "Service.Meta.version == v2"},
        },
        "Failover": {"*": {"Datacenters": ["dc2", "dc3"]}},
    }


def service_router(number: int) -> dict[str, Any]:
    return {
        "Kind": "service-router",
        "Name": f"service-{number}",
        "Routes": [
            {
                "Match": {"HTTP": {"PathPrefix": f"/v{route}", "Methods": ["GET", "POST"]}},
                "Destination": {
                    "Service": f"service-{number + route}",
                    "NumRetries": 3,
                    "RetryOnConnectFailure": True,
                    "RequestTimeout": "10s",
                },
            }
            for route in range(1, 4)
        ],
    }


def service_splitter(number: int) -> dict[str, Any]:
    return {
        "Kind": "service-splitter",
        "Name": f"service-{number}",
        "Splits": [{"Weight": 90, "ServiceSubset": "v1"}, {"Weight": 10, "ServiceSubset": "v2"}],
    }


def terminating_gateway(number: int) -> dict[str, Any]:
    files = {"CAFile": "/ca.pem", "CertFile": "/cert.pem", "KeyFile": "/key.pem", "SNI": "db.example.com"}
    services = [{"Name": f"database-{number + other}"} | files for other in range(3)]
    return {"Kind": "terminating-gateway", "Name": f"egress-{number}", "Services": services}


def other_kinds(number: int) -> dict[str, Any]:
    """The kinds of which a tree has few, in turn."""
    entry = OTHERS[number // len(MIX) % len(OTHERS)]
    return {**entry, "Name": f"{entry['Name']}-{number}"} if entry.get("Name") == "one" else entry


OTHERS: tuple[dict[str, Any], ...] = (
    {"Kind": "proxy-defaults", "Name": "global", "Config": {"protocol": "http", "connect_timeout_ms": 3000}},
    {
        "Kind": "mesh",
        "TLS": {"Incoming": {"TLSMinVersion": "TLSv1_2"}},
        "HTTP": {"SanitizeXForwardedClientCert": True},
    },
    {
        "Kind": "exported-services",
        "Name": "finance",
        "Services": [{"Name": "billing", "Consumers": [{"Partition": "default"}, {"Peer": "east"}]}],
    },
    {
        "Kind": "sameness-group",
        "Name": "one",
        "IncludeLocal": True,
        "Members": [{"Partition": "east"}, {"Peer": "west"}],
    },
    {
        "Kind": "ingress-gateway",
        "Name": "one",
        "Listeners": [
            {"Port": 8080, "Protocol": "http", "Services": [{"Name": "web", "Hosts": ["web.example.com"]}]}
        ],
    },
    {"Kind": "api-gateway", "Name": "one", "Listeners": [{"Name": "http", "Port": 8080, "Protocol": "http"}]},
    {
        "Kind": "http-route",
        "Name": "one",
        "Parents": [{"Kind": "api-gateway", "Name": "edge"}],
        "Rules": [{"Matches": [{"Path": {"Match": "prefix", "Value": "/"}}], "Services": [{"Name": "web"}]}],
    },
    {
        "Kind": "tcp-route",
        "Name": "one",
        "Parents": [{"Kind": "api-gateway", "Name": "edge"}],
        "Services": [{"Name": "web"}],
    },
    {"Kind": "file-system-certificate", "Name": "one", "Certificate": "/cert.pem", "PrivateKey": "/key.pem"},
    {
        "Kind": "jwt-provider",
        "Name": "one",
        "Issuer": "https://issuer.example.com",
        "JSONWebKeySet": {"Remote": {"URI": "https://issuer.example.com/keys"}},
        "Locations": [{"Header": {"Name": "Authorization", "ValuePrefix": "Bearer "}}],
    },
    {
        "Kind": "control-plane-request-limit",
        "Name": "one",
        "Mode": "permissive",
        "ReadRate": 100,
        "WriteRate": 10,
    },
)

MIX = (
    service_defaults, service_intentions, service_defaults, service_resolver, other_kinds,
    service_router, service_defaults, service_intentions, service_splitter, terminating_gateway,
)  # fmt: skip


SAMPLE = 400
"""How many files python-hcl2 is asked to read: it is slow."""


def as_hcl(value: dict[str, Any], indent: str = "") -> str:
    """An object as people write it: blocks for objects, one attribute a line."""
    lines = []
    for key, inner in value.items():
        name = key if key.isidentifier() else json.dumps(key)
        if isinstance(inner, dict):
            lines.append(f"{indent}{name} {{\n{as_hcl(inner, indent + '  ')}{indent}}}\n")
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            items = "".join(f"{indent}  {{\n{as_hcl(item, indent + '    ')}{indent}  }},\n" for item in inner)
            lines.append(f"{indent}{name} = [\n{items}{indent}]\n")
        else:
            lines.append(f"{indent}{name} = {json.dumps(inner)}\n")
    return "".join(lines)


def write(folder: Path, count: int) -> tuple[list[Path], list[Path]]:
    """The files: the same entries in HCL and in JSON."""
    hcl, as_json = [], []
    for number in range(count):
        entry = MIX[number % len(MIX)](number)
        hcl.append(folder / f"{number}.hcl")
        hcl[-1].write_text(as_hcl(entry))
        as_json.append(folder / f"{number}.json")
        as_json[-1].write_text(json.dumps(entry, indent=2))
    return hcl, as_json


def judge(paths: Iterable[Path]) -> None:
    profile = Profile(edition="enterprise")
    for path in paths:
        judged = judge_entry_text(path.read_text(), str(path), profile)
        assert judged.accepted, judged.diagnostics


def rival(paths: Iterable[Path]) -> None:
    for path in paths:
        json.loads(path.read_text())


def readable_by_hcl2(paths: Iterable[Path]) -> list[Path]:
    """The files that are HCL 2 as well: objects in lists have no blocks there."""
    import hcl2
    from lark.exceptions import LarkError

    found = []
    for path in paths:
        try:
            hcl2.loads(path.read_text())
        except LarkError:
            continue
        found.append(path)
    return found


def python_hcl2(paths: Iterable[Path]) -> None:
    import hcl2

    for path in paths:
        hcl2.loads(path.read_text())


def best(work: Callable[[], None], runs: int = 3) -> float:
    times = []
    for _ in range(runs):
        before = time.process_time()
        work()
        times.append(time.process_time() - before)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--profile", action="store_true", help="show where the time of HCL files goes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        hcl, as_json = write(Path(name), arguments.files)
        if arguments.profile:
            profiler = cProfile.Profile()
            profiler.runcall(judge, hcl)
            pstats.Stats(profiler).sort_stats("tottime").print_stats(30)
            return
        judge(hcl[:20])
        judge(as_json[:20])
        alone = best(lambda: rival(as_json))
        print(f"{'read and json.loads':24}{alone:8.2f} s")
        for label, paths in (("judge HCL", hcl), ("judge JSON", as_json)):
            taken = best(lambda paths=paths: judge(paths))
            speed = arguments.files / taken
            print(f"{label:24}{taken:8.2f} s{speed:9.0f} files/s{taken / alone:7.1f} times json.loads")
        sample = readable_by_hcl2(hcl[:SAMPLE])
        slow, fast = best(lambda: python_hcl2(sample)), best(lambda: judge(sample))
        print(f"{'python-hcl2':24}{slow:8.2f} s for {len(sample)} files, judged in {fast:.3f} s: ", end="")
        print(f"{slow / fast:.1f} times as fast")


if __name__ == "__main__":
    main()
