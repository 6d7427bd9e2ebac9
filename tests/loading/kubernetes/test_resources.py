"""Config entries as Kubernetes resources (config-entries.md 1.16, 5.5)."""

import json
from dataclasses import dataclass

import pytest

from meshgw.diagnostics.model import Severity
from meshgw.loading.kubernetes import judge_resources, judge_together, read_resource, resources_in
from meshgw.loading.texts import judge_entry_text
from meshgw.profile import Profile
from meshgw.source.json import read_json
from meshgw.source.yaml import read_yaml


@dataclass
class Mapping:
    """A setting of the operator."""

    mirroring: bool = True
    partition: str = ""
    prefix: str = "k8s-"

    def namespace(self, kubernetes_namespace):
        return self.prefix + kubernetes_namespace if self.mirroring else "shared"


def resource(kind, spec="{}", name=None, namespace="ns", version="v1alpha1"):
    name = name or {"ProxyDefaults": "global", "Mesh": "mesh", "ExportedServices": "default"}.get(kind, "web")
    return (
        f"apiVersion: consul.hashicorp.com/{version}\nkind: {kind}\n"
        f"metadata: {{ name: {name}, namespace: {namespace} }}\nspec: {spec}\n"
    )


def judged(text, edition="community", mapping=None, **options):
    (document,) = read_yaml(text, "x.yaml")
    assert document.fault is None
    return read_resource(document, (), Profile(edition=edition), mapping or Mapping(), **options)


def found(text, edition="community", mapping=None, **options):
    return [one.rule for one in judged(text, edition, mapping, **options).diagnostics]


SOURCE = "sources: [{ name: a, action: allow }]"
HTTP = "routes: [{ match: { http: { %s } } }]"
ACTION = "destination: { name: web }, sources: [{ name: api, permissions: [%s] }]"

