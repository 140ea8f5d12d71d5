"""Equivalence: two one-sided tests, of which every `pass` of `judge_gap` is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_fairness.evidence.gap_table import Counts
from pytest_fairness.evidence.gaps import gap_interval
from pytest_fairness.evidence.judgement import check_alpha, smallest_level
from pytest_fairness.evidence.quantity import Kind, Quantity
from pytest_fairness.outcome import Interval


@dataclass(frozen=True)
class Equivalence:
    """The outcome of two one-sided tests.

    Attributes
    ----------
    equivalent : bool
        Whether every gap was shown to lie within the limit.
    p_value : float
        Smallest error rate at which it is; 1 when at none below 0.5.
    interval : Interval
        Bounds of the widest gap.
    """

    equivalent: bool
    p_value: float
    interval: Interval


def tost(
    counts: Counts | Quantity | Sequence[Quantity],
    *,
    limit: float,
    kind: Kind = "difference",
    alpha: float = 0.05,
) -> Equivalence:
    """Test whether all groups are equivalent: no gap is wider than `limit`, in either direction.

    Schuirmann (1987) for two groups; with more, every pair is tested at the full level, since all
    must be shown (intersection-union, Berger 1982). The same bounds give `judge_gap` its `pass`.

    Parameters
    ----------
    counts, limit, kind, alpha
        As in `judge_gap`.

    Examples
    --------
    >>> result = tost({"selection rate": {"a": (500, 1000), "b": (510, 1000)}}, limit=0.1)
    >>> result.equivalent, round(result.p_value, 5)
    (True, 3e-05)
    """
    check_alpha(alpha)
    interval = gap_interval(counts, kind=kind, alpha=alpha)

    def within(level: float) -> bool:
        bounds = gap_interval(counts, kind=kind, alpha=level)
        return bounds.high <= limit if kind == "difference" else bounds.low >= limit

    equivalent = interval.high <= limit if kind == "difference" else interval.low >= limit
    return Equivalence(equivalent, smallest_level(within), interval)
