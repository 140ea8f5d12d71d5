"""What a check says of a model, to hold the same check of another beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pytest_fairness import FairnessFailure, Outcome

Check = Callable[[Any], Outcome]


def outcome_of(check: Check, model: Any) -> Outcome:
    """Return what a check finds, whether it passes or not."""
    try:
        return check(model)
    except FairnessFailure as failure:
        return failure.outcome


def facts(check: Check, model: Any) -> dict[str, Any]:
    """Return all that a check says of a model, but for the model's name."""
    outcome = outcome_of(check, model)
    return {
        "verdict": outcome.verdict.value,
        "reason": outcome.reason,
        "definition": outcome.definition,
        "evidence": outcome.evidence,
        "examples": outcome.examples,
        "data": outcome.data_fingerprint,
    }


def all_facts(checks: Mapping[str, Check], model: Any) -> dict[str, Any]:
    return {name: facts(check, model) for name, check in checks.items()}


def assert_same_within_noise(found: Outcome, expected: Outcome) -> None:
    """Assert the same verdict on the same pairs, with numbers that rounding may move."""
    assert found.verdict == expected.verdict
    assert [e.texts for e in found.examples] == [e.texts for e in expected.examples]
    assert (found.evidence.n, found.evidence.method) == (
        expected.evidence.n,
        expected.evidence.method,
    )
    assert _numbers(found) == pytest.approx(_numbers(expected), abs=1e-3)


def _numbers(outcome: Outcome) -> list[float]:
    interval = outcome.evidence.interval
    return [
        outcome.evidence.estimate,
        interval.low,
        interval.high,
        *(e.change for e in outcome.examples),
    ]
