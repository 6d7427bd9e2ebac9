"""Certificates of a proxy: the placeholders of served resources become files (product.md 4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from meshgw.envoy.file_names import file_name
from meshgw.envoy.tree_walk import is_message

LEAF_CERT: Final = "<leaf cert>"
LEAF_KEY: Final = "<leaf key>"
ROOT: Final = "<root>"
PRIVATE_KEY: Final = "<private key>"

_ROOTS_OF_ONE = re.compile(r"<root of ([^<>\n]+)>(?:<root of \1>)*")
_OWN_ROOTS = re.compile(r"(?:<root>)+")

FileKind: TypeAlias = Literal["certificate", "key", "roots"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateFile:
    """A file that a proxy needs, relative to the certificate folder.

    `spiffe_ids` are the identities of a certificate and of the one that a key belongs to; a key of the tree's
    own certificate has none. `dns_names` are the names of a certificate beside them, for clients outside the
    mesh. `trust_domain` is that of roots.
    """

    path: str
    kind: FileKind
    spiffe_ids: tuple[str, ...] = ()
    dns_names: tuple[str, ...] = ()
    trust_domain: str = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """The two files of a leaf certificate."""

    cert: CertificateFile
    key: CertificateFile


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkedLeaf:
    """The leaf of one service of a terminating gateway, and the SNIs of the filter chains that use it."""

    namespace: str
    service: str
    spiffe_id: str
    server_names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class InlineCertificate:
    """An `inline-certificate` of the tree; `chain` is its certificate as served, beside `<private key>`."""

    datacenter: str
    partition: str
    namespace: str
    name: str
    chain: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificatePaths:
    """Which file stands for which placeholder.

    `roots` are by the NAME of `<root of NAME>`; `by_server_name` are leaves of filter chains by their SNI;
    `keys` are private keys by the certificate beside them.
    """

    folder: str = "certs"
    leaf: Leaf | None = None
    root: CertificateFile | None = None
    roots: Mapping[str, CertificateFile] = field(default_factory=dict)
    by_server_name: Mapping[str, Leaf] = field(default_factory=dict)
    keys: Mapping[str, CertificateFile] = field(default_factory=dict)


def certificate_paths(
    *,
    cert_dir: str,
    folder: str,
    trust_domain: str,
    spiffe_id: str | None,
    dns_names: tuple[str, ...] = (),
    peers: Mapping[str, str] | None = None,
    linked: Iterable[LinkedLeaf] = (),
    inline: Iterable[InlineCertificate] = (),
) -> CertificatePaths:
    """The files of one proxy.

    `folder` is the proxy's folder in the output tree (already safe), `spiffe_id` its own identity, `None`
    for one that has no leaf of its own, `dns_names` are further names in that leaf; `peers` are trust
    domains by the NAME of `<root of NAME>`.
    """
    services = [
        (
            leaf,
            _leaf(f"{folder}/services/{file_name(leaf.namespace)}/{file_name(leaf.service)}", leaf.spiffe_id),
        )
        for leaf in linked
    ]
    return CertificatePaths(
        folder=cert_dir,
        leaf=None if spiffe_id is None else _leaf(folder, spiffe_id, dns_names),
        root=_roots(trust_domain),
        roots={name: _roots(domain) for name, domain in (peers or {}).items()},
        by_server_name={name: files for leaf, files in services for name in leaf.server_names},
        keys={certificate.chain: _inline_key(certificate) for certificate in inline},
    )


def _leaf(folder: str, spiffe_id: str, dns_names: tuple[str, ...] = ()) -> Leaf:
    return Leaf(
        CertificateFile(
            path=f"{folder}/cert.pem", kind="certificate", spiffe_ids=(spiffe_id,), dns_names=dns_names
        ),
        CertificateFile(path=f"{folder}/key.pem", kind="key", spiffe_ids=(spiffe_id,)),
    )


def _roots(trust_domain: str) -> CertificateFile:
    path = f"roots/{file_name(trust_domain)}.pem"
    return CertificateFile(path=path, kind="roots", trust_domain=trust_domain)


def _inline_key(of: InlineCertificate) -> CertificateFile:
    parts = (of.datacenter, of.partition, of.namespace, of.name)
    return CertificateFile(path=f"inline/{'/'.join(map(file_name, parts))}.key", kind="key")


class CertificateWriter:
    """Puts files in place of placeholders, and remembers which ones it used and what it had no file for."""

    def __init__(self, paths: CertificatePaths) -> None:
        self._paths = paths
        self._used: dict[str, CertificateFile] = {}
        self.unknown: list[str] = []

    @property
    def used(self) -> tuple[CertificateFile, ...]:
        """The files that the result needs, by path."""
        return tuple(file for _, file in sorted(self._used.items()))

    def written(self, value: Any) -> Any:
        """A copy of a resource that reads its certificates from files."""
        return self._written(value, self._paths.leaf)

    def _written(self, value: Any, leaf: Leaf | None) -> Any:
        if isinstance(value, list):
            return [self._written(item, leaf) for item in value]
        if not is_message(value):
            return value
        if "filterChainMatch" in value:
            leaf = self._leaf_of_chain(value, leaf)
        if len(value) == 1 and isinstance(value.get("inlineString"), str):
            return self._source(value["inlineString"], leaf)
        if "certificateChain" in value and _is_private_key(value.get("privateKey")):
            return {
                key: self._key_of(value) if key == "privateKey" else self._written(part, leaf)
                for key, part in value.items()
            }
        return {key: part if type(part) is str else self._written(part, leaf) for key, part in value.items()}

    def _leaf_of_chain(self, value: Mapping[str, Any], leaf: Leaf | None) -> Leaf | None:
        match value.get("filterChainMatch"):
            case {"serverNames": [str() as name, *_]}:
                return self._paths.by_server_name.get(name, leaf)
            case _:
                return leaf

    def _source(self, text: str, leaf: Leaf | None) -> dict[str, str]:
        if text in (LEAF_CERT, LEAF_KEY):
            file = None if leaf is None else leaf.cert if text == LEAF_CERT else leaf.key
        elif _OWN_ROOTS.fullmatch(text):
            file = self._paths.root
        elif found := _ROOTS_OF_ONE.fullmatch(text):
            file = self._paths.roots.get(found[1])
        else:
            return {"inlineString": text}
        return self._file(file, text)

    def _key_of(self, certificate: Mapping[str, Any]) -> dict[str, str]:
        match certificate["certificateChain"]:
            case {"inlineString": str() as chain}:
                return self._file(self._paths.keys.get(chain), PRIVATE_KEY)
            case _:
                return self._file(None, PRIVATE_KEY)

    def _file(self, file: CertificateFile | None, placeholder: str) -> dict[str, str]:
        if file is None:
            self.unknown.append(placeholder)
            return {"inlineString": placeholder}
        self._used[file.path] = file
        return {"filename": below(self._paths.folder, file.path)}


def below(folder: str, path: str) -> str:
    """A path below a folder that is written as the user gave it."""
    return path if folder in ("", ".") else f"{folder.rstrip('/')}/{path}"


def _is_private_key(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("inlineString") == PRIVATE_KEY
