"""Admission of ServiceDefaults and ProxyDefaults (K8-09 … K8-17)."""

from __future__ import annotations

from meshgw.diagnostics.rules import KUBERNETES, Report, rule
from meshgw.entries.base import Entry
from meshgw.entries.blocks import EnvoyExtension, ExposePath, MeshGatewayConfig, UpstreamConfig
from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.loading.kubernetes.identity import ON

_MODES = ("none", "local", "remote")
_PROTOCOLS = ("tcp", "http", "http2", "grpc")
_ANNOTATION = "set the annotation `consul.hashicorp.com/transparent-proxy` of the pods"


@rule("kubernetes-proxy-mode", on=ON, consul="use the annotation", stage=KUBERNETES)  # K8-09
def kubernetes_proxy_mode(entry: ServiceDefaults | ProxyDefaults, report: Report) -> None:
    """A proxy mode in ServiceDefaults or ProxyDefaults.

    On Kubernetes the pods' annotations say whether a proxy is transparent.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          mode: transparent

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          protocol: http
    """
    if entry.origin.has(("Mode",)):
        report("`mode` cannot be set here", at=("Mode",), part="key", help=_ANNOTATION)


@rule("kubernetes-outbound-listener-port", on=ON, consul="use the annotation", stage=KUBERNETES)  # K8-09
def kubernetes_outbound_listener_port(entry: ServiceDefaults | ProxyDefaults, report: Report) -> None:
    """A port of the transparent proxy in ServiceDefaults or ProxyDefaults.

    On Kubernetes the pods' annotations say it.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          transparentProxy: { outboundListenerPort: 15002 }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          transparentProxy: { dialedDirectly: true }
    """
    proxy = entry.transparent_proxy
    if proxy is not None and proxy.outbound_listener_port != 0:
        report(
            "`outboundListenerPort` cannot be set here",
            at=("TransparentProxy", "OutboundListenerPort"),
            help="set it with an annotation of the pods",
        )


@rule("kubernetes-mesh-gateway-mode", on=ON, consul="must be one of", stage=KUBERNETES)  # K8-10
def kubernetes_mesh_gateway_mode(gateway: MeshGatewayConfig, report: Report) -> None:
    """A mesh gateway mode that does not exist.

    Consul itself would take it for no mode at all.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          meshGateway: { mode: near }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          meshGateway: { mode: local }
    """
    if gateway.mode and gateway.mode not in _MODES:
        report(f"`{gateway.mode}` is no mesh gateway mode", at=("Mode",), help="one of: none, local, remote")


@rule("kubernetes-expose-path", on=ON, consul="must begin with a '/'", stage=KUBERNETES)  # K8-11
def kubernetes_expose_path(path: ExposePath, report: Report) -> None:
    """An exposed path that does not begin with `/`.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          expose: { paths: [{ listenerPort: 8000, localPathPort: 80, path: health }] }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          expose: { paths: [{ listenerPort: 8000, localPathPort: 80, path: /health }] }
    """
    if path.path and not path.path.startswith("/"):
        report(f"`{path.path}` does not begin with `/`", at=("Path",), help=f"write `/{path.path}`")


@rule("kubernetes-expose-protocol", on=ON, consul="must be one of", stage=KUBERNETES)  # K8-11
def kubernetes_expose_protocol(path: ExposePath, report: Report) -> None:
    """A protocol of an exposed path that is no `http` or `http2`.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          expose: { paths: [{ listenerPort: 8000, localPathPort: 80, path: /health, protocol: grpc }] }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          expose: { paths: [{ listenerPort: 8000, localPathPort: 80, path: /health, protocol: http2 }] }
    """
    if path.protocol not in ("", "http", "http2"):
        report(
            f"a path cannot be exposed by `{path.protocol}`", at=("Protocol",), help="write `http` or `http2`"
        )


@rule("kubernetes-protocol", on=ON, consul="must be one of", stage=KUBERNETES)  # K8-12
def kubernetes_protocol(entry: ServiceDefaults, report: Report) -> None:
    """A protocol of a service that does not exist, or is not in lower case.

    Consul itself makes it lower case first.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          protocol: HTTP

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          protocol: http
    """
    if entry.protocol and entry.protocol not in _PROTOCOLS:
        report(
            f"`{entry.protocol}` is no protocol",
            at=("Protocol",),
            help=f"one of: {', '.join(_PROTOCOLS)}, in lower case",
        )


