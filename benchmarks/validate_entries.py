"""How fast files of config entries are judged, each by itself.

    python benchmarks/validate_entries.py [--files 10000] [--profile]

Of every ten files four are service-defaults, two service-intentions, and one each service-resolver,
service-router, service-splitter and a terminating gateway; in HCL, and the same in JSON. The rival
reads the JSON files and decodes them with `json.loads`: the cost of what cannot be avoided. Times are
the best of three runs in one process, imports not counted.
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


MIX = (
    service_defaults, service_intentions, service_defaults, service_resolver, service_defaults,
    service_router, service_defaults, service_intentions, service_splitter, terminating_gateway,
)  # fmt: skip


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
    profile = Profile()
    for path in paths:
        judged = judge_entry_text(path.read_text(), str(path), profile)
        assert judged.accepted, judged.diagnostics


def rival(paths: Iterable[Path]) -> None:
    for path in paths:
        json.loads(path.read_text())


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
            print(f"{label:24}{taken:8.2f} s{taken / alone:8.1f} times the rival")


if __name__ == "__main__":
    main()
