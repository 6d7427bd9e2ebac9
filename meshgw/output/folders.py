"""The folder of each proxy below the output folder."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from meshgw.envoy.file_names import distinct, escaped, file_names


class ProxyIdentity(NamedTuple):
    """What no two proxies of a tree share."""

    datacenter: str
    partition: str
    namespace: str
    node: str
    id: str


def folders(identities: Iterable[ProxyIdentity]) -> dict[ProxyIdentity, str]:
    """The folder of each proxy: `<datacenter>/<partition>/<proxy id>`, safe as a path.

    An id that several proxies of a partition share is followed by `@<namespace>.<node>`. The names depend
    on all proxies of a tree: give all, also those that are not written.
    """
    known = sorted(set(identities))
    shared = Counter((proxy.datacenter, proxy.partition, proxy.id) for proxy in known)
    places: dict[str, dict[str, list[ProxyIdentity]]] = defaultdict(lambda: defaultdict(list))
    for proxy in known:
        places[proxy.datacenter][proxy.partition].append(proxy)
    found = {}
    datacenter_names = file_names(places)
    for datacenter, partitions in places.items():
        partition_names = file_names(partitions)
        for partition, proxies in partitions.items():
            parent = f"{datacenter_names[datacenter]}/{partition_names[partition]}"
            wanted = {
                proxy: _proxy_name(proxy, shared=shared[datacenter, partition, proxy.id] > 1)
                for proxy in proxies
            }
            found.update({proxy: f"{parent}/{name}" for proxy, name in distinct(wanted).items()})
    return found


def _proxy_name(proxy: ProxyIdentity, *, shared: bool) -> str:
    if not shared:
        return escaped(proxy.id)
    # The namespace's end has to be found again: dots in it are escaped too.
    return f"{escaped(proxy.id)}@{escaped(proxy.namespace).replace('.', '%2E')}.{escaped(proxy.node)}"