@rule("kubernetes-negative-limit", on=ON, consul="must be > 0", stage=KUBERNETES)  # K8-13
def kubernetes_negative_limit(entry: ServiceDefaults, report: Report) -> None:
    """A negative limit of a service.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          maxInboundConnections: -1

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          maxInboundConnections: 100
    """
    for name in ("MaxInboundConnections", "LocalConnectTimeoutMs", "LocalRequestTimeoutMs"):
        value = getattr(entry, entry.attribute_of(name))
        if value < 0:
            report(f"{value} is negative", at=(name,))


@rule("kubernetes-upstream-defaults-named", on=ON, consul='must be ""', stage=KUBERNETES)  # K8-14
def kubernetes_upstream_defaults_named(upstream: UpstreamConfig, report: Report) -> None:
    """Defaults of upstreams that name one upstream.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          upstreamConfig: { defaults: { name: api, protocol: http } }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          upstreamConfig: { overrides: [{ name: api, protocol: http }] }
    """
    for name in ("Name", "Namespace", "Partition", "Peer"):
        if getattr(upstream, upstream.attribute_of(name)):
            report(
                f"the defaults of all upstreams set `{name.lower()}`",
                at=(name,),
                help="take it out, or make it one of the `overrides`",
            )


@rule(
    "kubernetes-upstream-peer-and-tenancy",
    on=ON,
    consul="and peer cannot be specified",
    stage=KUBERNETES,
    edition="enterprise",
)  # K8-14
def kubernetes_upstream_peer_and_tenancy(upstream: UpstreamConfig, report: Report) -> None:
    """An upstream with a peer beside a namespace or partition.

    A peer's service is named by the peer alone.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          upstreamConfig: { overrides: [{ name: api, peer: east, namespace: apps }] }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          upstreamConfig: { overrides: [{ name: api, peer: east }] }
    """
    for name in ("Namespace", "Partition"):
        if upstream.peer and getattr(upstream, upstream.attribute_of(name)):
            report(f"the upstream has a peer and a {name.lower()}", at=(name,), help="take one of them out")


@rule(
    "kubernetes-extension-without-arguments", on=ON, consul="arguments must be defined", stage=KUBERNETES
)  # K8-15
def kubernetes_extension_without_arguments(extension: EnvoyExtension, report: Report) -> None:
    """An Envoy extension without arguments.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          envoyExtensions: [{ name: builtin/lua }]

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ServiceDefaults
        metadata: { name: web }
        spec:
          envoyExtensions:
            - name: builtin/lua
              arguments: { proxyType: connect-proxy, listener: inbound, script: "-- nothing" }
    """
    if extension.arguments is None:
        report(f"the extension `{extension.name}` has no `arguments`", at=("Arguments",))


@rule("kubernetes-locality-mode", on=ON, consul="must be one of", stage=KUBERNETES)  # K8-17
def kubernetes_locality_mode(entry: Entry, report: Report) -> None:
    """A mode of locality that does not exist.

    Refused (enterprise):

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ProxyDefaults
        metadata: { name: global }
        spec:
          prioritizeByLocality: { mode: near }

    Accepted (enterprise):

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ProxyDefaults
        metadata: { name: global }
        spec:
          prioritizeByLocality: { mode: failover }
    """
    mode = _mode(entry, "PrioritizeByLocality")
    if mode not in ("", "none", "failover"):
        report(f"`{mode}` is no mode", at=("PrioritizeByLocality", "Mode"), help="write `none` or `failover`")


@rule("kubernetes-failover-mode", on=ON, consul="must be one of", stage=KUBERNETES)  # K8-17
def kubernetes_failover_mode(entry: Entry, report: Report) -> None:
    """A mode of failover that does not exist.

    Refused:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ProxyDefaults
        metadata: { name: global }
        spec:
          failoverPolicy: { mode: random }

    Accepted:

        apiVersion: consul.hashicorp.com/v1alpha1
        kind: ProxyDefaults
        metadata: { name: global }
        spec:
          failoverPolicy: { mode: sequential }
    """
    mode = _mode(entry, "FailoverPolicy")
    if mode not in _FAILOVER_MODES:
        report(
            f"`{mode}` is no mode of failover", at=("FailoverPolicy", "Mode"), help=_one_of(_FAILOVER_MODES)
        )


_FAILOVER_MODES = ("", "sequential", "order-by-locality")


def _one_of(words: tuple[str, ...]) -> str:
    return f"one of: {', '.join(filter(None, words))}"


def _mode(entry: Entry, field: str) -> str:
    """The mode of an optional object of the entry."""
    policy = getattr(entry, entry.attribute_of(field))
    return str(policy.mode) if policy is not None else ""