# Kind, spec, whether Kubernetes takes it, whether Consul takes what it sends on, the rules found.
TABLE = [
    ("E637", "ServiceDefaults", "{ protocol: http }", True, []),
    ("E638", "ServiceDefaults", "{ protocol: HTTP }", False, ["kubernetes-protocol"]),
    ("E639", "ServiceDefaults", "{ Protocol: http }", True, ["kubernetes-key-pruned"]),
    ("E640", "ServiceDefaults", "{ mode: transparent }", False, ["kubernetes-proxy-mode"]),
    ("E641", "ServiceDefaults", "{ meshGateway: { mode: bogus } }", False, ["kubernetes-mesh-gateway-mode"]),
    ("E643", "ServiceDefaults", "{ maxInboundConnections: -1 }", False, ["kubernetes-negative-limit"]),
    ("E644", "ServiceDefaults", '{ maxInboundConnections: "5" }', False, ["kubernetes-wrong-type"]),
    (
        "E645",
        "ServiceDefaults",
        "{ upstreamConfig: { defaults: { peer: p } } }",
        False,
        ["kubernetes-upstream-defaults-named"],
    ),
    ("E647", "Mesh", "{}", True, []),
    ("E650", "ServiceSplitter", "{ splits: [{ weight: 99.996 }] }", False, ["kubernetes-split-weights"]),
    (
        "E651",
        "ServiceRouter",
        "{ routes: [{ destination: { requestTimeout: 5 } }] }",
        False,
        ["kubernetes-wrong-type"],
    ),
    (
        "E656",
        "IngressGateway",
        "{ listeners: [{ port: 80, services: [{ name: a }] }] }",
        False,
        ["kubernetes-listener-protocol"],
    ),
    (
        "E657",
        "IngressGateway",
        '{ listeners: [{ port: 80, protocol: grpc, services: [{ name: "*" }] }] }',
        False,
        ["kubernetes-wildcard-listener"],
    ),
    ("E660", "ExportedServices", "{ services: [] }", False, ["kubernetes-exports-nothing"]),
    (
        "E661",
        "ExportedServices",
        "{ services: [{ name: web, consumers: [{}] }] }",
        False,
        ["kubernetes-consumer-empty"],
    ),
    (
        "E662",
        "JWTProvider",
        '{ jsonWebKeySet: { remote: { uri: "http://x", jwksCluster: {} } } }',
        False,
        ["kubernetes-jwks-discovery-type"],
    ),
    ("E663", "ApiGateway", "{}", False, ["kubernetes-kind-unknown"]),
    ("E665", "RateLimit", "{}", False, ["kubernetes-kind-unknown"]),
    ("K8-01", "ProxyDefaults", "{}", True, []),
    ("K8-02", "ServiceRouter", "[]", False, ["kubernetes-wrong-type"]),
    (
        "K8-02",
        "ServiceRouter",
        "{ routes: [{ destination: { numRetries: 4294967296 } }] }",
        False,
        ["kubernetes-wrong-type"],
    ),
    (
        "K8-02",
        "ServiceRouter",
        "{ routes: [{ destination: { numRetries: 1.5 } }] }",
        False,
        ["kubernetes-wrong-type"],
    ),
    ("K8-02", "ServiceResolver", "{ connectTimeout: 5 s }", False, ["kubernetes-wrong-type"]),
    ("K8-02", "ServiceResolver", "{ connectTimeout: 5s }", True, []),
    ("K8-02", "ServiceDefaults", "{ protocol: null }", True, []),
    ("K8-02", "ServiceRouter", "{ routes: { } }", False, ["kubernetes-wrong-type"]),
    (
        "K8-02",
        "ServiceRouter",
        "{ " + HTTP % "header: [{ present: true }]" + " }",
        False,
        ["kubernetes-required-key-missing"],
    ),
    (
        "K8-09",
        "ServiceDefaults",
        "{ transparentProxy: { outboundListenerPort: 1 } }",
        False,
        ["kubernetes-outbound-listener-port"],
    ),
    ("K8-09", "ServiceDefaults", "{ transparentProxy: { dialedDirectly: true } }", True, []),
    ("K8-09", "ProxyDefaults", "{ mode: direct }", False, ["kubernetes-proxy-mode"]),
    ("K8-10", "ProxyDefaults", "{ meshGateway: { mode: Local } }", False, ["kubernetes-mesh-gateway-mode"]),
    (
        "K8-10",
        "ServiceDefaults",
        "{ upstreamConfig: { overrides: [{ name: a, meshGateway: { mode: x } }] } }",
        False,
        ["kubernetes-mesh-gateway-mode"],
    ),
    (
        "K8-10",
        "ServiceDefaults",
        "{ upstreamConfig: { defaults: { meshGateway: { mode: x } } } }",
        False,
        ["kubernetes-mesh-gateway-mode"],
    ),
    ("K8-12", "ServiceDefaults", '{ protocol: "" }', True, []),
    (
        "K8-15",
        "ServiceDefaults",
        "{ envoyExtensions: [{ name: builtin/lua, arguments: 5 }] }",
        False,
        ["kubernetes-wrong-type"],
    ),
    (
        "K8-18",
        "ServiceSplitter",
        "{ splits: [{ weight: 100, partition: p }] }",
        False,
        ["kubernetes-tenancy-disabled"],
    ),
    (
        "K8-18",
        "ExportedServices",
        "{ services: [{ name: a, namespace: apps, consumers: [{ peer: p }] }] }",
        False,
        ["kubernetes-tenancy-disabled"],
    ),
    ("K8-19", "ServiceSplitter", "{ splits: [{ weight: 0 }, { weight: 100, service: b }] }", True, []),
    (
        "K8-19",
        "ServiceSplitter",
        "{ splits: [{ weight: 0.001 }, { weight: 99.999, service: b }] }",
        False,
        ["kubernetes-split-weight-range"],
    ),
    ("K8-21", "IngressGateway", "{ tls: {} }", False, ["kubernetes-required-key-missing"]),
    ("K8-21", "IngressGateway", "{ defaults: { maxPendingRequests: 0 } }", False, ["kubernetes-limit-zero"]),
    (
        "K8-25",
        "JWTProvider",
        "{ jsonWebKeySet: { local: { filename: x } }, locations: [null] }",
        False,
        ["kubernetes-location-null"],
    ),
    ("K8-28", "ProxyDefaults", "{ config: [] }", False, ["kubernetes-wrong-type"]),
    ("K8-28", "ProxyDefaults", "{ config: { a: 1, b: [{ c: d }] } }", True, []),
]


