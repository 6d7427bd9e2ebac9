"""Intentions that do not decide what they read as (intentions-and-exports.md 3, 7.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from meshgw.analysis import snippets
from meshgw.analysis.call_places import upstream_location
from meshgw.analysis.calls import caller_key
from meshgw.diagnostics.model import Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.service_intentions import ServiceIntentions, Source
from meshgw.mesh.model import Datacenter, Instance, Mesh
from meshgw.resolve.intentions import Caller, enforced_among
from meshgw.resolve.proxy import effective_proxy
from meshgw.schema.spelling import spelling_at
from meshgw.schema.suggest import nearest
from meshgw.services.model import CONNECT_PROXY
from meshgw.snapshot.calls import Call, Calls
from meshgw.snapshot.compiling import chain_overrides
from meshgw.snapshot.peers import HTTP_LIKE


@rule("check-and-sidecar-disagree", on="upstream", severity="warning")  # IN-W01
def check_and_sidecar_disagree(found: tuple[Calls, Call], report: Report) -> None:
    """A call that Consul's own check denies while the destination's sidecar lets it in, or the reverse.

    Intentions apply by precedence, in which the destination counts before the source. A sidecar only
    subtracts narrower sources from broader ones: a broader source of higher precedence does not shut out
    a narrower one.

    Found in a tree (federation):

        == dc1/api-intentions.hcl ==
        Kind = "service-intentions"
        Name = "api"
        Sources = [{ Name = "*", Action = "deny" }]

        == dc1/all-intentions.hcl ==
        Kind = "service-intentions"
        Name = "*"
        Sources = [{ Name = "web", Action = "allow" }]
    """
    calls, call = found
    home = call.home
    if home is None or call.peered is not None:
        return
    caller = Caller(call.caller.partition, call.caller.namespace, call.caller.destination)
    enforced = enforced_among(
        calls.intentions_of(home, call.service), caller, default_allow=home.default_allow
    )
    said = call.decision
    if "conditional" in (said.verdict, enforced.verdict) or said.verdict == enforced.verdict:
        return
    place = said.intention.location if said.intention is not None else None
    applied = enforced.intention.location if enforced.intention is not None else None
    words = {"allow": "allows", "deny": "denies"}
    report(
        f"`consul intention check` {words[said.verdict]} {call.words}, the sidecar of `{call.service.name}` "
        f"{words[enforced.verdict]} it",
        location=place or upstream_location(call),
        related=[Related(applied, "what the sidecar applies")] if applied is not None else (),
        help=f"add a source for `{caller_key(call).name}` to the intentions of `{call.service.name}`:\n"
        + spelling_at(place or applied).item(
            snippets.intention_source(caller_key(call), call.service, said.verdict)
        ),
    )


def disagreeing(calls: Calls, call: Call) -> bool:
    """Whether the sidecar lets in what the check denies, so that no denial is to be told."""
    home = call.home
    if home is None or call.peered is not None or call.decision.verdict != "deny":
        return False
    caller = Caller(call.caller.partition, call.caller.namespace, call.caller.destination)
    intentions = calls.intentions_of(home, call.service)
    return enforced_among(intentions, caller, default_allow=home.default_allow).verdict == "allow"


@dataclass(frozen=True)
class Admitted:
    """A source of an intention in a datacenter where it applies."""

    mesh: Mesh
    home: Datacenter
    entry: ServiceIntentions
    source: Source
    index: int

    @cached_property
    def sidecars(self) -> tuple[Instance, ...]:
        """The sidecars that enforce it."""
        entry = self.entry
        return tuple(
            found
            for found in self.mesh.proxies
            if found.service.kind == CONNECT_PROXY
            and found.datacenter == self.home.name
            and (found.partition, found.namespace, found.destination)
            == (entry.partition, entry.namespace, entry.name)
        )

    @property
    def wants_jwt(self) -> bool:
        own = self.entry.jwt
        return bool(own is not None and own.providers) or any(
            permission.jwt is not None and permission.jwt.providers for permission in self.source.permissions
        )


def sources(mesh: Mesh) -> Iterator[Admitted]:
    """Every source of every intention, once per datacenter in which its destination may run."""
    for home in mesh.datacenters.values():
        for entry in home.entries.of_kind(ServiceIntentions):
            for index, source in enumerate(entry.sources):
                yield Admitted(mesh, home, entry, source, index)


@rule("jwt-not-enforced", on=ServiceIntentions, severity="warning")  # IN-W02
def jwt_not_enforced(found: Admitted, report: Report) -> None:
    """An intention that allows with a JWT, where the default is to allow.

    A sidecar keeps what differs from the default: an allowing source is dropped, and its JWT with it.

    Found in a tree:

        == meshgw.yaml ==
        edition: enterprise
        datacenter: dc1
        trust_domain: 5f1e7d3a-8c42-4b69-9a07-2d6c0b8e4f15.consul
        acl: { enabled: true, default_policy: deny }
        default_intention_policy: allow
        tenancy:
          - { path: "{partition}/**" }

        == api/okta.hcl ==
        Kind = "jwt-provider"
        Name = "okta"
        JSONWebKeySet { Local { Filename = "/etc/keys.json" } }

        == api/api-defaults.hcl ==
        Kind = "service-defaults"
        Name = "api"
        Namespace = "dev"
        Protocol = "http"

        == api/intentions.hcl ==
        Kind = "service-intentions"
        Name = "api"
        Namespace = "dev"
        JWT { Providers = [{ Name = "okta" }] }
        Sources = [{ Name = "web", Namespace = "dev", Partition = "default", Action = "allow" }]
    """
    place = found.entry.locate(("Sources", found.index))
    if found.home.default_allow and found.source.action == "allow" and found.wants_jwt:
        report(
            f"`{found.source.name}` calls `{found.entry.name}` without a token: the default is to allow",
            location=place,
            note=f"default: {found.home.default_from}",
            help="set `default_intention_policy` to `deny`, or add a source that denies everybody else:\n"
            + spelling_at(place).item({"Name": "*", "Action": "deny"}),
        )


@rule("permissions-without-http", on=ServiceIntentions, severity="warning")  # IN-W03
def permissions_without_http(found: Admitted, report: Report) -> None:
    """Permissions or a JWT for a service whose sidecar does not speak HTTP.

    Such a sidecar sees no requests: it takes the source for a denial.

    Found in a tree (federation):

        == dc2/pages.hcl ==
        service {
          name = "pages"
          port = 9091
          connect { sidecar_service { port = 20001 proxy { config { protocol = "tcp" } } } }
        }

        == dc1/pages-intentions.hcl ==
        Kind = "service-intentions"
        Name = "pages"
        Sources = [{ Name = "web", Permissions = [{ Action = "allow", HTTP { PathPrefix = "/" } }] }]
    """
    if not found.source.permissions and not found.wants_jwt:
        return
    for sidecar in found.sidecars:
        proxy = effective_proxy(sidecar, found.home.entries)
        protocol = chain_overrides(proxy.config)[0].lower() or "tcp"
        if protocol not in HTTP_LIKE:
            written = sidecar.service.wrote(("Proxy", "Config", "protocol"))
            place = sidecar.service.locate(("Proxy", "Config", "protocol")) if written else None
            if not written and found.source.permissions:
                return  # the entries say so, and Consul refuses the intentions
            report(
                f"`{found.source.name}` is denied: the sidecar `{sidecar.service.id}` speaks `{protocol}`, "
                "and knows no requests",
                location=found.entry.locate(("Sources", found.index)),
                related=[Related(place, "its protocol")] if place is not None else (),
                help="take the protocol out of the registration, and set it in service-defaults"
                if written
                else f"set `Protocol` of the service-defaults of `{found.entry.name}`",
            )
            return


@rule("intention-source-unknown", on=ServiceIntentions, severity="warning")  # IN-W04
def intention_source_unknown(found: Admitted, report: Report) -> None:
    """An intention whose source is registered nowhere.

    Found in a tree (federation):

        == dc1/api-intentions.hcl ==
        Kind = "service-intentions"
        Name = "api"
        Sources = [{ Name = "web", Action = "allow" }, { Name = "wbe", Action = "allow" }]
    """
    source = found.source
    if source.peer or source.sameness_group or source.name == "*" or found.home.name != found.home.primary:
        return
    names = found.mesh.service_names
    if source.name.lower() in names or not names:
        return
    close = nearest(source.name, names)
    report(
        f"no service `{source.name}` is registered anywhere",
        location=found.entry.locate(("Sources", found.index, "Name")),
        help=f"did you mean `{close}`?" if close else "register it, or take the source away",
    )


SOURCE_CHECKS = (jwt_not_enforced, permissions_without_http, intention_source_unknown)
