"""What a test author calls: each assertion returns its outcome, or raises a failure with it."""

from __future__ import annotations

from pytest_fairness.assertions.areas import assert_auc_parity, assert_subgroup_auc
from pytest_fairness.assertions.association import assert_association
from pytest_fairness.assertions.behaviour import (
    assert_directional_expectation,
    assert_minimum_functionality,
    assert_worst_case,
)
from pytest_fairness.assertions.benchmark_gates import assert_benchmark
from pytest_fairness.assertions.calibration import assert_calibration
from pytest_fairness.assertions.choices import assert_choice_invariance
from pytest_fairness.assertions.classes import (
    assert_class_odds,
    assert_class_parity,
    assert_label_parity,
)
from pytest_fairness.assertions.counterfactual import assert_counterfactual_invariance
from pytest_fairness.assertions.generations import assert_generation_parity, assert_refusal_parity
from pytest_fairness.assertions.groups import (
    assert_demographic_parity,
    assert_equal_opportunity,
    assert_equalized_odds,
    assert_predictive_parity,
    assert_rate_parity,
    assert_treatment_equality,
)
from pytest_fairness.assertions.honest import assert_honest
from pytest_fairness.assertions.individuals import (
    assert_benefit_equality,
    assert_independence,
    assert_individual_fairness,
)
from pytest_fairness.assertions.intersections import (
    assert_bias_amplification,
    assert_differential_fairness,
)
from pytest_fairness.assertions.judges import assert_judge_agreement
from pytest_fairness.assertions.likelihoods import assert_likelihood_parity, assert_stereotype_score
from pytest_fairness.assertions.losses import assert_bias_loss
from pytest_fairness.assertions.mentions import assert_cooccurrence, assert_representation
from pytest_fairness.assertions.performance import assert_performance_parity
from pytest_fairness.assertions.regression import assert_error_parity
from pytest_fairness.assertions.scores import assert_class_balance, assert_score_parity
from pytest_fairness.assertions.searching import worst_case
from pytest_fairness.assertions.sensitivity import assert_perturbation_sensitivity
from pytest_fairness.assertions.spans import assert_span_parity
from pytest_fairness.assertions.toxicity import assert_expected_maximum_toxicity
from pytest_fairness.assertions.vectors import assert_embedding_parity

__all__ = [
    "assert_association",
    "assert_auc_parity",
    "assert_benchmark",
    "assert_benefit_equality",
    "assert_bias_amplification",
    "assert_bias_loss",
    "assert_calibration",
    "assert_choice_invariance",
    "assert_class_balance",
    "assert_class_odds",
    "assert_class_parity",
    "assert_cooccurrence",
    "assert_counterfactual_invariance",
    "assert_demographic_parity",
    "assert_differential_fairness",
    "assert_directional_expectation",
    "assert_embedding_parity",
    "assert_equal_opportunity",
    "assert_equalized_odds",
    "assert_error_parity",
    "assert_expected_maximum_toxicity",
    "assert_generation_parity",
    "assert_honest",
    "assert_independence",
    "assert_individual_fairness",
    "assert_judge_agreement",
    "assert_label_parity",
    "assert_likelihood_parity",
    "assert_minimum_functionality",
    "assert_performance_parity",
    "assert_perturbation_sensitivity",
    "assert_predictive_parity",
    "assert_rate_parity",
    "assert_refusal_parity",
    "assert_representation",
    "assert_score_parity",
    "assert_span_parity",
    "assert_stereotype_score",
    "assert_subgroup_auc",
    "assert_treatment_equality",
    "assert_worst_case",
    "worst_case",
]