@pytest.mark.parametrize(("_id", "kind", "spec", "admitted", "expected"), TABLE)
def test_kubernetes(_id, kind, spec, admitted, expected):
    one = judged(resource(kind, spec))
    assert [diagnostic.rule for diagnostic in one.diagnostics] == expected
    assert one.admitted == admitted == one.accepted


@pytest.mark.parametrize(
    ("_id", "text", "first"),
    [
        (
            "E642",
            resource("ServiceDefaults", "{ expose: { paths: [{ path: x }] } }"),
            "kubernetes-expose-path",
        ),
        ("E646", resource("ProxyDefaults", name="defaults"), "kubernetes-proxy-defaults-not-global"),
        ("E648", resource("Mesh", name="global"), "kubernetes-mesh-misnamed"),
        (
            "E649",
            resource("ServiceSplitter", "{ splits: [{ weight: 150 }, { weight: -50, service: b }] }"),
            "kubernetes-split-weight-range",
        ),
        (
            "E654",
            resource(
                "ServiceIntentions", "{ " + ACTION % "{ action: allow, http: { methods: [get] } }" + " }"
            ),
            "kubernetes-method-lower-case",
        ),
        (
            "E658",
            resource("TerminatingGateway", "{ services: [{ name: a, caFile: c, keyFile: k }] }"),
            "kubernetes-key-pair-incomplete",
        ),
        ("E666", resource("ServiceDefaults", version="v1"), "kubernetes-api-version-unknown"),
        ("K8-01", resource("ServiceDefaults", name="Web"), "kubernetes-name-malformed"),
        ("K8-01", resource("ServiceDefaults", name="5"), "kubernetes-name-malformed"),
    ],
)
def test_refused_by_kubernetes(_id, text, first):
    one = judged(text)
    assert not one.admitted
    assert one.diagnostics[0].rule == first
    assert one.diagnostics[0].note.startswith("Kubernetes: ")


@pytest.mark.parametrize(
    ("_id", "kind", "spec", "expected"),
    [
        ("E653", "ServiceResolver", '{ failover: { "*": { policy: { regions: [r] } } } }', "failover-empty"),
        ("E655", "ServiceIntentions", "{ " + ACTION % "{ action: allow }" + " }", "permission-empty"),
        ("E659", "TerminatingGateway", "{ services: [{ name: a, certFile: c, keyFile: k }] }", None),
        ("E664", "ServiceRouter", "{ " + HTTP % "header: [{ name: x }]" + " }", None),
    ],
)
def test_taken_by_kubernetes_and_refused_by_consul(_id, kind, spec, expected):
    one = judged(resource(kind, spec), "enterprise" if _id == "E653" else "community")
    assert one.admitted
    assert not one.accepted
    refused = [diagnostic for diagnostic in one.diagnostics if diagnostic.refused]
    assert all(diagnostic.note.startswith("Consul: ") for diagnostic in refused)
    if expected == "failover-empty":
        assert expected in [diagnostic.rule for diagnostic in refused]


def test_methods_of_a_router_are_not_looked_at():  # E652
    one = judged(resource("ServiceRouter", "{ " + HTTP % "methods: [get]" + " }"))
    assert one.accepted
    assert one.entry.routes[0].match.http.methods == ("GET",)


def test_what_admission_said_is_not_said_again():
    text = resource("ServiceSplitter", "{ splits: [{ weight: 90 }] }")
    assert found(text) == ["kubernetes-split-weights"]


def test_pruned_keys_are_errors_when_strict():
    (diagnostic,) = judged(resource("ServiceDefaults", "{ externalSni: x }"), strict=True).diagnostics
    assert diagnostic.severity is Severity.ERROR
    assert diagnostic.refused
    assert diagnostic.help == "write `externalSNI`"
    assert diagnostic.location.document.text[diagnostic.location.span.start :].startswith("externalSni")


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        (resource("ServiceDefaults") + "sepc: {}\n", "sepc"),
        (
            resource("ServiceIntentions", "{ destination: { name: web, partition: p }, " + SOURCE + " }"),
            "destination.partition",
        ),
        (resource("ServiceRouter", "{ routes: [{ Match: {} }] }"), "Routes[0].Match"),
    ],
)
def test_pruned_keys_at_every_depth(text, printed):
    pruned = [one for one in judged(text).diagnostics if one.rule == "kubernetes-key-pruned"]
    assert [one.message.split("`")[1].lower() for one in pruned] == [printed.lower()]
    assert pruned[0].severity is Severity.WARNING


