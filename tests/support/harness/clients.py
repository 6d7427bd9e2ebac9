"""Clients that say what came back, and from which address they called, so that the call can be followed."""

import http.client
import json
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.ca import CertificateAuthority

SECONDS = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Tls:
    """How to speak TLS. `certificate` is a folder with `cert.pem` and `key.pem`; None presents nothing.

    `checks_name` is for clients outside the mesh: to them the SNI is the server's host name.
    """

    sni: str
    trust: CertificateAuthority
    certificate: Path | None = None
    alpn: tuple[str, ...] = ()
    checks_name: bool = False

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = self.checks_name  # in the mesh identities are SPIFFE ids
        context.load_verify_locations(cadata=self.trust.root_pem)
        if self.certificate:
            context.load_cert_chain(self.certificate / "cert.pem", self.certificate / "key.pem")
        if self.alpn:
            context.set_alpn_protocols(list(self.alpn))
        return context


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came of a call.

    `refused` says why it was closed after the connection was made. If nobody listens at all, no answer is
    returned but ConnectionRefusedError raised: then it is the test's own set-up that is wrong.
    """

    client: str
    server: str
    data: bytes = b""
    refused: str = ""
    server_id: str = ""  # SPIFFE id, with TLS


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpAnswer(Answer):
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.data)


def send(address: str, port: int, line: bytes, tls: Tls | None = None) -> Answer:
    """Send one line over TCP and wait for one line."""
    with socket.create_connection((address, port), timeout=SECONDS) as plain:
        client, server = _address(plain.getsockname()), _address(plain.getpeername())
        try:
            with _secured(plain, tls) as connection:
                connection.sendall(line + b"\n")
                with connection.makefile("rb") as answers:
                    data = answers.readline().rstrip(b"\n")
                server_id = _spiffe_id(connection)
        except (ssl.SSLError, ConnectionError) as fault:
            return Answer(client=client, server=server, refused=str(fault) or "closed")
        return Answer(
            client=client, server=server, data=data, server_id=server_id, refused="" if data else "closed"
        )


def request(
    address: str,
    port: int,
    path: str = "/",
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    tls: Tls | None = None,
) -> HttpAnswer:
    """One HTTP/1.1 request on a connection of its own."""
    with socket.create_connection((address, port), timeout=SECONDS) as plain:
        client, server = _address(plain.getsockname()), _address(plain.getpeername())
        try:
            with _secured(plain, tls) as connection:
                exchange = http.client.HTTPConnection(address, port, timeout=SECONDS)
                exchange.sock = connection
                exchange.request(method, path, headers=headers or {})
                response = exchange.getresponse()
                data = response.read()
                server_id = _spiffe_id(connection)
        except (ssl.SSLError, ConnectionError, http.client.BadStatusLine) as fault:
            return HttpAnswer(client=client, server=server, refused=str(fault) or "closed")
        received = {key.lower(): value for key, value in response.getheaders()}
        return HttpAnswer(
            client=client,
            server=server,
            data=data,
            server_id=server_id,
            status=response.status,
            headers=received,
        )


def _secured(plain: socket.socket, tls: Tls | None) -> socket.socket:
    return tls.context().wrap_socket(plain, server_hostname=tls.sni) if tls else plain


def _spiffe_id(connection: socket.socket) -> str:
    if not isinstance(connection, ssl.SSLSocket):
        return ""
    names: Any = (connection.getpeercert() or {}).get("subjectAltName", ())
    return next((name for kind, name in names if kind == "URI"), "")


def _address(host_and_port: tuple[str, int]) -> str:
    host, port = host_and_port
    return f"{host}:{port}"
