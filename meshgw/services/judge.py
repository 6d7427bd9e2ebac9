"""One service definition through the places of its way in (service-registration.md 0.1, 4.1–4.5).

file of an agent   V, L          then S, whose refusal nobody is told
services register  V, H, L       the file becomes a body of the API, and loses fields
body of the API    H, L
catalog            S
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from meshgw.diagnostics.evaluation import Step
from meshgw.diagnostics.model import Diagnostic
from meshgw.diagnostics.rules import Report
from meshgw.diagnostics.running import evaluate
from meshgw.profile import Profile
from meshgw.schema.decode import Decoded, Dialect, decode, traced
from meshgw.schema.fields import Layer, replace
from meshgw.schema.origin import Origin
from meshgw.secret import NO_SECRET
from meshgw.services import local_rules
from meshgw.services.advice import (
    ADVICE,
    WRITTEN_ADVICE,
    service_without_token,
    upstream_in_own_datacenter,
)
from meshgw.services.agent import AgentConfig
from meshgw.services.catalog import REGISTRATION, Registration, checks_of
from meshgw.services.check_rules import BODY_CHECKS, CHECKS, check_null
from meshgw.services.decoding_rules import report_body_faults
from meshgw.services.field_rules import BODY_FIELDS, FILE_FIELDS, SIDECAR_SHAPE, service_meta_invalid
from meshgw.services.model import Service
from meshgw.services.normalize import normalize, stored, with_written_weights, without_lost_fields
from meshgw.services.places import ANSWERED, Place, ServiceReport, service_path
from meshgw.services.service_rules import SERVICE
from meshgw.services.sidecar import expand, waits_for_port
from meshgw.source.document import Document, Path

UNKNOWN_AGENT = AgentConfig()


@dataclass(frozen=True, slots=True)
class ServiceJudgement:
    """What a definition becomes (itself, then its sidecar), and what was found.

    There is no service when the definition could not be decoded. `refused_at` is the step at which
    Consul stops, counted over all places; `None` when it takes the definition.
    """

    services: tuple[Service, ...]
    diagnostics: tuple[Diagnostic, ...]
    refused_at: int | None = None

    @property
    def accepted(self) -> bool:
        """Whether Consul takes the definition on this way in."""
        return not any(found.refused for found in self.diagnostics)


class _Judging:
    """The definition as it stands, its sidecar, and what was found in both."""

    def __init__(self, service: Service, profile: Profile, agent: AgentConfig) -> None:
        self.profile = profile
        self.agent = agent
        self.path = service_path(profile)
        self.written = service
        self.report = ServiceReport(service, profile)
        self.sidecar_report = ServiceReport(service, profile)
        self.refused_at: int | None = None
        self.step = 0
        self.service = service
        self.sidecar: Service | None = None
        self._stands: tuple[Service, str] | None = None
        self.become(service)

    def become(self, written: Service, *, partition: str = "") -> None:
        """Normalize and expand anew, for a place that sees another definition."""
        if not self.profile.enterprise:
            partition = ""  # plays no part
        if self._stands is not None and self._stands[0] is written and self._stands[1] == partition:
            return
        self._stands = (written, partition)
        layer: Layer = "api" if self.path == "http" else "agent"
        self.service = normalize(written, layer, self.profile, partition=partition)
        sidecar = expand(self.service, layer)
        self.sidecar = (
            None if sidecar is None else normalize(sidecar, layer, self.profile, partition=partition)
        )

    def at(self, place: Place, step: Step, *, joined: bool = False) -> None:
        """The definition itself at a place; `joined` findings are told with those of the step before."""
        self._evaluate(place, step, self.service, self.report, joined=joined)

    def sidecar_at(self, place: Place, step: Step) -> None:
        """The sidecar, if there is one, at a place."""
        if self.sidecar is not None:
            self._evaluate(place, step, self.sidecar, self.sidecar_report)

    def nested_at(self, place: Place, step: Step) -> None:
        """The block of the sidecar as it is written; told together with the step before."""
        nested = self.service.connect.sidecar_service
        if nested is not None:
            within = (*self.service.within, "Connect", "SidecarService")
            nested = replace(nested, origin=self.service.origin, within=within)
            self._evaluate(place, step, nested, self.sidecar_report, joined=True)

    def _evaluate(
        self, place: Place, step: Step, service: Service, report: ServiceReport, *, joined: bool = False
    ) -> None:
        if not joined:
            self.step += 1
        report.enter(place, service)
        report.own = self.refused_at in (None, self.step)
        if evaluate(step, service, report) and place in ANSWERED[self.path] and self.refused_at is None:
            self.refused_at = self.step

    def advise(self) -> None:
        """Rules about what Consul accepts."""
        self.report.enter("V", self.written)
        evaluate(WRITTEN_ADVICE, self.written, self.report)
        nested = self.written.connect.sidecar_service
        if nested is not None and nested.kind:
            within = (*self.written.within, "Connect", "SidecarService")
            nested = replace(nested, origin=self.written.origin, within=within, parent=self.service)
            self.sidecar_report.enter("V", nested)
            evaluate(WRITTEN_ADVICE, nested, self.sidecar_report)
        self._advise(self.service, self.report)
        if self.sidecar is not None:
            self._advise(self.sidecar, self.sidecar_report)

    def _advise(self, service: Service, report: ServiceReport) -> None:
        report.enter("V", service)
        evaluate(ADVICE, service, report)
        agent = self.agent
        if agent.datacenter and service.is_proxy:
            report.run(upstream_in_own_datacenter, (service, agent.datacenter.lower()))
        if self.path == "agent" and service.parent is None and _wants_token(agent):
            report.run(service_without_token, (service, self.sidecar) if self.sidecar else (service,))

    def judgement(self) -> ServiceJudgement:
        made = [self.service] if self.sidecar is None else [self.service, self.sidecar]
        if self.path == "http":
            made = [_with_counting_token(service) for service in made]
        return ServiceJudgement(
            tuple(stored(service, self.profile) for service in made),
            (*self.report.diagnostics, *self.sidecar_report.diagnostics),
            self.refused_at,
        )


def _with_counting_token(service: Service) -> Service:
    """A service of a body: the token of the request counts, only the sidecar's own is used beside it."""
    nested = service.parent.connect.sidecar_service if service.parent is not None else None
    return service if nested is not None and nested.token else replace(service, token=NO_SECRET)


