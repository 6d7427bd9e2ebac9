"""Weights of splitter legs as Consul computes them for Envoy (envoy-sidecar.md RT-18)."""

from __future__ import annotations

import struct


def envoy_weight(percentage: float) -> int:
    """Hundredths of a percent, in 32-bit floats and cut off: `0.53` gives 52, `33.33` gives 3333."""
    return int(_float32(_float32(percentage) * 100.0))


def _float32(value: float) -> float:
    rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    return rounded
