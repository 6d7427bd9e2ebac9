"""A tree as meshgw renders it, run in real Envoys with the applications beside its sidecars."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from harness.access_logs import Hop
from harness.ca import CertificateAuthority, certificates_from_index
from harness.clients import Answer
from harness.envoys import Fleet
from harness.services import echo_server, http_server
from meshgw.cli import main


@dataclass(frozen=True, kw_only=True)
class Application:
    """A service of a tree: its sidecar's folder, its own port, and whether it speaks HTTP."""

    sidecar: str
    port: int
    http: bool = False


@dataclass
class RunningTree:
    """What runs. `arrived` are the lines or requests that reached each application."""

    tree: Path
    fleet: Fleet
    authorities: Mapping[str, CertificateAuthority]
    arrived: dict[str, list[Any]] = field(default_factory=dict)

    def way(self, answer: Answer, *stopped: str) -> list[Hop]:
        """The way of a call. Some of its proxies are stopped: only then is a reused connection logged."""
        self.fleet.wait_logged(answer)
        self.fleet.stop(*stopped)
        return self.fleet.hops(answer)

    def hops(self, answer: Answer, *stopped: str) -> list[str]:
        """The proxies of a call."""
        return [hop.proxy for hop in self.way(answer, *stopped)]


@contextmanager
def running(
    fleet: Fleet,
    tree: Path,
    nodes: Mapping[str, str],
    applications: Mapping[str, Application],
    keys: Mapping[str, str] | None = None,
) -> Iterator[RunningTree]:
    """All proxies of a tree with certificates of one authority for each trust domain.

    `nodes` are the addresses of the nodes of proxies that listen on 0.0.0.0, `keys` the private keys of the
    tree's own certificates by the files that stand for them.
    """
    out = fleet.folder / "out"
    meshgw("render", "-C", str(tree), "-o", str(out), "--target", "static")
    made = certificates_from_index(out, fleet.certs, keys=keys)
    fleet.add_rendered(out, nodes=nodes)
    fleet.start()
    found = RunningTree(tree, fleet, {authority.trust_domain: authority for authority in made})
    with ExitStack() as servers:
        for name, application in applications.items():
            serve = http_server if application.http else echo_server
            address = fleet.loopback.localhost(application.sidecar)
            found.arrived[name] = servers.enter_context(serve(name, address, application.port))
        yield found


def meshgw(*words: str) -> str:
    """The output of a command that has to succeed."""
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    return result.stdout


def explained(tree: Path, caller: str, name: str) -> dict[str, Any]:
    """The one call that `meshgw explain` tells about."""
    (call,) = json.loads(meshgw("explain", caller, name, "-C", str(tree), "--format", "json"))["calls"]
    return call


def explained_hops(call: Mapping[str, Any]) -> list[str]:
    """The proxies that a call passes, as folders; the caller's own is not among them."""
    return [f"{hop['datacenter']}/{hop['partition']}/{hop['proxies'][0]}" for hop in call["hops"]]


def change(file: Path, pattern: str, replacement: str) -> None:
    """Edit a file of a tree; the pattern has to occur."""
    text, number = re.subn(pattern, replacement, file.read_text(), flags=re.DOTALL)
    assert number, f"{pattern} is not in {file.name}"
    file.write_text(text)
