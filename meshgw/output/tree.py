"""The folder that `render -o` fills: its index, writing it, and comparing with it (product.md 4)."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from meshgw.envoy.certificates import CertificateFile
from meshgw.output.atomic import write_text
from meshgw.output.folders import ProxyIdentity
from meshgw.output.visible import visible

INDEX: Final = "index.json"
_GENERATOR: Final = "meshgw"
_VERSION: Final = 1
_LONGEST_DIFF: Final = 100_000  # lines; comparing more takes minutes
_LARGEST_INDEX: Final = 200_000_000  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedProxy:
    """The files of one proxy by name, as data, and the certificates and other files that they need."""

    identity: ProxyIdentity
    kind: str
    files: Mapping[str, Any]
    certificates: tuple[CertificateFile, ...] = ()
    other_files: tuple[str, ...] = ()


class OutputError(Exception):
    """The output folder cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Written:
    """Paths below the output folder that were written anew or changed, and those that were removed."""

    changed: tuple[str, ...]
    removed: tuple[str, ...]


def rendered_tree(
    proxies: Iterable[RenderedProxy],
    names: Mapping[ProxyIdentity, str],
    *,
    target: str,
    cert_dir: str,
) -> dict[str, str]:
    """The files of an output folder, path → text: in the order in which they may be replaced, index last."""
    files: dict[str, str] = {}
    entries = []
    for proxy in sorted(proxies, key=lambda proxy: proxy.identity):
        folder = names[proxy.identity]
        files |= {f"{folder}/{name}": json_text(content) for name, content in proxy.files.items()}
        entries.append(_index_entry(proxy, folder))
    files[INDEX] = json_text(
        {
            "generator": _GENERATOR,
            "version": _VERSION,
            "target": target,
            "cert_dir": cert_dir,
            "proxies": entries,
        }
    )
    return files


def keep_others(out: Path, files: Mapping[str, str]) -> dict[str, str]:
    """The files of a run that wrote only some proxies: its index also lists the others of before.

    Others of another target, or for another certificate folder, are not kept. Raises `OutputError`.
    """
    earlier, index = _read_index(out), json.loads(files[INDEX])
    if any(earlier.get(key) != index[key] for key in ("target", "cert_dir")):
        return dict(files)
    mine = {proxy["folder"] for proxy in index["proxies"]}
    kept = [proxy for proxy in _entries(earlier) if proxy["folder"] not in mine]
    index["proxies"] = sorted([*index["proxies"], *kept], key=_sort_key)
    return {**files, INDEX: json_text(index)}


def write_tree(out: Path, files: Mapping[str, str]) -> Written:
    """Write the files of `rendered_tree`, and remove those of earlier runs that its index no longer lists.

    Only what an index of ours lists is removed. No symbolic link below the folder is followed. Raises
    `OutputError` and `OSError`.
    """
    stale = sorted(_listed(_read_index(out)) - set(files) - _listed(json.loads(files[INDEX])))
    for path in (*files, *stale):
        _safe(out, path)
    changed = [path for path, text in files.items() if write_text(out / path, text)]
    renamed = {path.lower(): path for path in files}
    gone = [path for path in stale if not _is_same(out, path, renamed.get(path.lower()))]
    return Written(tuple(changed), tuple(path for path in gone if _remove(out, path)))


def check_tree(out: Path, files: Mapping[str, str]) -> str:
    """What `write_tree` would change, as a unified diff; empty when nothing. Raises as it does."""
    stale = _listed(_read_index(out)) - set(files) - _listed(json.loads(files[INDEX]))
    return "".join(_diff(path, _content(out, path), files.get(path)) for path in sorted({*files, *stale}))


def json_text(content: Any) -> str:
    """Stable JSON: two spaces, keys as given, a line end. Half a surrogate pair becomes U+FFFD, as in Go."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    return re.sub("[\ud800-\udfff]", "\ufffd", text) + "\n"


def _index_entry(proxy: RenderedProxy, folder: str) -> dict[str, Any]:
    return {
        "folder": folder,
        **proxy.identity._asdict(),
        "kind": proxy.kind,
        "files": sorted(proxy.files),
        "certificates": [_index_file(file) for file in proxy.certificates],
        "other_files": list(proxy.other_files),
    }


def _index_file(file: CertificateFile) -> dict[str, Any]:
    return {
        "file": file.path,
        "kind": file.kind,
        "spiffe_ids": list(file.spiffe_ids),
        **({"dns_names": list(file.dns_names)} if file.dns_names else {}),
        **({"trust_domain": file.trust_domain} if file.trust_domain else {}),
    }


def _read_index(out: Path) -> Mapping[str, Any]:
    """The index of an earlier run; empty when there is none."""
    path = out / INDEX
    if path.is_symlink():
        raise OutputError(f"`{INDEX}` is a symbolic link")
    try:
        if path.stat().st_size > _LARGEST_INDEX:
            raise OutputError(f"`{INDEX}` is too large to be one of meshgw's")
        index = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError):
        index = None
    if not isinstance(index, dict) or index.get("generator") != _GENERATOR:
        raise OutputError(f"there is an `{INDEX}` that meshgw did not write; choose another folder")
    if index.get("version") != _VERSION:
        raise OutputError(f"`{INDEX}` is of another version of meshgw; remove the folder first")
    return index


def _entries(index: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The proxies of an index that are what we would write; it is a file, so anything may stand in it."""
    proxies = index.get("proxies")
    for proxy in proxies if isinstance(proxies, list) else ():
        match proxy:
            case {"folder": str(), "files": [*names]} if all(isinstance(name, str) for name in names):
                if all(isinstance(proxy.get(part), str) for part in ProxyIdentity._fields):
                    yield proxy


def _sort_key(proxy: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(proxy[part] for part in ProxyIdentity._fields)


def _listed(index: Mapping[str, Any]) -> set[str]:
    return {f"{proxy['folder']}/{name}" for proxy in _entries(index) for name in proxy["files"]}


def _safe(out: Path, path: str) -> None:
    """Refuse a path that leaves the folder, by its parts or through a symbolic link."""
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts) or set(path) & set("\0\\:"):
        raise OutputError(f"`{path}` is no path below the output folder")
    place = out
    for part in parts:
        place /= part
        if place.is_symlink():
            raise OutputError(f"`{place.relative_to(out).as_posix()}` is a symbolic link")


def _is_same(out: Path, stale: str, written: str | None) -> bool:
    """Whether a stale name is a new one in another case, on a disk that sees no difference."""
    try:
        return written is not None and (out / stale).samefile(out / written)
    except FileNotFoundError:
        return False


def _remove(out: Path, path: str) -> bool:
    """Remove a file, and the folders that it leaves empty; whether it was there."""
    try:
        (out / path).unlink()
    except FileNotFoundError:
        return False
    for folder in (out / path).relative_to(out).parents[:-1]:
        try:
            (out / folder).rmdir()
        except OSError:
            break  # something else is in it
    return True


def _content(out: Path, path: str) -> str | None:
    _safe(out, path)
    try:
        return (out / path).read_bytes().decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None


def _diff(path: str, old: str | None, new: str | None) -> str:
    if old == new:
        return ""
    before = "/dev/null" if old is None else f"a/{path}"
    after = "/dev/null" if new is None else f"b/{path}"
    was, becomes = ([] if text is None else text.split("\n") for text in (old, new))
    if len(was) + len(becomes) > _LONGEST_DIFF:
        return f"Files {before} and {after} differ\n"
    lines = difflib.unified_diff(was, becomes, before, after, lineterm="")
    return "".join(f"{visible(line)}\n" for line in lines)
