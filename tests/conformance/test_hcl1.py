"""HCL 1 as Consul's own parser reads it."""

from __future__ import annotations

import re

import pytest
from recordings import recorded_lines

from meshgw.source.hcl1 import read_hcl

POSITION = re.compile(r"(\d+):(\d+)")


@pytest.mark.parametrize("case", recorded_lines("hcl1.jsonl"))
def test_reads_as_consul(case):
    document = read_hcl(case["hcl"], "recorded.hcl")
    if "value" in case:
        assert document.fault is None
        assert document.value == case["value"]
        return
    assert document.fault is not None
    assert document.value is None
    # Consul names a list and then the place inside it; the place is where the user has to look.
    positions = POSITION.findall(case["error"])
    if positions:
        line, column = positions[-1]
        assert document.position(document.fault.span.start) == (int(line), int(column))
