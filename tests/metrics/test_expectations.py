from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics import (
    directional_expectation_failure_rate,
    directional_expectation_failures,
    minimum_functionality_failure_rate,
    minimum_functionality_failures,
    worst_case_failures,
    worst_case_rate,
)

BEFORE, AFTER = [0.5, 0.5, 0.5, 0.5], [0.625, 0.5, 0.4375, 0.25]


def test_a_seed_is_wrong_when_any_variant_is() -> None:
    answers = [["x", "x"], ["y", "x"], ["x", "x"]]
    assert worst_case_failures(["x", "y", "z"], answers).tolist() == [False, True, True]
    assert worst_case_rate(["x", "y", "z"], answers) == pytest.approx(2 / 3)


def test_more_variants_never_lower_the_worst_case() -> None:
    rng = np.random.default_rng(0)
    truth, answers = rng.integers(0, 2, 50), rng.integers(0, 2, (50, 6))
    rates = [worst_case_rate(truth, answers[:, :k]) for k in range(1, 7)]
    assert rates == sorted(rates)
    assert rates[0] == np.mean(truth != answers[:, 0])


@pytest.mark.parametrize(
    ("expect", "margin", "failures"),
    [
        ("increase", 0.0, [False, False, True, True]),
        ("increase", 0.125, [False, True, True, True]),
        ("increase", -0.125, [False, False, False, True]),
        ("decrease", 0.0, [True, False, False, False]),
        ("decrease", 0.125, [True, True, True, False]),
        ("same", 0.0, [True, False, True, True]),
        ("same", 0.125, [False, False, False, True]),
        (lambda before, after: after > 0.3, 0.0, [False, False, False, True]),
    ],
)
def test_a_move_must_have_the_sign_and_the_size_that_is_expected(
    expect: Any, margin: float, failures: list[bool]
) -> None:
    found = directional_expectation_failures(BEFORE, AFTER, expect=expect, margin=margin)
    assert found.tolist() == failures
    rate = directional_expectation_failure_rate(BEFORE, AFTER, expect=expect, margin=margin)
    assert rate == sum(failures) / 4


def test_a_case_of_several_rows_fails_with_any_of_them() -> None:
    truth, answers = [1, 1, 0, 0, 1], [1, 0, 0, 0, 0]
    cases = ["b", "a", "b", "c", "a"]
    found = minimum_functionality_failures(truth, answers, cases=cases)
    assert found.tolist() == [False, True, False]  # b, a, c
    assert minimum_functionality_failure_rate(truth, answers, cases=cases) == pytest.approx(1 / 3)
    assert minimum_functionality_failure_rate(truth, answers) == pytest.approx(2 / 5)


def test_no_case_is_not_measurable() -> None:
    assert math.isnan(worst_case_rate([], np.zeros((0, 2))))
    assert math.isnan(directional_expectation_failure_rate([], [], expect="same"))
    assert math.isnan(minimum_functionality_failure_rate([], []))
    assert math.isnan(minimum_functionality_failure_rate([], [], cases=[]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: worst_case_rate([1], [[1], [0]]), "y_true has 1 entries but y_pred has 2"),
        (lambda: worst_case_rate([1], [[]]), "y_pred has no variants"),
        (lambda: worst_case_rate([1, 1], [[1, 0], [1]]), "must be a table"),
        (
            lambda: directional_expectation_failures([0.1], [0.1], expect="up"),  # type: ignore[arg-type]
            "expect='up' must be one of increase, decrease, same",
        ),
        (
            lambda: directional_expectation_failures([0.1, 0.2], [0.1], expect="same"),
            "after has 1 entries but before has 2",
        ),
        (
            lambda: directional_expectation_failures([0.1], [0.1], expect=lambda a, b: True),
            "Return one truth value per pair",
        ),
        (
            lambda: minimum_functionality_failures([1], [1, 0]),
            "y_true has 1 entries but y_pred has 2",
        ),
        (
            lambda: minimum_functionality_failures([1], [1], cases=["a", "b"]),
            "cases has 2 entries but y_pred has 1",
        ),
    ],
)
def test_bad_input_is_named(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call()
