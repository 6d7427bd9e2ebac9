"""Any resource is judged: whatever stands in it, there is a verdict and no traceback."""

import json

from hypothesis import given
from hypothesis import strategies as st

from meshgw.entries import entry_class
from meshgw.loading.kubernetes import ENTRY_KINDS, judge_resources, judge_together
from meshgw.loading.project import KubernetesSetting
from meshgw.profile import Profile
from meshgw.schema.fields import ListOf, MapOf, Obj, Scalar
from meshgw.source.json import read_json

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=4), st.just("5s")
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
)


def plausible(kind):
    """Values of a field, most of them of its type."""
    match kind:
        case Scalar("string"):
            return st.sampled_from(["", "a", "http", "*", "/", "local"]) | SCALARS
        case Scalar():
            return SCALARS
        case Obj():
            return spec_of(kind.cls)
        case ListOf(item):
            return st.lists(plausible(item), max_size=2)
        case MapOf(item):
            return st.dictionaries(st.sampled_from(["*", "v1"]), plausible(item), max_size=2)
        case _:
            return ANYTHING


def spec_of(block):
    fields = {
        spec.crd: st.deferred(lambda spec=spec: plausible(spec.type)) for spec in block.specs if spec.crd
    }
    return st.fixed_dictionaries({}, optional={**fields, "other": SCALARS})


SPECS = {kind: spec_of(entry_class(entry)) for kind, entry in ENTRY_KINDS.items()}
OUTSIDE = st.fixed_dictionaries({}, optional={"destination": ANYTHING, "deployment": ANYTHING})
METADATA = st.fixed_dictionaries({}, optional={"name": SCALARS | st.just("web"), "namespace": SCALARS})


@given(st.data(), st.sampled_from(sorted(ENTRY_KINDS)), st.sampled_from(["community", "enterprise"]))
def test_every_resource_gets_a_verdict(data, kind, edition):
    spec = data.draw(SPECS[kind] | ANYTHING)
    if isinstance(spec, dict):
        spec |= data.draw(OUTSIDE)
    metadata = data.draw(METADATA | ANYTHING) if data.draw(st.booleans()) else {"name": "web"}
    value = {"apiVersion": "consul.hashicorp.com/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}
    document = read_json(json.dumps(value), "x.json")
    if document.fault is not None:
        return
    profile, operator = Profile(edition=edition), KubernetesSetting()
    judged = judge_resources(document, profile, operator)
    for one in judged:
        assert one.accepted <= one.admitted
        assert one.entry is not None or one.diagnostics
        assert all(found.location is not None for found in one.diagnostics)
    resources = [one.resource for one in judged if one.resource is not None]
    judge_together([*resources, *resources], profile, operator)