def _wants_token(agent: AgentConfig) -> bool:
    """Whether services of an agent need a token of their own; nothing is known of other agents."""
    acl = agent.acl
    if not acl.enabled or acl.default_policy == "allow":
        return False
    return not (acl.tokens.config_file_service_registration or acl.tokens.default)


def judge_service(service: Service, profile: Profile, agent: AgentConfig = UNKNOWN_AGENT) -> ServiceJudgement:
    """Judge a decoded definition on the profile's way in; `agent` is what files say about its agent."""
    judging = _Judging(service, profile, agent)
    if judging.path != "http":
        _check_file(judging)
    lossy = judging.path == "register"
    judging.become(without_lost_fields(service) if lossy else service, partition=agent.partition or "")
    if judging.path != "agent":
        _check_body(judging)
    _take_in(judging)
    _write_to_catalog(judging)
    if lossy:
        judging.become(service, partition=agent.partition or "")
    judging.advise()
    return judging.judgement()


def _check_file(judging: _Judging) -> None:
    judging.at("V", FILE_FIELDS)  # RG-20 … RG-24
    judging.nested_at("V", FILE_FIELDS)
    judging.at("V", SIDECAR_SHAPE, joined=True)  # RG-26, RG-27
    judging.at("V", CHECKS)  # takes the place of what the next step finds
    judging.at("V", SERVICE)


def _check_body(judging: _Judging) -> None:
    judging.at("H", local_rules.BODY)  # RG-40, RG-41
    _settle_partition(judging, "H")
    judging.at("H", BODY_FIELDS)  # RG-21, RG-20
    judging.at("H", SERVICE)
    judging.at("H", BODY_CHECKS)
    judging.sidecar_at("H", BODY_CHECKS)
    judging.sidecar_at("H", service_meta_invalid)
    judging.sidecar_at("H", SERVICE)


def _take_in(judging: _Judging) -> None:
    judging.sidecar_at("L", service_meta_invalid)
    judging.sidecar_at("L", CHECKS)
    judging.at("L", local_rules.LOCAL)  # RG-40, RG-42
    _settle_partition(judging, "L")
    if judging.agent.local_scripts is False and judging.path == "agent":
        judging.at("L", local_rules.script_checks_off)  # CHK-20
        judging.sidecar_at("L", local_rules.script_checks_off)
    if (
        judging.sidecar is not None
        and waits_for_port(judging.sidecar)
        and min(judging.agent.sidecar_ports) < 1
    ):
        judging.sidecar_at("L", local_rules.sidecar_ports_off)  # RG-45
    judging.sidecar_at("L", local_rules.LOCAL)


def _settle_partition(judging: _Judging, place: Place) -> None:
    partition = (judging.agent.partition or "").lower()
    if partition and judging.profile.enterprise and judging.service.partition != partition:
        report = judging.report
        report.enter(place, judging.service)
        report.own = judging.refused_at is None
        report.run(local_rules.service_in_other_partition, partition)  # RG-51


def _write_to_catalog(judging: _Judging) -> None:
    judging.at("S", local_rules.CATALOG)  # RG-41
    if judging.profile.enterprise:
        judging.at("S", SERVICE)  # the agent's partition is known here only (UPS-01)
    sidecar = judging.sidecar
    if sidecar is None:
        return
    if waits_for_port(sidecar):  # by now it has its port
        judging.sidecar = replace(sidecar, port=max(judging.agent.sidecar_ports[0], 1))
    judging.sidecar_at("S", SERVICE)
    judging.sidecar_at("S", local_rules.CATALOG)
    judging.sidecar = sidecar


