"""The address of xDS and the TLS to it (envoy-bootstrap.md 5)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from meshgw.diagnostics.model import Severity
from meshgw.envoy.bootstrap_address import HostPort, resolved, socket_address, split_host_port
from meshgw.envoy.bootstrap_input import Agent, BootstrapInput, BootstrapOptions
from meshgw.envoy.faults import RenderFault
from meshgw.envoy.standalone import AGENT

_LARGEST_CA = 10_000_000  # bytes; all roots of a system are a fiftieth of it


def read_agent_ca(options: BootstrapOptions, agent: Agent) -> tuple[str, tuple[RenderFault, ...]]:
    """The CA text for xDS from the files that the options name.

    Those named for gRPC are read even when TLS is off, those named for HTTP only when it is on.
    """
    tls = _tls(options.grpc_addr or _advertised(agent)[0], options)
    if file := options.grpc_ca_file or (options.ca_file if tls else ""):
        return _read([Path(file)], "--grpc-ca-file" if options.grpc_ca_file else "--ca-file")
    if folder := options.grpc_ca_path or (options.ca_path if tls else ""):
        option = "--grpc-ca-path" if options.grpc_ca_path else "--ca-path"
        if not Path(folder).is_dir():
            return _read([Path(folder)], option)
        files = [Path(place) / name for place, _, names in os.walk(folder) for name in names]
        regular = [path for path in sorted(files) if path.is_file()]
        if not regular:
            return "", (_bad_ca(option, f"`{folder}` holds no file"),)
        return _read(regular, option)
    return "", ()


def local_agent(
    of: BootstrapInput,
) -> tuple[dict[str, Any] | None, dict[str, Any], tuple[RenderFault, ...]]:
    """The cluster `local_agent`, the values that a template calls `.Agent…`, and faults."""
    faults: list[RenderFault] = []
    text = of.options.grpc_addr
    if not text:
        text, assumed = _advertised(of.agent)
        faults += assumed
    tls = _tls(text, of.options)
    address, names, wrong = _address(text)
    if address is None:
        fault = RenderFault(rule="grpc-address-invalid", message=wrong, option="--grpc-addr")
        return None, {}, (*faults, fault)
    if tls and not of.ca_pem:
        faults.append(_no_ca(of.options))
    values = names | {"AgentTLS": tls, "AgentCAPEM": of.ca_pem.replace("\n", "\\n")}
    return _cluster(address, of.ca_pem if tls else ""), values, tuple(faults)


def _tls(address: str, options: BootstrapOptions) -> bool:
    if address.startswith("unix://"):
        return bool(options.grpc_ca_file or options.grpc_ca_path)
    return address.lower().startswith("https://")


def _advertised(agent: Agent) -> tuple[str, tuple[RenderFault, ...]]:
    host = "[::1]" if agent.dual_stack else "localhost"
    if agent.grpc_tls_port is not None and agent.grpc_tls_port > 0:
        return f"https://{host}:{agent.grpc_tls_port}", ()
    if agent.grpc_port is not None and agent.grpc_port > 0:
        return f"http://{host}:{agent.grpc_port}", ()
    known = agent.grpc_port is not None or agent.grpc_tls_port is not None
    why = "the agent serves no xDS" if known else "nothing says where the agent serves xDS"
    return f"{host}:8502", (
        RenderFault(
            rule="grpc-address-assumed",
            severity=Severity.WARNING if known else Severity.INFO,
            message=f"{why}; the bootstrap says `{host}:8502`",
            option="--grpc-addr",
        ),
    )


def _address(text: str) -> tuple[dict[str, Any] | None, dict[str, Any], str]:
    names = {"AgentAddress": "", "AgentPort": "", "AgentSocket": ""}
    if text.startswith("unix://"):
        path = text.removeprefix("unix://")
        return {"pipe": {"path": path}}, names | {"AgentSocket": path}, ""
    found = split_host_port(text.removeprefix("http://").removeprefix("https://"))
    if isinstance(found, str):
        return None, {}, found
    ip = resolved(found.host)
    if ip is None:
        return None, {}, f"`{found.host}` in `{text}` is no IP address, and names are not looked up here"
    return (
        socket_address(HostPort(ip, found.port)),
        names | {"AgentAddress": ip, "AgentPort": str(found.port)},
        "",
    )


def _cluster(address: dict[str, Any], ca_pem: str) -> dict[str, Any]:
    tls = {
        "name": "tls",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            "common_tls_context": {"validation_context": {"trusted_ca": {"inline_string": ca_pem}}},
        },
    }
    options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    return {
        "name": AGENT,
        "ignore_health_on_host_removal": False,
        "connect_timeout": "1s",
        "type": "STATIC",
        **({"transport_socket": tls} if ca_pem else {}),
        "typed_extension_protocol_options": {
            options: {
                "@type": f"type.googleapis.com/{options}",
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        },
        "loadAssignment": {
            "clusterName": AGENT,
            "endpoints": [{"lbEndpoints": [{"endpoint": {"address": address}}]}],
        },
    }


def _no_ca(options: BootstrapOptions) -> RenderFault:
    return RenderFault(
        rule="grpc-tls-without-ca",
        message="xDS uses TLS, but no CA is given",
        option="--grpc-ca-file",
        note="Envoy refuses an empty CA",
        help="name the CA with `--grpc-ca-file` or `--grpc-ca-path`"
        if options.grpc_addr
        else "name the CA with `--grpc-ca-file`, or a plain-text address with `--grpc-addr`",
    )


def _read(paths: list[Path], option: str) -> tuple[str, tuple[RenderFault, ...]]:
    texts = []
    for path in paths:
        try:
            with path.open("rb") as file:
                texts.append(file.read(_LARGEST_CA + 1).decode())
        except OSError as fault:
            return "", (_bad_ca(option, f"`{path}` cannot be read: {fault.strerror}"),)
        except UnicodeDecodeError:
            return "", (_bad_ca(option, f"`{path}` is no PEM file"),)
        if sum(map(len, texts)) > _LARGEST_CA:
            return "", (_bad_ca(option, f"`{path}` is too large for a CA"),)
    return "".join(texts), ()


def _bad_ca(option: str, message: str) -> RenderFault:
    return RenderFault(rule="grpc-ca-unreadable", message=message, option=option)
