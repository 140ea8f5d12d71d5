from dataclasses import replace

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, FairnessWarning
from pytest_fairness.mitigation.data import (
    Rows,
    confident_joint,
    find_label_noise,
    remove_label_noise,
)

# What cleanlab 2.9.0 answers to `drawn(seed, k)`: compute_confident_joint(calibrate=True), and
# find_label_issues(filter_by="prune_by_noise_rate", min_examples_per_class=1).
CLEANLAB = [
    (0, 2, [[31, 5], [9, 45]], [0, 3, 8, 9, 10, 14, 21, 24, 27, 43, 63, 68, 72, 83]),
    (6, 2, [[36, 5], [6, 43]], [1, 5, 9, 20, 38, 51, 57, 59, 69, 79, 82]),
    (7, 2, [[36, 4], [3, 47]], [1, 7, 10, 11, 47, 51, 72]),
    (1, 3, [[25, 0, 2], [1, 29, 2], [5, 1, 25]], [2, 9, 10, 16, 25, 32, 40, 46, 48, 51, 66]),
    (
        3,
        4,
        [[22, 1, 1, 2], [4, 19, 1, 0], [0, 0, 20, 4], [2, 1, 0, 13]],
        [2, 7, 14, 15, 17, 20, 29, 31, 32, 38, 44, 52, 53, 73, 88],
    ),
    (5, 3, [[34, 0, 2], [1, 24, 2], [1, 2, 24]], [3, 5, 34, 46, 50, 57, 85, 89]),
]


def drawn(seed, k):
    """90 noisy labels, and what an imperfect model says of them."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, k, 90)
    labels = np.where(rng.random(90) < 0.2, rng.integers(0, k, 90), true)
    logits = rng.normal(size=(90, k))
    logits[np.arange(90), true] += 2.0
    p = np.exp(logits)
    return labels, p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(("seed", "k", "joint", "found"), CLEANLAB)
def test_as_cleanlab(seed, k, joint, found):
    """The same but for rounding: cleanlab lets the order of classes settle ties, we do not."""
    labels, probabilities = drawn(seed, k)
    ours = confident_joint(labels, probabilities)
    apart = np.abs(ours - np.array(joint))
    assert apart.max() <= (0 if k == 2 else 1)
    others = set(find_label_noise(labels, probabilities)) ^ set(found)
    assert len(others) <= apart.sum() - np.trace(apart)
    assert ours.sum(axis=1).tolist() == np.bincount(labels).tolist()


def test_by_hand():
    # Means of the given class: 0.7 for class 0 and 0.6 for class 1. Row 3 reaches 0.6 for class 1,
    # row 7 does for class 0; rows 2 and 6 reach neither. So class 0 has 2 confident rows and 1 that
    # belongs to class 1, and 4 rows in all: 4 * 2/3 = 2.67 and 1.33, rounded 3 and 1.
    ones = np.array([0.05, 0.1, 0.35, 0.7, 0.9, 0.85, 0.55, 0.1])
    p = np.stack([1 - ones, ones], axis=1)
    given = [0, 0, 0, 0, 1, 1, 1, 1]
    assert confident_joint(given, p).tolist() == [[3, 1], [1, 3]]
    assert find_label_noise(given, p) == (3, 7)


def test_the_names_of_classes_do_not_matter():
    labels, p = drawn(3, 4)
    order = np.array([2, 0, 3, 1])  # the old class at each new place
    renamed = np.argsort(order)[labels]
    assert find_label_noise(renamed, p[:, order]) == find_label_noise(labels, p)


def test_planted_noise_in_real_reviews_is_found(reviews):
    rng = np.random.default_rng(0)
    flipped = set(rng.choice(len(reviews), 87, replace=False).tolist())  # a tenth
    labels = ["10"[int(y)] if i in flipped else y for i, y in enumerate(reviews.labels)]
    noisy = replace(reviews, labels=tuple(labels))
    removed = set(remove_label_noise(noisy).report.removed_lines)
    rate = len(removed & flipped) / len(removed)
    assert len(removed & flipped) > 20
    assert rate > 1.5 * 0.1  # the share of wrong labels among what is removed, against all


def test_a_model_that_serves_a_group_worse_is_told():
    labels = ("0", "1") * 40
    rows = Rows(
        tuple(map(str, range(80))), labels, tuple(range(80)), groups=("x",) * 40 + ("y",) * 40
    )

    def model(asked):
        right = np.array([0.9] * 60 + [0.2] * 20)  # half of group y is misread
        ones = np.where(np.array(asked.labels) == "1", right, 1 - right)
        return np.stack([1 - ones, ones], axis=1)

    with pytest.warns(FairnessWarning, match="group 'x'|group 'y'"):
        step = remove_label_noise(rows, model)
    assert step.report.removal_rates[0].removed == 0
    assert step.report.removal_rates[1].removed > 10


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([0, 1], [[0.5, 0.5]], r"has shape \(1, 2\) for 2 labels"),
        ([0, 1], [[2.0, -1.0], [0.5, 0.5]], "must not be negative"),
        ([0, 1], [[1.0, 3.0], [0.5, 0.5]], "must sum to 1"),
        ([0, 0], [[0.5, 0.5], [0.5, 0.5]], "differ in class 1"),
        ([0, 2], [[0.5, 0.5], [0.5, 0.5]], "differ in class 1"),
    ],
)
def test_arguments(labels, probabilities, message):
    with pytest.raises(ArgumentError, match=message):
        find_label_noise(labels, probabilities)
