"""How fast configuration is read: HCL 1 against python-hcl2, and against the C scanner of `json`.

python benchmarks/readers.py [ENTRIES]
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable

import hcl2

from meshgw.source.hcl1 import read_hcl
from meshgw.source.json import read_json
from meshgw.source.yaml import read_yaml

ENTRY = """\
# Traffic of service {0}.
Kind = "service-router"
Name = "web-{0}"
Meta = {{
  owner = "team-{0}"
}}
Routes = [
  {{
    Match = {{
      HTTP = {{
        PathPrefix = "/v{0}/"
        Methods    = ["GET", "POST", "HEAD"]
        Header = [
          {{ Name = "x-debug", Exact = "1" }},
          {{ Name = "x-user", Present = true }},
        ]
      }}
    }}
    Destination = {{
      Service        = "backend-{0}"
      ServiceSubset  = "v{0}"
      RequestTimeout = "15s"
      NumRetries     = {0}
      RetryOnStatusCodes = [500, 502, 503]
      RequestHeaders = {{
        Set = {{
          x-version = "{0}"
        }}
      }}
    }}
  }},
]
Splits = [
  {{ Weight = 90.5, Service = "a-{0}" }},
  {{ Weight = 9.5, Service = "b-{0}" }},
]
"""


def best(run: Callable[[], object], size: int, rounds: int = 5) -> float:
    """Megabytes a second in the best of some rounds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return size / min(times) / 1e6


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    texts = [ENTRY.format(i) for i in range(count)]
    size = sum(map(len, texts))
    documents = [read_hcl(text, "entry.hcl") for text in texts]
    values = [document.value for document in documents]
    as_json = [json.dumps(value, indent=2) for value in values]
    json_size = sum(map(len, as_json))
    few = texts[: max(1, count // 50)]

    hcl = best(lambda: [read_hcl(text, "entry.hcl") for text in texts], size)
    rival = best(lambda: [hcl2.load(io.StringIO(text)) for text in few], sum(map(len, few)), 2)
    c_json = best(lambda: [json.loads(text) for text in as_json], json_size)
    ours_json = best(lambda: [read_json(text, "entry.json") for text in as_json], json_size)
    yaml = best(
        lambda: [read_yaml(text, "entry.yaml") for text in as_json[: count // 10]], json_size // 10, 2
    )
    layouts = best(lambda: [read_hcl(text, "entry.hcl").layout for text in texts], size, 2)

    # A megabyte of HCL says more than one of JSON, so values are compared, not bytes.
    print(f"{count} entries, {size / 1e6:.2f} MB of HCL, {json_size / 1e6:.2f} MB of JSON")
    print(f"read_hcl           {hcl:8.2f} MB/s   {hcl / size * count * 1e6:9.0f} entries/s")
    print(f"  with layout      {layouts:8.2f} MB/s")
    print(f"python-hcl2        {rival:8.2f} MB/s   read_hcl is {hcl / rival:.0f} times as fast")
    print(f"json.loads         {c_json:8.2f} MB/s   {c_json / json_size * count * 1e6:9.0f} entries/s")
    print(f"  read_hcl takes {c_json / json_size / (hcl / size):.1f} times as long for the same values")
    print(f"read_json          {ours_json:8.2f} MB/s")
    print(f"read_yaml          {yaml:8.2f} MB/s")


if __name__ == "__main__":
    main()
