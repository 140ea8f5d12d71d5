"""Whether answers are as they should be: when rewritten, in direction, and in simple cases.

All are shares of failures, 0 at best, and nan, *not measurable*, without a case. The functions that
end in ``_failures`` return which cases fail.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.labels import as_vector
from pytest_fairness.metrics.numbers import Array, as_numbers, as_table, check_choice, check_paired

Expectation = Literal["increase", "decrease", "same"]
Rule = Callable[[Array, Array], Any]


def worst_case_failures(y_true: Any, y_pred: Any) -> NDArray[np.bool_]:
    """Return which seeds are wrong under at least one variant.

    Parameters
    ----------
    y_true : array-like of shape (n_seeds,)
        The right label of each seed, which is that of all its variants.
    y_pred : array-like of shape (n_seeds, n_variants)
        Predicted labels. Every seed has the same number of variants, since more of them find more.

    Returns
    -------
    array of bool of shape (n_seeds,)

    Raises
    ------
    ArgumentError
        If lengths differ, or a seed has more variants than another, or there is no variant.

    Examples
    --------
    >>> worst_case_failures([1, 0], [[1, 0], [0, 0]]).tolist()
    [True, False]
    """
    table = as_table("y_pred", y_pred, "seed")
    truth = as_vector("y_true", y_true)
    check_paired("y_true", len(truth), "y_pred", len(table))
    if not table.shape[1]:
        raise ArgumentError("y_pred has no variants. Give each seed at least one.")
    return np.asarray((table != truth[:, None]).any(axis=1), dtype=np.bool_)


def worst_case_rate(y_true: Any, y_pred: Any) -> float:
    """Return the share of seeds that are wrong under at least one variant; 0 is best.

    The mean of `worst_case_failures`, which has the parameters (worst-case accuracy over
    perturbations, as in Liang et al. 2023). It grows with the number of variants: compare only
    rates of equally many.

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, without seeds.

    Examples
    --------
    >>> worst_case_rate([1, 0], [[1, 0], [0, 0]])
    0.5
    """
    return _mean(worst_case_failures(y_true, y_pred))


def directional_expectation_failures(
    before: Any, after: Any, *, expect: Expectation | Rule, margin: float = 0.0
) -> NDArray[np.bool_]:
    """Return for which pairs the score does not move as it should.

    Parameters
    ----------
    before, after : array-like of shape (n_pairs,)
        Scores of each text, and of its edited form.
    expect : {"increase", "decrease", "same"} or callable
        ``"increase"``: up by at least `margin`; ``"decrease"``: down by at least `margin`;
        ``"same"``: no farther than `margin` in either direction. A callable gets both arrays and
        returns which pairs are as expected.
    margin : float, default 0.0
        Negative with a direction means tolerance: ``"increase"`` with -0.1 forbids only a fall of
        more than 0.1. Not read with a callable.

    Returns
    -------
    array of bool of shape (n_pairs,)

    Raises
    ------
    ArgumentError
        If lengths differ, a score is missing, or `expect` is unknown or answers in another shape.

    Examples
    --------
    >>> directional_expectation_failures([0.5, 0.5], [0.75, 0.25], expect="increase").tolist()
    [False, True]
    """
    first, second = as_numbers("before", before), as_numbers("after", after)
    check_paired("after", len(second), "before", len(first))
    met = np.asarray(_met(first, second, expect, margin))
    if met.shape != first.shape:
        raise ArgumentError(
            f"expect={expect!r} returned shape {met.shape} for {len(first)} pairs. "
            "Return one truth value per pair."
        )
    return np.asarray(~met.astype(np.bool_))


def directional_expectation_failure_rate(
    before: Any, after: Any, *, expect: Expectation | Rule, margin: float = 0.0
) -> float:
    """Return the share of pairs whose score does not move as it should; 0 is best.

    The mean of `directional_expectation_failures`, which has the parameters (Ribeiro et al. 2020).

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, without pairs.

    Examples
    --------
    >>> directional_expectation_failure_rate([0.5, 0.5], [0.75, 0.25], expect="decrease")
    0.5
    """
    return _mean(directional_expectation_failures(before, after, expect=expect, margin=margin))


def minimum_functionality_failures(
    y_true: Any, y_pred: Any, *, cases: Any = None
) -> NDArray[np.bool_]:
    """Return which test cases hold a wrong answer.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        Expected and predicted labels.
    cases : array-like of shape (n,), optional
        Which case each row belongs to; a case fails with any of its rows. Without it, every row is
        a case.

    Returns
    -------
    array of bool of shape (n_cases,)
        Cases in the order in which they first appear.

    Examples
    --------
    >>> minimum_functionality_failures([1, 1, 0], [1, 0, 0], cases=["a", "a", "b"]).tolist()
    [True, False]
    """
    truth, said = as_vector("y_true", y_true), as_vector("y_pred", y_pred)
    check_paired("y_true", len(truth), "y_pred", len(said))
    wrong = np.asarray(truth != said, dtype=np.bool_)
    if cases is None:
        return wrong
    names = as_vector("cases", cases).tolist()
    check_paired("cases", len(names), "y_pred", len(said))
    place: dict[Any, int] = {}
    codes = [place.setdefault(name, len(place)) for name in names]
    return np.bincount(codes, weights=wrong, minlength=len(place)) > 0


def minimum_functionality_failure_rate(y_true: Any, y_pred: Any, *, cases: Any = None) -> float:
    """Return the share of test cases that hold a wrong answer; 0 is best.

    The mean of `minimum_functionality_failures`, which has the parameters (Ribeiro et al. 2020).

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, without cases.

    Examples
    --------
    >>> minimum_functionality_failure_rate([1, 1, 0, 0], [1, 0, 0, 0])
    0.25
    """
    return _mean(minimum_functionality_failures(y_true, y_pred, cases=cases))


def _asked(rule: Rule, first: Array, second: Array) -> Any:
    try:
        signature(rule).bind(first, second)
    except TypeError as err:
        raise ArgumentError(
            f"expect={rule!r} must take two arrays of scores, before and after the edit: {err}."
        ) from err
    except ValueError:  # a function of C, which tells no signature
        pass
    return rule(first, second)


def _met(first: Array, second: Array, expect: Expectation | Rule, margin: float) -> Any:
    if callable(expect):
        return _asked(expect, first, second)
    check_choice("expect", expect, ("increase", "decrease", "same"))
    moved = second - first
    if expect == "same":
        return np.abs(moved) <= margin
    return (moved if expect == "increase" else -moved) >= margin


def _mean(values: NDArray[np.bool_]) -> float:
    return float(np.mean(values)) if values.size else float("nan")
