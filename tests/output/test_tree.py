import json
import os
from pathlib import Path
from urllib.parse import unquote

import pytest

from meshgw.envoy.certificates import CertificateFile
from meshgw.envoy.file_names import LONGEST, file_names
from meshgw.output.folders import ProxyIdentity, folders
from meshgw.output.tree import (
    OutputError,
    RenderedProxy,
    check_tree,
    json_text,
    keep_others,
    rendered_tree,
    write_tree,
)


def proxy(
    id: str, datacenter="dc1", partition="default", namespace="default", node="node-1"
) -> ProxyIdentity:
    return ProxyIdentity(datacenter, partition, namespace, node, id)


WEB = proxy("web-sidecar-proxy")
API = proxy("api-sidecar-proxy", partition="api")


def tree(
    *proxies: ProxyIdentity, target="static", content=1, file="envoy.json", known=(WEB, API)
) -> dict[str, str]:
    rendered = [
        RenderedProxy(
            identity=identity,
            kind="connect-proxy",
            files={file: {"id": identity.id, "content": content}},
            certificates=(
                CertificateFile(
                    path=f"{identity.id}/cert.pem", kind="certificate", spiffe_ids=("spiffe://td/x",)
                ),
            ),
        )
        for identity in proxies
    ]
    return rendered_tree(rendered, folders({*known, *proxies}), target=target, cert_dir="certs")


def found(out: Path) -> set[str]:
    return {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"web-1.a_b~c"}, {"web-1.a_b~c"}),
        ({"a/b", "a\\b"}, {"a%2Fb", "a%5Cb"}),
        ({".", "..", ".hidden", "end."}, {"%2E", "%2E%2E", "%2Ehidden", "end%2E"}),
        ({"con", "Com1.txt", "console"}, {"%63on", "%43om1.txt", "console"}),
        ({"index.json"}, {"%69ndex.json"}),
        ({"Web", "web", "Api"}, {"%57eb", "web", "Api"}),
        ({"a%2Fb", "a b", "a:b", "a@b"}, {"a%252Fb", "a%20b", "a%3Ab", "a%40b"}),
        ({"é", "É"}, {"%C3%A9", "%C3%89"}),
        ({"", "%"}, {"%", "%25"}),
        ({"nul\0", "line\n"}, {"nul%00", "line%0A"}),
    ],
)
def test_names(names, expected):
    given = file_names(names)
    assert set(given.values()) == expected
    assert all(unquote(text) == name for name, text in given.items() if name)


def test_long_names_are_cut_and_stay_distinct():
    given = file_names({"a" * 500 + "1", "a" * 500 + "2"})
    assert len(set(given.values())) == 2
    assert all(len(text) == LONGEST for text in given.values())


def test_folders():
    twins = [proxy("api", namespace="team.a", node="n.1"), proxy("api", node="n2")]
    elsewhere = proxy("api", partition="east")
    given = folders([*twins, elsewhere, WEB, proxy("../x", datacenter="..", partition="a/b")])
    assert sorted(given.values()) == [
        "%2E%2E/a%2Fb/%2E.%2Fx",
        "dc1/default/api@default.n2",
        "dc1/default/api@team%2Ea.n.1",
        "dc1/default/web-sidecar-proxy",
        "dc1/east/api",
    ]


def test_index(tmp_path):
    write_tree(tmp_path, tree(WEB))
    index = json.loads((tmp_path / "index.json").read_text())
    assert index == {
        "generator": "meshgw",
        "version": 1,
        "target": "static",
        "cert_dir": "certs",
        "proxies": [
            {
                "folder": "dc1/default/web-sidecar-proxy",
                "datacenter": "dc1",
                "partition": "default",
                "namespace": "default",
                "node": "node-1",
                "id": "web-sidecar-proxy",
                "kind": "connect-proxy",
                "files": ["envoy.json"],
                "certificates": [
                    {
                        "file": "web-sidecar-proxy/cert.pem",
                        "kind": "certificate",
                        "spiffe_ids": ["spiffe://td/x"],
                    }
                ],
                "other_files": [],
            }
        ],
    }


def test_the_index_has_the_names_that_clients_outside_the_mesh_look_for() -> None:
    certificate = CertificateFile(
        path="edge/cert.pem", kind="certificate", spiffe_ids=("spiffe://td/x",), dns_names=("*.a.b", "a.b")
    )
    edge = RenderedProxy(identity=WEB, kind="ingress-gateway", files={}, certificates=(certificate,))
    index = json.loads(rendered_tree([edge], folders({WEB}), target="static", cert_dir="c")["index.json"])
    (listed,) = index["proxies"][0]["certificates"]
    assert listed == {
        "file": "edge/cert.pem",
        "kind": "certificate",
        "spiffe_ids": ["spiffe://td/x"],
        "dns_names": ["*.a.b", "a.b"],
    }


def test_writing_twice_changes_nothing(tmp_path):
    assert write_tree(tmp_path, tree(WEB, API)).changed
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert not write_tree(tmp_path, tree(API, WEB)).changed
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}


