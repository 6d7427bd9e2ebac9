"""Fixtures for tests with real Envoys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.envoys import Fleet
from harness.loopback import Loopback


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    with Loopback() as loopback:
        yield loopback


@pytest.fixture
def fleet(tmp_path: Path, loopback: Loopback) -> Iterator[Fleet]:
    """Add proxies, start them; they are stopped after the test, and a failure shows their logs."""
    with Fleet(tmp_path, loopback) as fleet:
        yield fleet


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    fleet = getattr(item, "funcargs", {}).get("fleet")
    if report.failed and isinstance(fleet, Fleet):
        report.sections.extend((f"Envoy {name}", log) for name, log in fleet.logs())
    return report
