"""From the command line's words to the options of commands."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from meshgw.commands.console import UsageError
from meshgw.commands.delivery import format_choice
from meshgw.commands.explain import ExplainOptions
from meshgw.commands.render import RenderOptions
from meshgw.commands.validate import ValidateOptions
from meshgw.diagnostics.model import Severity
from meshgw.loading.options import LoadOptions


def load_options(given: Mapping[str, Any], paths: tuple[str, ...]) -> LoadOptions:
    """How the tree is read; standard input is read when a path is `-`."""
    return LoadOptions(
        edition=given["edition"],
        consul_version=given["consul_version"],
        entry_path=given.get("entry_path"),
        datacenter=given["datacenter"],
        partition=given["partition"],
        namespace=given["namespace"],
        project_file=given["project_file"],
        stdin=sys.stdin.buffer.read() if "-" in paths else b"",
        stdin_name=given.get("stdin_name", "<stdin>"),
    )


def validate_options(given: Mapping[str, Any]) -> ValidateOptions:
    paths = tuple(given["paths"]) or (".",)
    return ValidateOptions(
        paths=paths,
        load=load_options(given, paths),
        formats=tuple(format_choice(text) for text in given["formats"] or ("text",)),
        fail_on=None if given["fail_on"] == "never" else Severity[given["fail_on"].upper()],
        select=tuple(given["select"]),
        ignore=tuple(given["ignore"]),
        only=tuple(given["only"]),
        since=given["since"],
        baseline=given["baseline"],
        write_baseline=given["write_baseline"],
        sequence=given["sequence"],
        strict=given["strict"],
        quiet=given["quiet"],
        statistics=given["statistics"],
        watch=given["watch"],
    )


def explain_options(given: Mapping[str, Any]) -> ExplainOptions:
    words, file = split_file(tuple(given["names"]), tuple(given["paths"]))
    paths, names = split_names(words, tuple(given["paths"]))
    if len(names) > 2:
        raise UsageError("explain takes a service and one of its upstreams")
    if file is not None and (names or given["setting"] is not None):
        raise UsageError("explain takes a file of the tree alone, without names and settings")
    return ExplainOptions(
        paths=paths,
        load=load_options(given, paths),
        names=names,
        setting=given["setting"],
        file=file,
        format=given["format_"],
        strict=given["strict"],
    )


def split_file(words: tuple[str, ...], paths: tuple[str, ...]) -> tuple[tuple[str, ...], str | None]:
    """With -C, an argument that is a file of its own: what it affects is explained."""
    files = [word for word in words if Path(word).is_file()] if paths else []
    if len(files) > 1:
        raise UsageError("explain takes one file of the tree")
    return tuple(word for word in words if word not in files), files[0] if files else None


def render_options(given: Mapping[str, Any]) -> RenderOptions:
    paths, names = split_names(tuple(given["names"]), tuple(given["paths"]))
    return RenderOptions(
        paths=paths,
        load=load_options({**given, "datacenter": None, "partition": None, "namespace": None}, paths),
        names=names,
        output=given["output"],
        target=given["target"],
        check=given["check"],
        list=given["list_"],
        why=given["why"],
        validate=given["validate_"],
        envoy_binary=given["envoy_binary"],
        cert_dir=given["cert_dir"],
        datacenter=given["datacenter"],
        partition=given["partition"],
        namespace=given["namespace"],
        node=given["node"],
        strict=given["strict"],
        bootstrap={name: given[name] for name in _BOOTSTRAP if given.get(name)},
    )


_BOOTSTRAP = (
    "admin_bind",
    "admin_access_log_path",
    "grpc_addr",
    "grpc_ca_file",
    "grpc_ca_path",
    "ca_file",
    "ca_path",
    "prometheus_backend_port",
    "prometheus_scrape_path",
    "prometheus_ca_file",
    "prometheus_ca_path",
    "prometheus_cert_file",
    "prometheus_key_file",
    "envoy_ready_bind_address",
    "token_placeholder",
    "no_central_config",
    "omit_deprecated_tags",
    "envoy_ready_bind_port",
)
"""The options of `consul connect envoy` that `render` takes."""


def split_names(names: tuple[str, ...], paths: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Paths and names: an argument with a `/` that exists, or `.`, is taken for a path."""
    found = [name for name in names if name in (".", "-") or ("/" in name and Path(name).exists())]
    rest = tuple(name for name in names if name not in found)
    return (*paths, *found) or (".",), rest
