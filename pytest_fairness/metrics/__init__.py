"""Arrays in, numbers out: how far groups lie apart. No thresholds, no verdicts.

A *selection rate* is the share of predictions equal to `pos_label`; a *true positive rate* and a
*false positive rate* are the same share among rows whose label is, or is not, `pos_label`. A
``_difference`` is fair at 0, a ``_ratio`` at 1. A rate with an empty denominator is not measurable:
it is nan, never 0.
"""

from pytest_fairness.metrics.counts import QUANTITIES, count_tables
from pytest_fairness.metrics.groups import UNKNOWN, Groups, as_groups
from pytest_fairness.metrics.paired import flip_rate, mean_shift
from pytest_fairness.metrics.parity import (
    demographic_parity_difference,
    demographic_parity_ratio,
    equal_opportunity_difference,
    equal_opportunity_ratio,
    equalized_odds_difference,
    equalized_odds_ratio,
)

__all__ = [
    "QUANTITIES",
    "UNKNOWN",
    "Groups",
    "as_groups",
    "count_tables",
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equal_opportunity_difference",
    "equal_opportunity_ratio",
    "equalized_odds_difference",
    "equalized_odds_ratio",
    "flip_rate",
    "mean_shift",
]
