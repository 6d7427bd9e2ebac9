"""Rules that run as one written-out function miss nothing, whatever an object holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from drawn_blocks import canonical, document_of, patient
from hypothesis import given
from hypothesis import strategies as st

from meshgw.diagnostics import running
from meshgw.diagnostics.model import Diagnostic
from meshgw.entries import KINDS, entry_class
from meshgw.entries.judge import judge_entry
from meshgw.profile import Profile
from meshgw.services.catalog import Registration
from meshgw.services.judge import judge_body, judge_registration
from meshgw.services.model import Service

EDITIONS = st.sampled_from(["community", "enterprise"])


def told(judge: Callable[[], tuple[Diagnostic, ...]]) -> list[tuple[Any, ...]]:
    return [(found.rule, found.message, found.own, found.stage) for found in judge()]


def judged_both_ways(judge: Callable[[], tuple[Diagnostic, ...]]) -> None:
    with patch.object(running, "_quiet_of", lambda *_: None):
        one_by_one = told(judge)
    with patch.object(running, "_USES_BEFORE_WRITING", 0):
        assert told(judge) == one_by_one


@pytest.mark.parametrize("kind", KINDS)
@patient
@given(st.data())
def test_entries(kind: str, data: st.DataObject) -> None:
    raw = data.draw(canonical(entry_class(kind), 4)) | {"Kind": kind}
    profile = Profile(edition=data.draw(EDITIONS), entry_path="http", consul_version=(1, 23))
    judged_both_ways(lambda: judge_entry(raw, document_of(raw), profile).diagnostics)


@patient
@given(canonical(Service, 4), EDITIONS)
def test_services(raw: dict[str, Any], edition: Any) -> None:
    profile = Profile(edition=edition, entry_path="http")
    judged_both_ways(lambda: judge_body(document_of(raw), profile).diagnostics)


@patient
@given(canonical(Registration, 4), EDITIONS)
def test_registrations(raw: dict[str, Any], edition: Any) -> None:
    profile = Profile(edition=edition, entry_path="catalog")
    judged_both_ways(lambda: judge_registration(document_of(raw), profile).diagnostics)
