"""What a check was called with stands in its outcome, so that it can be run again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pytest_fairness import (
    Outcome,
    assert_counterfactual_invariance,
    assert_demographic_parity,
    assert_equalized_odds,
    counterfactuals,
)
from pytest_fairness.outcome import PER_ROW

LABELS = ["yes", "yes", "no", "no"] * 250
GROUPS = ["a", "b"] * 500
SPACE = counterfactuals("{name} left.", vary="gender")


def flat(texts):
    return [[0.2, 0.8] for _ in texts]


def odds(**more):
    return assert_equalized_odds(
        LABELS, LABELS, sensitive_features=GROUPS, max_difference=0.2, **more
    )


def test_defaults_are_not_written_down():
    numbers = [int(label == "yes") for label in LABELS]
    found = assert_demographic_parity(numbers, sensitive_features=GROUPS, max_difference=0.2)
    assert found.settings == {}
    assert assert_counterfactual_invariance(flat, SPACE, max_gap=0.1).settings == {}


def test_what_differs_is():
    found = odds(pos_label=np.str_("yes"), reference="a", agg="mean", alpha=0.04)
    assert found.settings == {"pos_label": "yes", "reference": "a", "agg": "mean"}
    found = assert_counterfactual_invariance(
        flat, SPACE, max_gap=0.1, label=np.int64(0), min_pairs=40, max_pairs=999, seed=3
    )
    assert found.settings == {"label": 0, "min_pairs": 40, "max_pairs": 999}
    assert found.seed == 3


def test_columns_are_named_and_not_copied():
    column = ["x"] * 500 + ["y"] * 500
    found = odds(
        pos_label="yes",
        control_features={"kind": column},
        clusters=np.arange(1000) // 2,
        sample_weight=[1.0] * 1000,
        strata="worst_case",
    )
    columns = dict.fromkeys(("control_features", "clusters", "sample_weight"), PER_ROW)
    assert found.settings == {"pos_label": "yes", "strata": "worst_case", **columns}


def test_searches_say_their_budget_and_seed_and_how_many_pairs_they_compared():
    found = assert_counterfactual_invariance(flat, SPACE, tolerance=0.1, budget=10_000, seed=4)
    assert (found.settings, found.seed) == ({"budget": 10_000}, 4)
    assert found.evidence.n == len(SPACE)


def test_they_go_to_json_and_back():
    found = odds(pos_label="yes", clusters=np.arange(1000) // 2)
    assert Outcome.from_dict(json.loads(json.dumps(found.to_dict()))) == found


@pytest.mark.parametrize("check", [odds])
def test_records_without_them_are_read(check):
    record = check(pos_label="yes").to_dict()
    del record["settings"]
    assert Outcome.from_dict(record).settings is None