@pytest.mark.parametrize(
    ("kind", "spec", "name", "namespace"),
    [
        ("ServiceDefaults", "{}", "web", "k8s-ns"),
        ("ServiceIntentions", "{ destination: { name: db }, " + SOURCE + " }", "db", "k8s-ns"),
        ("ServiceIntentions", "{ destination: { name: db, namespace: apps }, " + SOURCE + " }", "db", "apps"),
        ("TerminatingGateway", "{}", "web", "k8s-ns"),
        ("TerminatingGateway", "{ deployment: { gatewayName: tg } }", "tg", "k8s-ns"),
        ("TerminatingGateway", "{ deployment: { gatewayName: tg, consulNamespace: apps } }", "tg", "apps"),
        ("ProxyDefaults", "{}", "global", "default"),
        ("Mesh", "{}", "mesh", "default"),
        ("ExportedServices", "{ services: [{ name: a, consumers: [{ peer: p }] }] }", "default", "default"),
        ("JWTProvider", "{ jsonWebKeySet: { local: { filename: x } } }", "web", "default"),
    ],
)
def test_names_and_namespaces_in_enterprise(kind, spec, name, namespace):
    one = judged(resource(kind, spec), "enterprise")
    assert one.accepted, one.diagnostics
    assert (one.entry.name, one.entry.namespace, one.entry.partition) == (name, namespace, "default")


def test_without_mirroring_all_live_in_one_namespace():
    one = judged(resource("ServiceDefaults"), "enterprise", Mapping(mirroring=False, partition="p"))
    assert (one.entry.namespace, one.entry.partition) == ("shared", "p")


def test_community_has_one_namespace():
    assert judged(resource("ServiceDefaults")).entry.namespace == "default"


def test_the_exports_are_named_after_the_partition():  # K8-06
    spec = "{ services: [{ name: a, consumers: [{ peer: p }] }] }"
    assert found(resource("ExportedServices", spec), "enterprise", Mapping(partition="p")) == [
        "kubernetes-exported-services-misnamed"
    ]
    assert found(resource("ExportedServices", spec, name="p"), "enterprise", Mapping(partition="p")) == []


def test_what_the_operator_fills_in():
    spec = "{ upstreamConfig: { defaults: { passiveHealthCheck: { interval: 1s } } } }"
    entry = judged(resource("ServiceDefaults", spec), datacenter="dc7").entry
    assert entry.upstream_config.defaults.passive_health_check.base_ejection_time == 30_000_000_000
    assert entry.meta == {"external-source": "kubernetes", "consul.hashicorp.com/source-datacenter": "dc7"}
    route = "{ routes: [{ destination: { service: a } }] }"
    routed = judged(resource("ServiceRouter", route), "enterprise").entry
    assert routed.routes[0].destination.namespace == "k8s-ns"


def test_findings_are_shown_where_they_are_written():
    text = resource("ServiceSplitter", "{ splits: [{ weight: 150 }] }")
    (first, *_) = judged(text).diagnostics
    span = first.location.span
    assert text[span.start : span.end] == "150"


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\n",
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: web }\n",
        "apiVersion: consul.hashicorp.com.evil/v1\nkind: Mesh\nmetadata: { name: web }\n",
        "apiVersion: [consul.hashicorp.com/v1alpha1]\n",
        "- 1\n",
        "just text\n",
    ],
)
def test_other_resources_are_ignored(text):
    assert judged(text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (resource("PeeringAcceptor"), "no config entry"),
        (resource("ServiceDefaults", '{ protocol: "{{ .Values.protocol }}" }'), "Helm"),
    ],
)
def test_skipped_and_said(text, why):
    one = judged(text)
    assert why in one.skipped
    assert (one.entry, one.diagnostics) == (None, ())
    assert judge_resources(read_yaml(text, "x.yaml")[0], Profile(), Mapping()) == ()


