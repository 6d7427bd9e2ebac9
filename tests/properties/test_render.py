"""Nothing that stands in a tree makes names, templates or bootstraps fail in another way than they say."""

from urllib.parse import unquote

from hypothesis import event, given
from hypothesis import strategies as st

from meshgw.envoy.bootstrap import bootstrap
from meshgw.envoy.bootstrap_input import BootstrapInput, BootstrapOptions
from meshgw.envoy.bootstrap_template import TemplateError, execute
from meshgw.envoy.faults import failed
from meshgw.envoy.file_names import file_names
from meshgw.output.folders import ProxyIdentity, folders
from meshgw.output.tree import json_text

KEYS = (
    "envoy_statsd_url",
    "envoy_stats_tags",
    "envoy_stats_config_json",
    "envoy_stats_flush_interval",
    "envoy_extra_stats_sinks_json",
    "envoy_tracing_json",
    "envoy_extra_static_clusters_json",
    "envoy_extra_static_listeners_json",
    "envoy_prometheus_bind_addr",
    "envoy_stats_bind_addr",
    "envoy_telemetry_collector_bind_socket_dir",
    "envoy_bootstrap_json_tpl",
)
TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ['{"name": "self_admin"}', '{"name": 1}, 2', "null", "127.0.0.1:80", "udp://[::1]:1", "{}"]
    ),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
WORDS = ("if ", "else", "end", "range ", "$a := ", "not ", ".X", ".L")
PIECES = st.sampled_from([*'("). ', "{{", "}}", "{{-", "-}}", "/*", "*/", *WORDS])


@given(st.sets(st.text(max_size=40)))
def test_file_names_are_distinct_and_reversible(names):
    given_names = file_names(names)
    assert len({text.lower() for text in given_names.values()}) == len(names)
    for name, text in given_names.items():
        assert text not in (".", "..")
        assert not set(text) & set("/\\:\0")
        assert not text.startswith(".")
        assert not name or "%~" in text or unquote(text) == name


@given(st.sets(st.tuples(*[st.sampled_from(["a", "A", "b@a.b", "..", "a.b", ""])] * 5), max_size=12))
def test_every_proxy_has_a_folder_of_its_own(identities):
    proxies = {ProxyIdentity(*identity) for identity in identities}
    found = folders(proxies)
    assert found.keys() == proxies
    assert len({folder.lower() for folder in found.values()}) == len(proxies)
    assert all(folder.count("/") == 2 for folder in found.values())


@given(st.one_of(st.text(), st.lists(PIECES, max_size=20).map("".join)))
def test_templates(template):
    try:
        assert isinstance(execute(template, {"X": "x", "L": ["a", "b"]}), str)
    except TemplateError:
        event("refused")


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
def test_bootstraps(config):
    found = bootstrap(
        BootstrapInput(
            kind="connect-proxy",
            proxy_id="web",
            service="web",
            config=config,
            options=BootstrapOptions(grpc_addr="127.0.0.1:1"),
        )
    )
    assert (found.document is None) == failed(found.faults)
    if found.document is not None:
        json_text(found.document).encode()
