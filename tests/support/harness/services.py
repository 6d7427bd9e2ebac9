"""Applications behind the sidecars: each answers with its own name, so that a test sees where it arrived."""

import json
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

IDLE_SECONDS = 30  # no connection outlives a test that forgot it


@contextmanager
def echo_server(
    name: str, address: str, port: int, tls: ssl.SSLContext | None = None
) -> Iterator[list[bytes]]:
    """TCP: answers each line with the name of this server and the line. Gives the lines that arrived.

    With `tls` it speaks TLS itself, as services outside the mesh do.
    """
    arrived: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        timeout = IDLE_SECONDS

        def handle(self) -> None:
            for line in self.rfile:
                arrived.append(line.rstrip(b"\n"))
                self.wfile.write(f"{name}: ".encode() + line)

    with _Server((address, port), Handler) as server, _serving(server):
        server.tls = tls
        yield arrived


@contextmanager
def http_server(name: str, address: str, port: int) -> Iterator[list[str]]:
    """HTTP/1.1: answers what was asked of whom, as JSON. Gives the requests that arrived, as `GET /path`."""
    arrived: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = IDLE_SECONDS

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            arrived.append(f"{self.command} {self.path}")
            answer = {
                "service": name,
                "method": self.command,
                "path": self.path,
                "headers": {key.lower(): value for key, value in self.headers.items()},
            }
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - names that BaseHTTPRequestHandler calls

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the proxies' access logs are what a failure shows."""

    with _HttpServer((address, port), Handler) as server, _serving(server):
        yield arrived


class _Quiet:
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is the client's to report."""


class _Server(_Quiet, socketserver.ThreadingTCPServer):
    tls: ssl.SSLContext | None = None

    def get_request(self) -> tuple[socket.socket, Any]:
        plain, client = super().get_request()
        return (self.tls.wrap_socket(plain, server_side=True) if self.tls else plain), client


class _HttpServer(_Quiet, ThreadingHTTPServer):
    def server_bind(self) -> None:
        # Not HTTPServer's, which looks up the name of the address.
        socketserver.TCPServer.server_bind(self)


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
