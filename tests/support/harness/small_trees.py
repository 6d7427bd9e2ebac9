"""Trees of one datacenter, written by tests: each service on a node of its own."""

from collections.abc import Mapping
from pathlib import Path

from harness.trees import Application


class SmallTree:
    """A folder that `running` can take. Node addresses are 10.1.0.1, 10.1.0.2, … in the order of adding."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nodes: dict[str, str] = {}
        self.applications: dict[str, Application] = {}
        folder.mkdir()

    def service(
        self,
        name: str,
        *,
        id: str = "",
        port: int = 9090,
        http: bool = True,
        meta: Mapping[str, str] | None = None,
        checks: str = "",
        proxy: str = "",
    ) -> None:
        """A service with its sidecar; `checks` and `proxy` are HCL."""
        place, address = self._node()
        pairs = "\n".join(f'{key} = "{value}"' for key, value in (meta or {}).items())
        identity = id or name
        (place / "service.hcl").write_text(
            f"""
            service {{
              name = "{name}"
              id = "{identity}"
              port = {port}
              meta {{ {pairs} }}
              connect {{ sidecar_service {{ {checks} proxy {{ {proxy} }} }} }}
            }}
            """
        )
        sidecar = f"dc1/default/{identity}-sidecar-proxy"
        self.nodes[sidecar] = address
        self.applications[identity] = Application(sidecar=sidecar, port=port, http=http)

    def gateway(self, kind: str, name: str, port: int = 8000) -> None:
        """A gateway of a kind; its listeners are those of its entry."""
        place, address = self._node()
        (place / "gateway.hcl").write_text(f'service {{ name = "{name}" kind = "{kind}" port = {port} }}\n')
        self.nodes[f"dc1/default/{name}"] = address

    def _node(self) -> tuple[Path, str]:
        """The folder and the address of a new node."""
        number = len(self.nodes) + 1
        place, address = self.folder / f"node-{number}", f"10.1.0.{number}"
        place.mkdir()
        (place / "agent.hcl").write_text(f'node_name = "node-{number}"\nbind_addr = "{address}"\n')
        return place, address

    def caller(self, *upstreams: str) -> None:
        """The service web, whose upstreams listen on 10000, 10001, …"""
        listed = ", ".join(
            f'{{ destination_name = "{name}", local_bind_port = {10000 + index} }}'
            for index, name in enumerate(upstreams)
        )
        self.service("web", port=8080, proxy=f"upstreams = [{listed}]")
        del self.applications["web"]

    def entry(self, name: str, text: str) -> None:
        """A config entry in a file of its own."""
        (self.folder / f"{name}.hcl").write_text(text)

    def http(self, *services: str) -> None:
        """Services that speak HTTP."""
        for name in services:
            self.entry(f"{name}-defaults", f'Kind = "service-defaults"\nName = "{name}"\nProtocol = "http"\n')

    def logged(self) -> None:
        """All proxies write access logs, in which the way of a call is read."""
        self.entry("logs", 'Kind = "proxy-defaults"\nName = "global"\nAccessLogs { Enabled = true }\n')

    def allowed(self, name: str, caller: str) -> None:
        """A service that lets one caller in, and nobody else."""
        sources = f'{{ Name = "{caller}", Action = "allow" }}, {{ Name = "*", Action = "deny" }}'
        text = f'Kind = "service-intentions"\nName = "{name}"\nSources = [{sources}]\n'
        self.entry(f"{name}-intentions", text)

    def entrance(self, kind: str, name: str) -> None:
        """A gateway for clients outside the mesh and four services, of which vault does not let it in.

        shop and api speak HTTP, db and vault TCP. Where the gateway leads is for its entry to say.
        """
        self.gateway(kind, name)
        for service in ("shop", "api"):
            self.service(service)
        for service in ("db", "vault"):
            self.service(service, port=5432, http=False)
        self.http("shop", "api")
        self.logged()
        for service in ("shop", "api", "db"):
            self.allowed(service, name)
        self.allowed("vault", "shop")
