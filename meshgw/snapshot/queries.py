"""What a prepared query finds, as far as the tree says (envoy-sidecar.md 4.5, 5.2).

Which instances count, and when other datacenters are asked, follows the page "Prepared Query HTTP
Endpoint" of Consul's documentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from meshgw.loading.model import LoadedQuery
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Instance, Key, Mesh
from meshgw.resolve.proxy import EffectiveUpstream
from meshgw.snapshot.instances import connect_endpoints
from meshgw.snapshot.model import QueryUpstream
from meshgw.snapshot.names import upstream_id
from meshgw.snapshot.pools import endpoint


def query_upstream(mesh: Mesh, home: Datacenter, caller: Key, upstream: EffectiveUpstream) -> QueryUpstream:
    """A prepared-query upstream with what its query finds; `known` is false when there is no such query."""
    registered = upstream.upstream
    datacenter = registered.datacenter or home.name
    query = named_query(mesh, datacenter, registered.destination_name)
    found = tuple(_found(mesh, datacenter, query.value)) if query is not None else ()
    return QueryUpstream(
        envoy_id=upstream_id(registered),
        name=registered.destination_name,
        datacenter=datacenter,
        settings=upstream,
        endpoints=tuple(endpoint(instance, caller) for instance in found),
        known=query is not None,
    )


def named_query(mesh: Mesh, datacenter: str, name: str) -> LoadedQuery | None:
    """The query of a name, else the template whose name is its longest prefix."""
    best: LoadedQuery | None = None
    for query in mesh.queries:
        own = _text(_get(query.value, "Name"))
        if query.datacenter != datacenter:
            continue
        if own == name and not _is_template(query.value):
            return query
        fits = _is_template(query.value) and name.startswith(own)
        if fits and (best is None or len(own) > len(_text(_get(best.value, "Name")))):
            best = query
    return best


def _is_template(query: Mapping[str, Any]) -> bool:
    return _text(_get(_get(query, "Template"), "Type")) == "name_prefix_match"


def _found(mesh: Mesh, datacenter: str, query: Mapping[str, Any]) -> Iterable[Instance]:
    """The instances of the own datacenter; without any, those of the first other one that has some."""
    service = _get(query, "Service")
    places = (datacenter, *_failover(_get(service, "Failover")))
    for place in places:
        instances = list(_matching(mesh, place, service))
        if instances:
            return instances
    return ()


def _failover(failover: Any) -> Iterator[str]:
    """The datacenters to try after the own one; those that are nearest are not known offline."""
    for name in _list(_get(failover, "Datacenters")):
        yield _text(name)
    for target in _list(_get(failover, "Targets")):
        name = _text(_get(target, "Datacenter"))
        if name:
            yield name


def _matching(mesh: Mesh, datacenter: str, service: Any) -> Iterator[Instance]:
    key = ServiceKey(
        _text(_get(service, "Partition")) or "default",
        _text(_get(service, "Namespace")) or "default",
        _text(_get(service, "Service")),
    )
    only_passing = _get(service, "OnlyPassing") is True
    for instance in connect_endpoints(mesh, datacenter, key):
        bad = ("critical",) if not only_passing else ("critical", "warning")
        if not any(status in bad for status in instance.statuses) and _fits(instance, service):
            yield instance


def _fits(instance: Instance, service: Any) -> bool:
    """Tags that it must or (`!tag`) must not have, and metadata of its own and of its node."""
    tags = {tag.lower() for tag in instance.service.tags}
    for tag in _list(_get(service, "Tags")):
        wanted = _text(tag).lower()
        if (wanted.removeprefix("!") in tags) == wanted.startswith("!"):
            return False
    own = _has(instance.service.meta, _get(service, "ServiceMeta"))
    return own and _has(instance.node.meta, _get(service, "NodeMeta"))


def _has(meta: Mapping[str, str], wanted: Any) -> bool:
    return not isinstance(wanted, Mapping) or all(meta.get(key) == value for key, value in wanted.items())


def _get(value: Any, key: str) -> Any:
    """A field of a JSON body, whose keys may be spelled in any case."""
    if not isinstance(value, Mapping):
        return None
    if key in value:
        return value[key]
    return next((value[name] for name in sorted(value) if name.lower() == key.lower()), None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
