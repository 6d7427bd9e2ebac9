"""Options of the whole suite, and an environment that does not depend on where it runs."""

import pytest

CI_VARIABLES = (
    "GITHUB_ACTIONS", "GITHUB_BASE_REF", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI_PROJECT_DIR",
    "NO_COLOR", "FORCE_COLOR",
)  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite what the scenarios of tests/golden expect, and remove what is stale",
    )


@pytest.fixture(autouse=True)
def _rules_are_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What large trees run from some use on, all tests run from the first."""
    monkeypatch.setattr("meshgw.diagnostics.running._USES_BEFORE_WRITING", 0)


@pytest.fixture(autouse=True)
def _no_ci_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of CI services change what commands write: tests set their own."""
    for name in CI_VARIABLES:
        monkeypatch.delenv(name, raising=False)
