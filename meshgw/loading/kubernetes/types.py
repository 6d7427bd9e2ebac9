"""Strict types and pruned keys: what the API server does with a `spec` (K8-02)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from meshgw.diagnostics.model import Severity
from meshgw.diagnostics.rules import KUBERNETES, Report, rule
from meshgw.loading.kubernetes.identity import ON
from meshgw.loading.kubernetes.model import Resource
from meshgw.loading.kubernetes.shapes import admitted_spec
from meshgw.schema.convert import describe
from meshgw.schema.decode import TypeFault, UnknownKey
from meshgw.schema.suggest import nearest, spelled_otherwise
from meshgw.source.document import Path

if TYPE_CHECKING:
    from jsonschema import ValidationError

_MOST_SHOWN = 100
_TOP_LEVEL = ("apiVersion", "kind", "metadata", "spec", "status")
_WORDS = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


@rule("kubernetes-wrong-type", on=ON, consul="must be of type", stage=KUBERNETES)  # K8-02
def kubernetes_wrong_type(fault: tuple[Path, str, str | None], report: Report) -> None:
    """A value of another type than the resource's schema wants.

    Kubernetes converts nothing: a number in quotes is no number, and a duration is always a string.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec: { maxInboundConnections: "5" }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec: { maxInboundConnections: 5 }
    """
    path, message, fragment = fault
    report(message, at=path, consul=fragment)


@rule("kubernetes-required-key-missing", on=ON, consul="Required value", stage=KUBERNETES)  # K8-02
def kubernetes_required_key_missing(fault: tuple[Path, str], report: Report) -> None:
    """A key that the resource's schema requires is not there.

    `enabled` is required wherever an IngressGateway has `tls`, `name` in the headers and query
    parameters that a ServiceRouter matches.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: IngressGateway
        metadata: { name: ingress }
        spec:
          tls: { tlsMinVersion: TLSv1_2 }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: IngressGateway
        metadata: { name: ingress }
        spec:
          tls: { enabled: true, tlsMinVersion: TLSv1_2 }
    """
    path, key = fault
    report(f"`{key}` is missing in `{path[-1]}`", at=path, part="key", help=f"add `{key}`")


@rule("kubernetes-location-null", on=ON, consul="must not be nil", stage=KUBERNETES)  # K8-25
def kubernetes_location_null(path: Path, report: Report) -> None:
    """A null among the locations of a JWTProvider.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: JWTProvider
        metadata: { name: okta }
        spec:
          jsonWebKeySet: { local: { filename: /etc/jwks.json } }
          locations: [null]

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: JWTProvider
        metadata: { name: okta }
        spec:
          jsonWebKeySet: { local: { filename: /etc/jwks.json } }
          locations: [{ header: { name: x-token } }]
    """
    report("a location is null", at=path, help="take the element out")


@rule("kubernetes-key-pruned", on=ON, severity="warning", stage=KUBERNETES)
def kubernetes_key_pruned(found: tuple[UnknownKey, tuple[str, ...], bool], report: Report) -> None:
    """A key that the resource's schema does not have, so that Kubernetes silently drops it.

    Keys are written in camelCase exactly as documented; the spellings of config entries do not count.
    With strict field validation (`kubectl apply --validate=strict`) it is an error.

    Found:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec: { Protocol: http }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec: { protocol: http }
    """
    unknown, known, strict = found
    key = str(unknown.path[-1])
    same = spelled_otherwise(key, known)
    close = same[0] if same else nearest(key, known)
    report(
        f"`{unknown.printed}` is no key of this resource" + ("" if strict else ": Kubernetes drops it"),
        at=unknown.source or unknown.path,
        part="key",
        help=f"write `{close}`" if same else f"did you mean `{close}`?" if close else None,
        consul="unknown field" if strict else None,
        severity=Severity.ERROR if strict else None,
    )


def pruned_outside(raw: dict[str, Any], report: Report, *, strict: bool) -> None:
    """Report keys of the resource itself that do not exist."""
    from meshgw.schema.fields import Block

    for key in raw:
        if key not in _TOP_LEVEL:
            unknown = UnknownKey((key,), (key,), str(key), Block)
            report.run(kubernetes_key_pruned, (unknown, _TOP_LEVEL, strict))


def report_pruned(pruned: Iterable[UnknownKey], report: Report, *, strict: bool) -> None:
    """Report keys of a `spec` that Kubernetes drops."""
    for unknown in pruned:
        known = tuple(spec.crd for spec in unknown.block.specs if spec.crd)
        report.run(kubernetes_key_pruned, (unknown, known, strict))


def refuse_types(resource: Resource, report: Report) -> bool:
    """Report what is of the wrong type in a `spec`; whether there was anything."""
    raw = report.root.get("spec")
    if raw is not None and not isinstance(raw, dict):
        return report.run(kubernetes_wrong_type, (("spec",), f"`spec` is {describe(raw)}", None))
    errors = islice(admitted_spec(resource.kind).iter_errors(resource.spec), _MOST_SHOWN)
    return sum(_refuse(error, resource, report) for error in errors) > 0


def _refuse(error: ValidationError, resource: Resource, report: Report) -> bool:
    path: Path = ("spec", *error.absolute_path)
    printed = printed_path(path)
    if error.validator == "required":
        missing = _missing(error)
        return sum(report.run(kubernetes_required_key_missing, (path, key)) for key in missing) > 0
    if error.instance is None and resource.kind == "JWTProvider" and path[1:2] == ("locations",):
        return report.run(kubernetes_location_null, path)
    found = describe(error.instance)
    if error.validator == "type":
        wanted = _WORDS.get(str(error.validator_value), str(error.validator_value))
        message = f"`{printed}` wants {wanted}, not {found}"
    elif error.validator == "pattern":
        message = f'`{printed}` wants a duration such as "30s", not {found}'
    else:
        message = f"`{printed}` is out of range: {found}"
    return report.run(kubernetes_wrong_type, (path, message, _fragment(path)))


def _missing(error: ValidationError) -> list[str]:
    required: Any = error.validator_value
    there: Any = error.instance
    return [key for key in required if key not in there]


def _fragment(path: Path) -> str | None:
    """What admission says in place of the schema's own message (K8-15, K8-28)."""
    if path == ("spec", "config"):
        return "must be valid map value"
    if path[-1] == "arguments":
        return "arguments must be defined"
    return None


def printed_path(path: Path) -> str:
    """`spec.routes[0].match`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def refuse_faults(faults: Iterable[TypeFault], report: Report) -> bool:
    """Report what could not be decoded although its type was right."""
    refused = False
    for fault in faults:
        message = f"`{printed_path(fault.source)}` wants {fault.wanted}, not {fault.found}"
        refused = report.run(kubernetes_wrong_type, (fault.source, message, None)) or refused
    return refused
