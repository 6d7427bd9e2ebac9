"""How fast files of service definitions are validated: each a service with a sidecar and two upstreams.

python benchmarks/validate_services.py [FILES]

`judge` reads the tree and judges every definition in it, with its agent: what `consul validate` looks at.
`validate` also asks whether every call gets through. The rival reads the same files with `json` only: the
cost of what cannot be avoided. Times are the processor time of a new process, imports included; memory
is its peak.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DEFINITION = """\
service {{
  name = "web-{0}"
  id   = "web-{0}"
  port = {1}
  tags = ["v1", "team-{0}"]
  meta = {{
    version = "1.{0}"
  }}
  check {{
    http     = "http://127.0.0.1:{1}/health"
    interval = "10s"
  }}
  connect {{
    sidecar_service {{
      port = {2}
      proxy {{
        upstreams = [
          {{
            destination_name = "web-{3}"
            local_bind_port  = {4}
          }},
          {{
            destination_name = "web-{5}"
            local_bind_port  = {6}
            mesh_gateway     = {{ mode = "local" }}
          }},
        ]
      }}
    }}
  }}
}}
"""


def write(folder: Path, count: int) -> None:
    for number in range(count):
        at = folder / f"{number // 100:03}"
        at.mkdir(exist_ok=True)
        place = number % 100  # the files of a folder are on one node, where ports must differ
        ports = (8000 + place, 20000 + place, 5000 + place, 6000 + place)
        called = ((number + 1) % count, (number + 2) % count)
        text = DEFINITION.format(number, *ports[:2], called[0], ports[2], called[1], ports[3])
        (at / f"web-{number}.hcl").write_text(text)


def judge(folder: Path) -> int:
    """Every definition, without what the tree says together."""
    import meshgw

    return len(meshgw.load(str(folder)).diagnostics)


def validate(folder: Path) -> int:
    """The whole tree, as `meshgw validate` does."""
    import meshgw

    return len(meshgw.validate(meshgw.load(str(folder))).diagnostics)


def read_json(folder: Path) -> int:
    """The rival: the texts as JSON strings, decoded by the standard library."""
    return sum(len(json.loads(json.dumps(path.read_text()))) for path in sorted(folder.rglob("*.hcl")))


RUNS = {"json": read_json, "judge": judge, "validate": validate}


def main() -> None:
    if len(sys.argv) > 2:
        RUNS[sys.argv[1]](Path(sys.argv[2]))
        print(time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), count)
        for run in RUNS:
            command = [sys.executable, __file__, run, name]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds, memory = (float(part) for part in done.stdout.split())
            each = f"{seconds / count * 1e6:6.0f} µs/file"
            print(f"{run:>10}  {count} files  {seconds:6.2f} s  {each}  {memory:5.0f} MiB")


if __name__ == "__main__":
    main()
