"""Rendering a whole cluster: seconds, peak memory, and how both grow.

    python benchmarks/render.py [--largest 1000] [--upstreams 10] [--check 20] [--gateway 10000]

Every service has a sidecar with ten upstreams, half of them http; of every ten services one has a
router, one a splitter over subsets, one a resolver with failover, and all have intentions. Reading,
rendering and the text of the files are timed apart, in seconds of one core. A sample of the results
is loaded in Envoy.

Then one mesh gateway in a tree of 50 partitions, each with a gateway: it carries so many services of
its own partition, exports them all to another and every second to a peer, half of these http, and is
loaded in Envoy.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from meshgw.commands.rendering import Rendered, Target, render_all
from meshgw.garbage import without_collection
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions
from meshgw.mesh.build import build_mesh
from meshgw.mesh.model import Mesh

SEED = 7
PARTITIONS = 50


def write_cluster(folder: Path, services: int, upstreams: int) -> None:
    """A tree of one datacenter; each service is on a node of its own."""
    chance = random.Random(SEED)
    names = [f"service-{number}" for number in range(services)]
    for number, name in enumerate(names):
        place = folder / f"node-{number:05d}"
        place.mkdir(parents=True)
        (place / "agent.hcl").write_text(
            f'node_name = "node-{number}"\nbind_addr = "10.{number >> 8}.{number & 255}.1"\n'
        )
        (place / "service.hcl").write_text(_service(name, chance.sample(names, min(upstreams, services))))
        for kind, text in _entries(name, number, names).items():
            (place / f"{kind}.hcl").write_text(text)


def _service(name: str, upstreams: list[str]) -> str:
    listed = "\n".join(
        f'          {{ destination_name = "{other}", local_bind_port = {10000 + index} }},'
        for index, other in enumerate(upstreams)
    )
    return f"""service {{
  name = "{name}"
  port = 8080
  meta = {{ version = "1" }}
  connect {{
    sidecar_service {{
      proxy {{
        upstreams = [
{listed}
        ]
      }}
    }}
  }}
}}
"""


def _entries(name: str, number: int, names: list[str]) -> dict[str, str]:
    other = names[(number + 1) % len(names)]
    before = names[number - 1]
    protocol = "http" if number % 10 < 5 else "tcp"
    found = {
        "defaults": f'Kind = "service-defaults"\nName = "{name}"\nProtocol = "{protocol}"\n',
        "intentions": f'Kind = "service-intentions"\nName = "{name}"\n'
        f'Sources = [{{ Name = "{other}", Action = "allow" }}, {{ Name = "*", Action = "deny" }}]\n',
    }
    match number % 10:
        case 0:
            found["router"] = (
                f'Kind = "service-router"\nName = "{name}"\n'
                'Routes = [{ Match { HTTP { PathPrefix = "/a" } }, '
                f'Destination {{ Service = "{other}" }} }}]\n'
            )
        case 1:
            found["resolver"] = (
                f'Kind = "service-resolver"\nName = "{name}"\n'
                'Subsets = { v1 = { Filter = "Service.Meta.version == 1" }, v2 = {} }\n'
            )
            found["splitter"] = (
                f'Kind = "service-splitter"\nName = "{name}"\n'
                'Splits = [{ Weight = 90, ServiceSubset = "v1" }, { Weight = 10, ServiceSubset = "v2" }]\n'
            )
        case 9:
            found["resolver"] = (
                f'Kind = "service-resolver"\nName = "{name}"\n'
                f'Failover = {{ "*" = {{ Service = "{before}" }} }}\n'
            )
    return found


def read(folder: Path) -> Mesh:
    with without_collection():
        loaded = load_tree((str(folder),), LoadOptions())
        refused = [found for found in loaded.diagnostics if found.refused]
        assert not refused, refused[:3]
        return build_mesh(loaded)


def measure(services: int, upstreams: int, check: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_cluster(folder, services, upstreams)
        start = time.process_time()
        mesh = read(folder)
        reading = time.process_time() - start
        start = time.process_time()
        rendered = render_all(mesh(mesh), Target(name="static"))
        rendering = time.process_time() - start
        stopped = [item for item in rendered if item.proxy is None]
        assert not stopped, stopped[0].faults
        start = time.process_time()
        texts = [json.dumps(dict(item.proxy.files["envoy.json"])) for item in rendered if item.proxy]
        writing = time.process_time() - start
    size = sum(map(len, texts)) / 1e6
    total = reading + rendering + writing
    print(
        f"{services:6d} sidecars  read {reading:6.2f} s  render {rendering:6.2f} s  "
        f"text {writing:6.2f} s ({size:.0f} MB)  together {total:6.2f} s"
    )
    load_sample(rendered, check)
    return rendering, total


def load_sample(rendered: list, count: int) -> None:
    """Load some results in Envoy, with certificates made for them."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
    from harness import envoys
    from harness.ca import CertificateAuthority, write_needed

    if not count:
        return
    chance = random.Random(SEED)
    for item in chance.sample(rendered, min(count, len(rendered))):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            needed = [
                {
                    "file": file.path,
                    "kind": file.kind,
                    "spiffe_ids": file.spiffe_ids,
                    "trust_domain": file.trust_domain,
                }
                for file in item.proxy.certificates
            ]
            domains = sorted({file["trust_domain"] for file in needed if file["kind"] == "roots"})
            write_needed(folder / "certs", needed, [CertificateAuthority(domain) for domain in domains])
            said = envoys.validate(item.proxy.files["envoy.json"], folder)
            assert not said, "\n".join(said)
    print(f"       {min(count, len(rendered))} of them load in Envoy")


