"""Rendering a whole cluster: seconds, peak memory, and how both grow.

    python benchmarks/render.py [--largest 1000] [--upstreams 10] [--check 20]

Every service has a sidecar with ten upstreams, half of them http; of every ten services one has a
router, one a splitter over subsets, one a resolver with failover, and all have intentions. Reading,
rendering and the text of the files are timed apart, in seconds of one core. A sample of the results is loaded in Envoy.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

from meshgw.commands.memory import without_collection
from meshgw.commands.rendering import Target, render_all, rendered_proxies
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions
from meshgw.mesh.build import build_mesh
from meshgw.mesh.model import Mesh

SEED = 7


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
        rendered = render_all(mesh, rendered_proxies(mesh), Target(name="static"))
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
            domain = next(file["trust_domain"] for file in needed if file["kind"] == "roots")
            write_needed(folder / "certs", needed, [CertificateAuthority(domain)])
            said = envoys.validate(item.proxy.files["envoy.json"], folder)
            assert not said, "\n".join(said)
    print(f"       {min(count, len(rendered))} of them load in Envoy")


def peak(services: int, upstreams: int) -> float:
    """Megabytes that Python holds at most, in a run of its own: watching it slows it down."""
    with tempfile.TemporaryDirectory() as name:
        write_cluster(Path(name), services, upstreams)
        tracemalloc.start()
        mesh = read(Path(name))
        render_all(mesh, rendered_proxies(mesh), Target(name="static"))
        _, found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return found / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--largest", type=int, default=1000)
    parser.add_argument("--upstreams", type=int, default=10)
    parser.add_argument("--check", type=int, default=20)
    options = parser.parse_args()
    sizes = [size for size in (options.largest // 4, options.largest // 2, options.largest) if size]
    times = [measure(size, options.upstreams, options.check if size == sizes[-1] else 0) for size in sizes]
    for (smaller, before), (larger, after) in zip(
        zip(sizes, times, strict=True), zip(sizes[1:], times[1:], strict=False), strict=False
    ):
        print(
            f"{smaller} → {larger}: render x{after[0] / before[0]:.2f}, together x{after[1] / before[1]:.2f}"
        )
    print(f"peak memory with {sizes[-1]} sidecars: {peak(sizes[-1], options.upstreams):.0f} MB")


if __name__ == "__main__":
    main()
