"""Realistic outcomes for the tests of messages and pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fairness.outcome import Outcome
from pytest_fairness.reports import read_json


@pytest.fixture(scope="session")
def outcomes() -> dict[str, Outcome]:
    """One outcome for each of several metrics, by metric, as a run wrote them."""
    report = read_json(Path(__file__).parent / "example_outcomes.json")
    return {outcome.metric: outcome for outcome in report.outcomes}