def peak(write: Callable[[Path], None], render: Callable[[Mesh], object]) -> float:
    """Megabytes that Python holds at most, in a run of its own: watching it slows it down."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name))
        tracemalloc.start()
        mesh = read(Path(name))
        rendered = render(mesh)
        _, found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        del rendered
    return found / 1e6


def write_partitions(folder: Path, services: int) -> None:
    """A tree of 50 partitions with a mesh gateway each; all services are in the default one."""
    (folder / "meshgw.yaml").write_text(
        "edition: enterprise\nacl: { enabled: true, default_policy: deny }\n"
        'tenancy:\n  - { path: "{partition}/**" }\n'
        "peerings:\n  - { name: east, trust_domain: east.consul, exports: [] }\n"
    )
    for number in range(PARTITIONS):
        partition = f"part-{number}" if number else "default"
        place = folder / partition / "gateway"
        place.mkdir(parents=True)
        (place / "agent.hcl").write_text(
            f'node_name = "gateway-{number}"\npartition = "{partition}"\nbind_addr = "10.250.{number}.1"\n'
        )
        (place / "gateway.hcl").write_text(
            f'service {{\n  name = "mesh-gateway"\n  kind = "mesh-gateway"\n  address = "10.250.{number}.1"\n'
            f"  port = 8443\n  tagged_addresses {{\n"
            f'    wan = {{ address = "198.51.100.{number + 1}", port = 443 }}\n  }}\n}}\n'
        )
    for number in range(services):
        place = folder / "default" / f"node-{number:05d}"
        place.mkdir()
        (place / "agent.hcl").write_text(
            f'node_name = "node-{number}"\nbind_addr = "10.{number >> 8}.{number & 255}.1"\n'
        )
        (place / "service.hcl").write_text(_service(f"service-{number}", []))
        if number % 4 == 1:
            (place / "defaults.hcl").write_text(
                f'Kind = "service-defaults"\nName = "service-{number}"\nProtocol = "http"\n'
            )
    (folder / "default" / "exports.hcl").write_text(
        'Kind = "exported-services"\nName = "default"\nServices = [\n'
        + "\n".join(map(_exported, range(services)))
        + "\n]\n"
    )


def _exported(number: int) -> str:
    peer = ', { Peer = "east" }' if number % 2 else ""
    return f'  {{ Name = "service-{number}", Consumers = [{{ Partition = "part-1" }}{peer}] }},'


def render_gateway(mesh: Mesh) -> list[Rendered]:
    """The gateway of the default partition."""
    (own,) = [
        proxy
        for proxy in mesh.proxies
        if (proxy.service.kind, proxy.partition) == ("mesh-gateway", "default")
    ]
    return render_all(mesh, [own], Target(name="static"))


def measure_gateway(services: int, *, check: bool) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_partitions(folder, services)
        start = time.process_time()
        mesh = read(folder)
        reading = time.process_time() - start
        start = time.process_time()
        rendered = render_gateway(mesh)
        rendering = time.process_time() - start
        assert rendered[0].proxy is not None, rendered[0].faults
        start = time.process_time()
        others = [
            proxy
            for proxy in mesh.proxies
            if proxy.service.kind == "mesh-gateway" and proxy.partition != "default"
        ]
        assert len(render_all(mesh, others, Target(name="static"))) == PARTITIONS - 1
        of_others = time.process_time() - start
    start = time.process_time()
    text = json.dumps(dict(rendered[0].proxy.files["envoy.json"]))
    writing = time.process_time() - start
    print(
        f"{services:6d} services, {PARTITIONS} partitions  read {reading:6.2f} s  gateway: render "
        f"{rendering:6.2f} s  text {writing:6.2f} s ({len(text) / 1e6:.0f} MB)  "
        f"the {PARTITIONS - 1} others {of_others:6.2f} s"
    )
    if check:
        load_sample(rendered, 1)
    return rendering, reading + rendering + writing


def growth(before: tuple[int, tuple[float, float]], after: tuple[int, tuple[float, float]]) -> None:
    """Print how much longer the larger one of two took."""
    (smaller, first), (larger, second) = before, after
    print(f"{smaller} → {larger}: render x{second[0] / first[0]:.2f}, together x{second[1] / first[1]:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--largest", type=int, default=1000, help="sidecars; 0 for none")
    parser.add_argument("--upstreams", type=int, default=10)
    parser.add_argument("--check", type=int, default=20, help="results loaded in Envoy; 0 for none")
    parser.add_argument("--gateway", type=int, default=10_000, help="services of the gateway; 0 for none")
    options = parser.parse_args()
    if options.largest:
        sidecars(options.largest, options.upstreams, options.check)
    if options.gateway:
        gateway(options.gateway, check=bool(options.check))


def sidecars(largest: int, upstreams: int, check: int) -> None:
    sizes = [size for size in (largest // 4, largest // 2, largest) if size]
    times = [measure(size, upstreams, check if size == largest else 0) for size in sizes]
    for before, after in pairwise(zip(sizes, times, strict=True)):
        growth(before, after)
    most = peak(
        lambda folder: write_cluster(folder, largest, upstreams),
        lambda mesh: render_all(mesh(mesh), Target(name="static")),
    )
    print(f"peak memory with {largest} sidecars: {most:.0f} MB")


def gateway(services: int, *, check: bool) -> None:
    sizes = [max(services // 10, 1), services]
    times = [measure_gateway(size, check=check and size == services) for size in sizes]
    growth(*zip(sizes, times, strict=True))
    for size in sizes:
        most = peak(lambda folder, size=size: write_partitions(folder, size), render_gateway)
        print(f"peak memory with {size} services behind the gateway: {most:.0f} MB")


if __name__ == "__main__":
    main()
