"""Flips in two directions: whether a model favours one side of its pairs."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fairness.evidence.judgement import check_count
from pytest_fairness.outcome import Comparison


def mcnemar_exact(b: int, c: int) -> float:
    """Return the two-sided exact p-value of McNemar's test (1947).

    Parameters
    ----------
    b, c : int
        Flips in one direction and in the other. When both are equally likely, `b` is binomial
        with `b + c` draws.

    Returns
    -------
    float in (0, 1]
        1 when nothing flipped.

    Examples
    --------
    >>> mcnemar_exact(1, 5)
    0.21875
    """
    from scipy.stats import binom

    check_count("mcnemar_exact", b, b + c)
    return min(1.0, 2 * float(binom.cdf(min(b, c), b + c, 0.5)))


def flip_directions(
    flips: Mapping[tuple[str, str], tuple[int, int, int]],
) -> tuple[Comparison, ...]:
    """Describe, for each two groups, which one the flips favour.

    Parameters
    ----------
    flips : mapping of (first, second) to (for first, for second, pairs)
        Pairs in which only the first group's text got the favourable label, those in which only
        the second's did, and all pairs.

    Returns
    -------
    tuple of Comparison
        The group that is favoured stands first; `estimate` is the net share of pairs, `p_value` is
        McNemar's exact one. Smallest p-value first. Pairs of groups without a pair are left out.
    """
    found = [_direction(*groups, *counts) for groups, counts in flips.items() if counts[2]]
    return tuple(sorted(found, key=lambda c: (c.p_value or 0.0, -c.estimate, c.first, c.second)))


def _direction(first: str, second: str, b: int, c: int, n: int) -> Comparison:
    check_count(f"flips between {first!r} and {second!r}", b + c, n)
    if c > b:
        first, second, b, c = second, first, c, b
    return Comparison(first, second, "net flip rate", (b - c) / n, None, mcnemar_exact(b, c), n)
