"""Admission of routers, splitters, resolvers and intentions (K8-17 … K8-20, K8-27)."""

from __future__ import annotations

import struct

from meshgw.diagnostics.rules import KUBERNETES, Report, rule
from meshgw.entries.intention_parts import HTTPPermission
from meshgw.entries.resolver_parts import Failover
from meshgw.entries.service_splitter import ServiceSplitter, Split
from meshgw.entries.shared import HTTP_METHODS
from meshgw.loading.kubernetes.identity import ON


@rule("kubernetes-split-weights", on=ON, consul="must add up to 100 percent", stage=KUBERNETES)  # K8-19
def kubernetes_split_weights(splitter: ServiceSplitter, report: Report) -> None:
    """Split weights that do not add up to exactly 100.

    Unlike Consul, which rounds to hundredths first, the operator adds the numbers as they are.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceSplitter
        metadata: { name: web }
        spec:
          splits: [{ weight: 99.996 }]

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceSplitter
        metadata: { name: web }
        spec:
          splits: [{ weight: 99.5 }, { weight: 0.5, service: web-next }]
    """
    total = 0.0
    for split in splitter.splits:
        total = single(total + single(split.weight))
    if total != 100:
        report(f"weights add up to {total:g}, not 100", at=("Splits",), part="key")


@rule("kubernetes-split-weight-range", on=ON, consul="between 0.01 and 100", stage=KUBERNETES)  # K8-19
def kubernetes_split_weight_range(split: Split, report: Report) -> None:
    """A split weight below 0.01 or above 100.

    Zero is allowed.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceSplitter
        metadata: { name: web }
        spec:
          splits: [{ weight: 150 }, { weight: -50, service: web-next }]

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceSplitter
        metadata: { name: web }
        spec:
          splits: [{ weight: 100 }, { weight: 0, service: web-next }]
    """
    weight = single(split.weight)
    if weight != 0 and not single(0.01) <= weight <= 100:
        report(f"a weight of {split.weight:g}", at=("Weight",), help="0, or from 0.01 to 100")


@rule("kubernetes-failover-policy-mode", on=ON, consul="must be one of", stage=KUBERNETES)  # K8-17
def kubernetes_failover_policy_mode(failover: Failover, report: Report) -> None:
    """A mode of a failover's policy that does not exist.

    Refused (enterprise):

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceResolver
        metadata: { name: web }
        spec:
          failover: { "*": { datacenters: [dc2], policy: { mode: random } } }

    Accepted (enterprise):

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceResolver
        metadata: { name: web }
        spec:
          failover: { "*": { datacenters: [dc2], policy: { mode: sequential } } }
    """
    if failover.policy is not None and failover.policy.mode not in ("", "sequential", "order-by-locality"):
        report(
            f"`{failover.policy.mode}` is no mode of failover",
            at=("Policy", "Mode"),
            help="one of: sequential, order-by-locality",
        )


@rule("kubernetes-method-lower-case", on=ON, consul="must be one of", stage=KUBERNETES)  # K8-27
def kubernetes_method_lower_case(http: HTTPPermission, report: Report) -> None:
    """A method of a permission that is not written as HTTP does, in upper case.

    Consul itself makes it upper case first.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceIntentions
        metadata: { name: web }
        spec:
          destination: { name: web }
          sources:
            - name: api
              permissions: [{ action: allow, http: { pathPrefix: /, methods: [get] } }]

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceIntentions
        metadata: { name: web }
        spec:
          destination: { name: web }
          sources:
            - name: api
              permissions: [{ action: allow, http: { pathPrefix: /, methods: [GET] } }]
    """
    for index, method in enumerate(http.methods):
        if method not in HTTP_METHODS:
            known = method.upper() in HTTP_METHODS
            help_ = f"write `{method.upper()}`" if known else f"one of: {', '.join(HTTP_METHODS)}"
            report(f"`{method}` is no HTTP method", at=("Methods", index), help=help_)


def single(value: float) -> float:
    """A number rounded to 32 bits; one that is too large becomes infinite."""
    try:
        rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    return rounded
