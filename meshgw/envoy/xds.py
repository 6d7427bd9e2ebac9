"""The target `xds`: exactly what Consul serves, as files to read and to compare."""

from __future__ import annotations

from meshgw.envoy.resources import TYPE_URLS, Body, Resources
from meshgw.envoy.standalone import Target


def xds_config(bootstrap: Body, resources: Resources) -> Target:
    """`bootstrap.json`, and each type of resource as name → resource in a file of its own.

    Placeholders stay where Consul's CA would put certificates, so nothing is needed beside these files.
    """
    files = {"bootstrap.json": dict(bootstrap)}
    return Target(files=files | {f"{kind}.json": dict(resources.of_type(kind)) for kind in TYPE_URLS})
