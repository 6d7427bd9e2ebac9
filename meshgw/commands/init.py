"""`meshgw init`: a commented project file for the tree that is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from meshgw.commands.console import OK, Console, UsageError
from meshgw.loading.find import PROJECT_NAMES, find_project, shown_path
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions
from meshgw.loading.project import ASSUMED_TRUST_DOMAIN, PROJECT_FILE
from meshgw.loading.survey import Survey, survey


def init(path: str, console: Console, *, force: bool = False) -> int:
    """Write the file, and say what it assumes. One that is there is only replaced with `force`."""
    from meshgw.commands.delivery import write_file
    from meshgw.output.visible import visible

    folder = Path(path)
    if not folder.is_dir():
        raise UsageError(f"`{path}` is no folder")
    there = next((folder / name for name in sorted(PROJECT_NAMES) if (folder / name).exists()), None)
    if there is not None and not force:
        raise UsageError(f"`{shown_path(there)}` is there already; --force replaces it")
    target = there or folder / PROJECT_FILE
    found = survey(load_tree((path,), LoadOptions(project={})), path)
    above = next((file for file in find_project((path,)) if file.parent != folder.absolute()), None)
    write_file(str(target), project_text(found))
    console.write(f"wrote {visible(shown_path(target))} for {found.inputs} inputs\n")
    for line in _assumptions(found):
        console.write(f"assumed: {visible(line)}\n")
    if above is not None:
        console.write(f"note: it stands in for {visible(shown_path(above))} here\n")
    return OK


def _assumptions(found: Survey) -> Iterator[str]:
    yield f"edition {found.edition}: {found.edition_reason}"
    if found.datacenters:
        yield f"datacenters {', '.join(found.datacenters)}: agent files name them"
    else:
        yield "datacenter dc1: no agent file names one"
    for rule in found.rules:
        yield f"{rule.path} means {rule.key} {rule.value}: {rule.why}"
    if not found.trust_domains:
        yield f"trust domain {ASSUMED_TRUST_DOMAIN}: no agent file has a `ca_config.cluster_id`"
    if found.acl_enabled is None:
        yield "ACLs as the edition has them: no agent file says whether they are on"


def project_text(found: Survey) -> str:
    """The file's content."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Survey) -> Iterator[str]:
    yield "# What the files of this tree do not say themselves. Everything is optional;"
    yield "# `meshgw schema project` is the whole schema."
    yield ""
    yield f"edition: {found.edition}  # {_comment(found.edition_reason)}; `auto` decides on every run"
    yield from _datacenter(found)
    yield from _trust_domain(found)
    yield from _acl(found)
    yield from _tenancy(found)
    yield ""
    yield "# Path patterns that are not read."
    yield '# ignore: ["vendor/**"]'
    yield ""
    yield "# Severity of single rules: off, info, warning or error. What Consul refuses stays an error."
    yield "# rules: { unused-export: off }"
    yield ""
    yield "# Accepted findings in JSON files; others say it in comments: `# meshgw: allow RULE, REASON`."
    yield '# allow: [{ rule: unused-export, path: "legacy/*.json", reason: "goes away in spring" }]'


def _datacenter(found: Survey) -> Iterator[str]:
    first = found.primary or next(iter(found.datacenters), "dc1")
    yield f"datacenter: {_quoted(first)}  # of files that do not say"
    if found.primary:
        yield f"primary_datacenter: {_quoted(found.primary)}"
    elif len(found.datacenters) > 1:
        names = ", ".join(map(_comment, found.datacenters))
        yield f"# primary_datacenter: {_quoted(first)}  # if {names} are federated"


def _trust_domain(found: Survey) -> Iterator[str]:
    yield ""
    yield "# The trust domain: the id of the cluster's CA, as `consul connect ca get-config` or the host part"
    yield "# of any SPIFFE id tells it."
    if len(found.trust_domains) == 1:
        yield f"# Agent files say: {_comment(found.trust_domains[0])}"
    else:
        yield f"# trust_domain: {ASSUMED_TRUST_DOMAIN}"


def _acl(found: Survey) -> Iterator[str]:
    yield ""
    yield "# ACLs decide what a missing export or intention means."
    if found.acl_enabled is None:
        yield "# acl: { enabled: true, default_policy: deny }"
    else:
        policy = found.acl_default_policy or "allow"
        on = str(found.acl_enabled).lower()
        yield f"acl: {{ enabled: {on}, default_policy: {policy} }}  # as agent files say"


def _tenancy(found: Survey) -> Iterator[str]:
    yield ""
    yield "# Where files belong that do not say it themselves; the first match wins, {name} captures."
    if not found.rules:
        yield '# tenancy: [{ path: "partitions/{partition}/**" }]'
        return
    yield "tenancy:"
    for rule in found.rules:
        value = "" if rule.value == f"{{{rule.key}}}" else f", {rule.key}: {_quoted(rule.value)}"
        yield f"  - {{ path: {_quoted(rule.path)}{value} }}  # {_comment(rule.why)}"


def _quoted(text: str) -> str:
    """A YAML scalar that is this text whatever stands in it; JSON's strings are YAML's."""
    import json

    return json.dumps(text)


def _comment(text: str) -> str:
    """Text in a comment: on one line."""
    from meshgw.output.visible import visible

    return visible(text)
