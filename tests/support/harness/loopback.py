"""Addresses on loopback that no other test uses, and configurations moved onto them."""

import ipaddress
import random
import socket
from typing import Any, Self

# Below the ephemeral range, so that no client's port can take it by chance.
CLAIM_PORT = 19_999
SOCKET_ADDRESS_KEYS = ("socket_address", "socketAddress")


class Loopback:
    """One /24 of 127.0.0.0/8, claimed on this machine for as long as it is open.

    A rendered mesh has one address for each node, and a 127.0.0.1 that is private to each proxy, as in pods.
    Here every one of them becomes an address of its own, so that ports may repeat as they do in production.
    The claim is a bound socket: it also holds against other test runs, and it ends with this process.
    """

    def __init__(self) -> None:
        self._claim, self.network = _claim()
        self._hosts = self.network.hosts()
        next(self._hosts)  # the claim stands on the first one
        self._given: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._claim.close()

    def node(self, address: str) -> str:
        """Where the node lives that the configuration knows as `address`."""
        return self._address("node", address)

    def localhost(self, proxy: str) -> str:
        """What is 127.0.0.1 for this proxy and for the application beside it."""
        return self._address("localhost", proxy)

    def moved(self, config: Any, *, proxy: str, node: str = "") -> Any:
        """The same configuration with each socket address replaced; nothing else is touched.

        `node` is the address of the proxy's own node: listeners on 0.0.0.0 are bound there.
        """
        if isinstance(config, list):
            return [self.moved(item, proxy=proxy, node=node) for item in config]
        if not isinstance(config, dict):
            return config
        moved = {key: self.moved(value, proxy=proxy, node=node) for key, value in config.items()}
        for key in SOCKET_ADDRESS_KEYS:
            if key in moved:
                moved[key] = moved[key] | {"address": self._moved(moved[key]["address"], proxy, node)}
        return moved

    def _moved(self, address: str, proxy: str, node: str) -> str:
        if not _is_ip(address):
            return address
        if ipaddress.ip_address(address).is_loopback:
            return self.localhost(proxy)
        if not ipaddress.ip_address(address).is_unspecified:
            return self.node(address)
        if not node:
            raise AssertionError(
                f"`{proxy}` listens on {address}; the test has to name the address of its node"
            )
        return self.node(node)

    def _address(self, role: str, name: str) -> str:
        if (role, name) not in self._given:
            self._given[role, name] = str(next(self._hosts))
        return self._given[role, name]


def _claim() -> tuple[socket.socket, ipaddress.IPv4Network]:
    for _ in range(100):
        network = ipaddress.IPv4Network(f"127.{random.randint(64, 254)}.{random.randint(0, 255)}.0/24")
        claim = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            claim.bind((str(network[1]), CLAIM_PORT))
        except OSError:
            claim.close()
        else:
            return claim, network
    raise RuntimeError(f"no free /24 of 127.0.0.0/8: port {CLAIM_PORT} could be bound in none of 100")


def _is_ip(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True
