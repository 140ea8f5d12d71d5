"""Numbers in, intervals and verdicts out.

Each ``judge_`` function finds the two bounds of one statistic, each of which holds with probability
``1 - alpha`` taken alone, and reads the verdict off them: *fail* when the lower bound lies beyond
the limit, *pass* when the upper bound does not, else *inconclusive*. Nothing here draws a random
number: the same counts always give the same verdict.
"""

from pytest_fairness.evidence.gaps import gap_interval, judge_gap
from pytest_fairness.evidence.judgement import Judgement
from pytest_fairness.evidence.means import mean_bounds
from pytest_fairness.evidence.pairs import flip_directions, mcnemar_exact
from pytest_fairness.evidence.power import minimum_detectable_gap
from pytest_fairness.evidence.rates import clopper_pearson, hypergeometric_bounds
from pytest_fairness.evidence.shifts import judge_mean_shift
from pytest_fairness.evidence.single_rate import judge_rate
from pytest_fairness.evidence.two_rates import newcombe_interval, score_interval

__all__ = [
    "Judgement",
    "clopper_pearson",
    "flip_directions",
    "gap_interval",
    "hypergeometric_bounds",
    "judge_gap",
    "judge_mean_shift",
    "judge_rate",
    "mcnemar_exact",
    "mean_bounds",
    "minimum_detectable_gap",
    "newcombe_interval",
    "score_interval",
]