def test_lists_hold_resources():
    consul = {"apiVersion": "consul.hashicorp.com/v1alpha1"}
    defaults = {**consul, "kind": "ServiceDefaults", "metadata": {"name": "a"}, "spec": {"protocol": "X"}}
    mesh = {**consul, "kind": "Mesh", "metadata": {"name": "mesh"}}
    inner = {"kind": "List", "items": [mesh]}
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [defaults, {"a": 1}, inner, 5]})
    document = read_json(text, "x.json")
    assert resources_in(document) == (("items", 0), ("items", 1), ("items", 2, "items", 0))
    one, other = judge_resources(document, Profile(), Mapping())
    assert [diagnostic.rule for diagnostic in one.diagnostics] == ["kubernetes-protocol"]
    assert other.accepted
    assert other.entry.kind == "mesh"


def test_a_text_of_several_documents():
    text = (
        resource("ServiceDefaults", "{ protocol: http }")
        + "---\n"
        + resource("Mesh", name="m")
        + "---\na: [\n"
    )
    judgement = judge_entry_text(text, "x.yaml", Profile(entry_path="crd"))
    assert [entry.kind for entry in judgement.entries] == ["service-defaults", "mesh"]
    assert [one.rule for one in judgement.diagnostics] == ["kubernetes-mesh-misnamed", "syntax"]
    assert judge_entry_text(resource("Mesh"), "x.yaml", Profile(entry_path="crd")).accepted


def test_deep_lists_end():
    value = '{"kind": "List", "items": [' * 90 + "]}" * 90
    assert resources_in(read_json(value, "x.json")) == ()


INTENTIONS = "{ destination: { name: web%s }, " + SOURCE + " }"
EXPORTS = "{ services: [{ name: a, consumers: [{ peer: p }] }] }"


@pytest.mark.parametrize(
    ("_id", "texts", "edition", "mirroring", "expected"),
    [
        (
            "K8-03",
            [resource("ServiceDefaults"), resource("ServiceDefaults", namespace="b")],
            "community",
            True,
            ["kubernetes-name-in-two-namespaces"],
        ),
        (
            "K8-03",
            [resource("ServiceDefaults"), resource("ServiceDefaults", namespace="b")],
            "enterprise",
            True,
            [],
        ),
        (
            "K8-03",
            [resource("ServiceDefaults"), resource("ServiceDefaults", namespace="b")],
            "enterprise",
            False,
            ["kubernetes-name-in-two-namespaces"],
        ),
        (
            "K8-03",
            [resource("ServiceDefaults"), resource("ServiceRouter", namespace="b")],
            "community",
            True,
            [],
        ),
        ("K8-03", [resource("ServiceDefaults"), resource("ServiceDefaults")], "community", True, []),
        (
            "K8-04",
            [resource("ProxyDefaults"), resource("ProxyDefaults", namespace="b")],
            "enterprise",
            True,
            ["kubernetes-second-proxy-defaults"],
        ),
        (
            "K8-05",
            [resource("Mesh"), resource("Mesh", namespace="b")],
            "community",
            True,
            ["kubernetes-second-mesh"],
        ),
        (
            "K8-06",
            [resource("ExportedServices", EXPORTS), resource("ExportedServices", EXPORTS, namespace="b")],
            "community",
            True,
            ["kubernetes-second-exported-services"],
        ),
        (
            "K8-08",
            [
                resource("ServiceIntentions", INTENTIONS % ""),
                resource("ServiceIntentions", INTENTIONS % "", "b"),
            ],
            "community",
            True,
            ["kubernetes-destination-twice"],
        ),
        (
            "K8-08",
            [
                resource("ServiceIntentions", INTENTIONS % ""),
                resource("ServiceIntentions", INTENTIONS % "", "b", "n"),
            ],
            "enterprise",
            True,
            [],
        ),
        (
            "K8-08",
            [
                resource("ServiceIntentions", INTENTIONS % ", namespace: x"),
                resource("ServiceIntentions", INTENTIONS % ", namespace: x", "b", "n"),
            ],
            "enterprise",
            True,
            ["kubernetes-destination-twice"],
        ),
    ],
)
def test_side_by_side(_id, texts, edition, mirroring, expected):
    mapping = Mapping(mirroring=mirroring)
    resources = [judged(text, edition, mapping).resource for text in texts]
    together = judge_together(resources, Profile(edition=edition), mapping)
    assert [one.rule for one in together] == expected
    assert all(len(one.related) == 1 for one in together)
