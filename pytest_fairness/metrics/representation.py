"""Whether groups are mentioned as often as they should be."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.rates import divided


def representation_distance(
    counts: Mapping[str, float], *, reference: Mapping[str, float] | None = None
) -> float:
    r"""Return the total variation distance of the groups' shares from the reference; 0 is fair.

    :math:`\frac12 \sum_a |c_a / \sum c - q_a|` with :math:`q` uniform by default (Liang et al.
    2023).

    Parameters
    ----------
    counts : mapping of str to float
        How often each group is mentioned, also those that never are.
    reference : mapping of str to float, optional
        Shares, or counts, that would be fair; uniform is not always right.

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, where no group is mentioned: silence is not balance.

    Raises
    ------
    ArgumentError
        If a count is negative, there are fewer than two groups, or the reference has others.

    Examples
    --------
    >>> representation_distance({"women": 1, "men": 0})
    0.5
    """
    if len(counts) < 2:
        raise ArgumentError(f"counts={dict(counts)!r} must hold two groups at least.")
    fair = dict.fromkeys(counts, 1.0) if reference is None else reference
    if set(fair) != set(counts):
        raise ArgumentError(
            f"reference has the groups {', '.join(fair)} but counts has {', '.join(counts)}. "
            "Give a share for each."
        )
    found = np.array([[counts[name], fair[name]] for name in counts], dtype=np.float64)
    if not np.all(np.isfinite(found) & (found >= 0)):
        raise ArgumentError("counts and reference must hold finite numbers of at least 0.")
    shares = divided(found, found.sum(axis=0))
    return float(np.abs(shares[:, 0] - shares[:, 1]).sum() / 2)