@dataclass(frozen=True, slots=True)
class BodyJudgement:
    """A body of the catalog's API; `registration` is `None` when it could not be decoded."""

    registration: Registration | None
    services: tuple[Service, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def accepted(self) -> bool:
        return not any(found.refused for found in self.diagnostics)


def judge_body(
    document: Document, profile: Profile, agent: AgentConfig = UNKNOWN_AGENT, *, namespace: str = ""
) -> ServiceJudgement:
    """Judge a body of `PUT /v1/agent/service/register`; the profile's entry path is taken for `http`.

    `namespace` is that of the request, for a body that names none.
    """
    profile = dataclasses.replace(profile, entry_path="http")
    raw = document.value if isinstance(document.value, dict) else {}
    dialect = Dialect("api", profile.edition, profile.consul_version)
    decoded, origin = _decoded(Service, raw, document, dialect)
    report = Report(raw, origin, profile, title=document.name)
    refused = report_body_faults(decoded, report, dialect)
    for index in () if refused else _null_checks(raw):
        refused = report.run(check_null, index) or refused
    if refused or decoded.value is None:
        return ServiceJudgement((), tuple(report.diagnostics), 0)
    service = replace(
        _weighed(decoded.value, raw), origin=origin, namespace=decoded.value.namespace or namespace
    )
    return judge_service(service, profile, agent)


def _decoded(cls: type, raw: Any, document: Document, dialect: Dialect) -> tuple[Decoded[Any], Origin]:
    return decode(cls, raw, dialect), Origin(document, (), lambda: traced(cls, raw, dialect))


def _member(raw: dict[str, Any], name: str) -> Any:
    return next((value for key, value in raw.items() if key.lower() == name), None)


def _null_checks(raw: dict[str, Any]) -> list[int]:
    checks = _member(raw, "checks")
    return [index for index, check in enumerate(checks) if check is None] if isinstance(checks, list) else []


def _weighed(service: Service, raw: dict[str, Any]) -> Service:
    given = _member(raw, "weights")
    if isinstance(given, dict):
        service = with_written_weights(
            service,
            passing=_member(given, "passing") is not None,
            warning=_member(given, "warning") is not None,
        )
    connect = _member(raw, "connect")
    nested = service.connect.sidecar_service
    if nested is None or not isinstance(connect, dict):
        return service
    inner = _member(connect, "sidecarservice") or _member(connect, "sidecar_service")
    if not isinstance(inner, dict):
        return service
    return replace(service, connect=replace(service.connect, sidecar_service=_weighed(nested, inner)))


def judge_registration(
    document: Document, profile: Profile, *, partition: str = "", namespace: str = ""
) -> BodyJudgement:
    """Judge a body of `PUT /v1/catalog/register`: the catalog only, nothing is expanded.

    `partition` and `namespace` are those of the request, for a body that names none.
    """
    profile = dataclasses.replace(profile, entry_path="catalog")
    raw = document.value if isinstance(document.value, dict) else {}
    dialect = Dialect("catalog", profile.edition, profile.consul_version)
    decoded, origin = _decoded(Registration, raw, document, dialect)
    report = Report(raw, origin, profile, title=document.name)
    if report_body_faults(decoded, report, dialect) or decoded.value is None:
        return BodyJudgement(None, (), tuple(report.diagnostics))
    registration: Registration = replace(decoded.value, origin=origin)
    report = Report(registration, registration, profile, title=f'node "{registration.node}"')
    refused = evaluate(REGISTRATION, registration, report)
    if registration.service is None:
        return BodyJudgement(registration, (), tuple(report.diagnostics))
    service = catalog_service(
        replace(
            registration.service,
            namespace=registration.service.namespace or registration.namespace or namespace,
        ),
        _member(raw, "service"),
        replace(registration, partition=registration.partition or partition),
        profile,
    )
    found = judge_in_catalog(service, profile, own=not refused)
    several = registration.checks if isinstance(registration.checks, list) else []
    kept = replace(
        service,
        connect=replace(service.connect, sidecar_service=None),
        checks=checks_of(service, [registration.check, *several]),
    )
    return BodyJudgement(registration, (kept,), (*report.diagnostics, *found))


def catalog_service(
    service: Service, raw: Any, registration: Registration, profile: Profile, within: Path = ("Service",)
) -> Service:
    """The service of a registration as the catalog sees it; `raw` is what was written, at `within`."""
    service = replace(_weighed(service, raw or {}), origin=registration.origin, within=within)
    return normalize(service, "catalog", profile, partition=registration.partition)


def judge_in_catalog(service: Service, profile: Profile, *, own: bool) -> tuple[Diagnostic, ...]:
    """What the catalog says to a service; `own` is false when it has refused before."""
    found = ServiceReport(service, profile)
    found.enter("S", service)
    found.own = own
    evaluate(SERVICE, service, found)
    evaluate(local_rules.CATALOG, service, found)
    evaluate(WRITTEN_ADVICE, service, found)
    evaluate(ADVICE, service, found)
    return tuple(found.diagnostics)
