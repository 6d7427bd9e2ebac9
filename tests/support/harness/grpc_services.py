"""A gRPC service and its client: the HTTP/2 that the standard library does not speak."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import grpc

from harness.clients import SECONDS, Answer


@contextmanager
def grpc_server(name: str, address: str, port: int) -> Iterator[list[str]]:
    """Answers every method with the name of this server and the message. Gives the methods that arrived."""
    arrived: list[str] = []

    class AnyMethod(grpc.GenericRpcHandler):
        def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
            def answer(message: bytes, _: grpc.ServicerContext) -> bytes:
                arrived.append(details.method)
                return f"{name}: ".encode() + message

            return grpc.unary_unary_rpc_method_handler(answer)

    with ThreadPoolExecutor(max_workers=4) as workers:
        # Without SO_REUSEPORT a second server on the port fails instead of sharing it.
        server = grpc.server(workers, handlers=[AnyMethod()], options=[("grpc.so_reuseport", 0)])
        server.add_insecure_port(f"{address}:{port}")
        server.start()
        try:
            yield arrived
        finally:
            server.stop(grace=None).wait(SECONDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class GrpcAnswer(Answer):
    """The client address is not known: `Fleet.hops` takes the last call made to the server address."""

    status: grpc.StatusCode = grpc.StatusCode.OK


def call(address: str, port: int, message: bytes, *, method: str = "/test.Echo/Say") -> GrpcAnswer:
    """One unary call in plain text, on a channel of its own."""
    server = f"{address}:{port}"
    options = [("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(server, options=options) as channel:
        try:
            data = channel.unary_unary(method)(message, timeout=SECONDS)
        except grpc.RpcError as fault:
            return GrpcAnswer(
                client="", server=server, refused=fault.details() or "refused", status=fault.code()
            )
    return GrpcAnswer(client="", server=server, data=data)