def test_what_is_stale_goes_and_what_is_not_ours_stays(tmp_path):
    write_tree(tmp_path, tree(WEB, API, file="lds.json"))
    (tmp_path / "dc1/default/notes.txt").write_text("mine")
    result = write_tree(tmp_path, tree(WEB))
    assert result.removed == ("dc1/api/api-sidecar-proxy/lds.json", "dc1/default/web-sidecar-proxy/lds.json")
    assert found(tmp_path) == {
        "index.json",
        "dc1/default/notes.txt",
        "dc1/default/web-sidecar-proxy/envoy.json",
    }
    assert not (tmp_path / "dc1/api").exists()


def test_a_name_in_another_case(tmp_path):
    write_tree(tmp_path, tree(proxy("Web")))
    write_tree(tmp_path, tree(proxy("web")))
    assert found(tmp_path) == {"index.json", "dc1/default/web/envoy.json"}
    # A disk without case has one file under both names.
    os.link(tmp_path / "dc1/default/web/envoy.json", tmp_path / "dc1/default/WEB.json")
    index = json.loads((tmp_path / "index.json").read_text())
    index["proxies"][0] |= {"folder": "dc1/DEFAULT/web"}
    (tmp_path / "dc1/DEFAULT/web").mkdir(parents=True)
    (tmp_path / "dc1/default/WEB.json").rename(tmp_path / "dc1/DEFAULT/web/envoy.json")
    (tmp_path / "index.json").write_text(json.dumps(index))
    same = write_tree(tmp_path, tree(proxy("web")))
    assert (same.changed, same.removed) == (("index.json",), ())


def test_a_run_of_one_proxy_keeps_the_others(tmp_path):
    write_tree(tmp_path, tree(WEB, API))
    files = keep_others(tmp_path, tree(WEB, content=2))
    assert not write_tree(tmp_path, files).removed
    index = json.loads((tmp_path / "index.json").read_text())
    assert [entry["id"] for entry in index["proxies"]] == ["api-sidecar-proxy", "web-sidecar-proxy"]
    other_target = keep_others(tmp_path, tree(WEB, target="xds"))
    assert len(json.loads(other_target["index.json"])["proxies"]) == 1


def test_check(tmp_path):
    assert "+++ b/index.json" in check_tree(tmp_path, tree(WEB))
    write_tree(tmp_path, tree(WEB, API))
    assert check_tree(tmp_path, tree(WEB, API)) == ""
    diff = check_tree(tmp_path, tree(WEB, content=2))
    assert "--- a/dc1/api/api-sidecar-proxy/envoy.json\n+++ /dev/null\n" in diff
    assert '-  "content": 1\n+  "content": 2\n' in diff
    (tmp_path / "dc1/default/web-sidecar-proxy/envoy.json").write_bytes(b"\x1b[31m\xff")
    shown = check_tree(tmp_path, tree(WEB, API))
    assert "-\\x1b[31m\\udcff" in shown
    assert "\x1b" not in shown


def test_check_sees_a_missing_line_end(tmp_path):
    write_tree(tmp_path, tree(WEB))
    path = tmp_path / "dc1/default/web-sidecar-proxy/envoy.json"
    path.write_text(path.read_text().rstrip("\n"))
    assert check_tree(tmp_path, tree(WEB))


@pytest.mark.parametrize("text", ["{}", "[]", "no JSON", '{"generator": "other"}', "[" * 100_000])
def test_an_index_of_somebody_else_is_left_alone(tmp_path, text):
    (tmp_path / "index.json").write_text(text)
    for run in (write_tree, check_tree):
        with pytest.raises(OutputError):
            run(tmp_path, tree(WEB))
    assert found(tmp_path) == {"index.json"}


@pytest.mark.parametrize("folder", ["..", "/etc", "../out/x", "a/../../b", "c:/x", "a\\b", "", "a\0"])
def test_a_forged_index_removes_nothing_outside(tmp_path, folder):
    out = tmp_path / "out"
    write_tree(out, tree(WEB))
    (tmp_path / "passwd").write_text("precious")
    index = json.loads((out / "index.json").read_text())
    index["proxies"].append(index["proxies"][0] | {"folder": folder, "files": ["passwd"]})
    (out / "index.json").write_text(json.dumps(index))
    with pytest.raises(OutputError):
        write_tree(out, tree(WEB))
    assert (tmp_path / "passwd").read_text() == "precious"


@pytest.mark.parametrize(
    "link", ["dc1", "dc1/default", "dc1/default/web-sidecar-proxy/envoy.json", "index.json"]
)
def test_links_are_not_followed(tmp_path, link):
    out, outside = tmp_path / "out", tmp_path / "outside"
    outside.mkdir()
    (out / link).parent.mkdir(parents=True)
    (out / link).symlink_to(outside)
    with pytest.raises(OutputError):
        write_tree(out, tree(WEB))
    assert not list(outside.iterdir())


def test_text():
    assert json_text({"a": "é\ud800", "b": [1]}) == '{\n  "a": "é\ufffd",\n  "b": [\n    1\n  ]\n}\n'
