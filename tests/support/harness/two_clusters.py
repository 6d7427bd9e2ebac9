"""The examples of two clusters: `web` in one calls `api` (TCP) and `pages` (HTTP) in the other."""

import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from harness.clients import Answer, request, send
from harness.envoys import Fleet
from harness.trees import Application, RunningTree, change, running

EXAMPLES = Path(__file__).parents[3] / "examples"
UPSTREAMS = {"api": 10000, "pages": 10001}
PORTS = {"api": 9090, "pages": 9091}


@dataclass(frozen=True)
class TwoClusters:
    """An example, its clusters, and the addresses of their nodes; `others` run beside `api` and `pages`."""

    example: str
    calling: str
    called: str
    calling_node: str
    called_node: str
    others: tuple[str, ...] = ()

    @property
    def web(self) -> str:
        """The proxy that calls."""
        return f"{self.calling}/default/web-sidecar-proxy"

    def sidecar(self, name: str) -> str:
        """The proxy of a service that is called."""
        return f"{self.called}/default/{name}-sidecar-proxy"

    def copied(self, folder: Path) -> Path:
        return Path(shutil.copytree(EXAMPLES / self.example, folder / "tree"))

    def running(self, fleet: Fleet, tree: Path) -> AbstractContextManager[RunningTree]:
        called = (*UPSTREAMS, *self.others)
        nodes = {self.web: self.calling_node} | {self.sidecar(name): self.called_node for name in called}
        applications = {
            name: Application(sidecar=self.sidecar(name), port=port, http=name == "pages")
            for name, port in PORTS.items()
        }
        return running(fleet, tree, nodes, applications)

    def set_mode(self, tree: Path, mode: str) -> None:
        """Write a mesh gateway mode at both upstreams, or none."""
        block = f'mesh_gateway {{ mode = "{mode}" }}' if mode else ""
        change(tree / self.calling / "web.hcl", r"mesh_gateway \{.*?\}", block)

    def call(self, mesh: RunningTree, name: str) -> Answer:
        address, port = mesh.fleet.loopback.localhost(self.web), UPSTREAMS[name]
        return request(address, port, "/hello") if name == "pages" else send(address, port, b"hello")
