"""Numbers in, intervals and verdicts out.

Each ``judge_`` function finds the two bounds of one statistic, each of which holds with probability
``1 - alpha`` taken alone, and reads the verdict off them: *fail* when the lower bound lies beyond
the limit, *pass* when the upper bound does not, else *inconclusive*. The same data always give the
same verdict: where counts decide nothing is drawn at random, and all resampling has a seed.
"""

from pytest_fairness.evidence.calibration_law import calibration_errors
from pytest_fairness.evidence.clusters import (
    cluster_bootstrap,
    cluster_design_effect,
    kish_design_effect,
)
from pytest_fairness.evidence.deviations import judge_deviation
from pytest_fairness.evidence.distances import judge_distance
from pytest_fairness.evidence.effect_sizes import (
    between_group_variance,
    cliffs_delta,
    cohens_h,
)
from pytest_fairness.evidence.extremes import judge_extreme
from pytest_fairness.evidence.gaps import gap_interval, gap_intervals, judge_gap
from pytest_fairness.evidence.judgement import Judgement
from pytest_fairness.evidence.mean_of_rates import judge_mean_of_rates
from pytest_fairness.evidence.means import mean_bounds
from pytest_fairness.evidence.multiplicity import adjust_p_values
from pytest_fairness.evidence.paired_rates import tango_interval
from pytest_fairness.evidence.paired_tests import PairedTest, sign_flip_test, wilcoxon_signed_rank
from pytest_fairness.evidence.pairs import flip_directions, mcnemar_exact
from pytest_fairness.evidence.permutation import MaxT, permutation_max_t
from pytest_fairness.evidence.power import Power, gap_power, minimum_detectable_gap
from pytest_fairness.evidence.quantities import aucs, averaged, means, rates, standardised_rates
from pytest_fairness.evidence.quantity import Quantity
from pytest_fairness.evidence.rates import clopper_pearson, hypergeometric_bounds
from pytest_fairness.evidence.resample import resample_counts, resample_rows
from pytest_fairness.evidence.resampling import resampled
from pytest_fairness.evidence.roots import square_root
from pytest_fairness.evidence.sequential import (
    grown,
    judge_rate_in_order,
    next_look,
    rate_bounds_in_order,
)
from pytest_fairness.evidence.shares import judge_shares
from pytest_fairness.evidence.shifts import judge_mean_shift
from pytest_fairness.evidence.single_mean import judge_mean
from pytest_fairness.evidence.single_rate import judge_rate
from pytest_fairness.evidence.single_value import judge_statistic, judge_value
from pytest_fairness.evidence.slope_law import logistic_coefficients
from pytest_fairness.evidence.two_one_sided import Equivalence, tost
from pytest_fairness.evidence.two_rates import newcombe_interval, score_interval

__all__ = [
    "Equivalence",
    "Judgement",
    "MaxT",
    "PairedTest",
    "Power",
    "Quantity",
    "adjust_p_values",
    "aucs",
    "averaged",
    "between_group_variance",
    "calibration_errors",
    "cliffs_delta",
    "clopper_pearson",
    "cluster_bootstrap",
    "cluster_design_effect",
    "cohens_h",
    "flip_directions",
    "gap_interval",
    "gap_intervals",
    "gap_power",
    "grown",
    "hypergeometric_bounds",
    "judge_deviation",
    "judge_distance",
    "judge_extreme",
    "judge_gap",
    "judge_mean",
    "judge_mean_of_rates",
    "judge_mean_shift",
    "judge_rate",
    "judge_rate_in_order",
    "judge_shares",
    "judge_statistic",
    "judge_value",
    "kish_design_effect",
    "logistic_coefficients",
    "mcnemar_exact",
    "mean_bounds",
    "means",
    "minimum_detectable_gap",
    "newcombe_interval",
    "next_look",
    "permutation_max_t",
    "rate_bounds_in_order",
    "rates",
    "resample_counts",
    "resample_rows",
    "resampled",
    "score_interval",
    "sign_flip_test",
    "square_root",
    "standardised_rates",
    "tango_interval",
    "tost",
    "wilcoxon_signed_rank",
]
