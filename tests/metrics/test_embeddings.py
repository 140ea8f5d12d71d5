"""Association tests against published numbers, enumeration and other arithmetic."""

from __future__ import annotations

import json
import math
from itertools import combinations

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.embeddings import (
    ceat,
    combined_effect_size,
    weat_effect_size,
    weat_test,
)

# Sets, effect size with n - 1 and with n (Caliskan et al. 2017 print the former with two digits).
KNOWN = [
    ("flowers insects pleasant_5 unpleasant_5a", 25, 1.539347, 1.554976),
    ("instruments weapons pleasant_5 unpleasant_5a", 24, 1.627932, 1.644802),
    ("male_names female_names career family", 8, 1.889868, 1.951847),
    ("math arts male_terms female_terms", 8, 0.966414, 0.998108),
    ("science arts_2 male_terms_2 female_terms_2", 8, 1.243855, 1.284648),
    ("mental_disease physical_disease temporary permanent", 6, 1.296743, 1.354404),
    ("young_people_names old_people_names pleasant_9 unpleasant_9", 8, -0.198194, -0.204694),
]
P_VALUES = {
    "male_names": (1.251610, 1 / 12870),
    "math": (0.225461, 0.022688),
    "science": (0.357187, 0.004040),
    "mental_disease": (0.338592, 0.007576),
    "young_people_names": (None, 0.650427),
}


@pytest.fixture(scope="module")
def vectors(shared_data):
    folder = shared_data / "weat"
    lines = (folder / "weat_w2v_vectors.txt").read_text("utf-8").splitlines()[1:]
    rows = (line.split() for line in lines)
    return {row[0]: np.array(row[1:], dtype=float) for row in rows}


@pytest.fixture(scope="module")
def sets(shared_data, vectors):
    lists = json.loads((shared_data / "weat" / "WEAT.json").read_text("utf-8"))
    known = {name: [_as_listed(w, vectors) for w in words] for name, words in lists.items()}
    return {
        name: np.array([vectors[w] for w in words if w is not None])
        for name, words in known.items()
        if any(words)
    }


def _as_listed(word, vectors):
    """The word as the vectors have it: as it stands, or in small letters."""
    return next((w for w in (word, word.lower()) if w in vectors), None)


@pytest.mark.parametrize(("names", "size", "with_less", "with_n"), KNOWN)
def test_word2vec_gives_the_known_effect_sizes(sets, names, size, with_less, with_n):
    four = [sets[name] for name in names.split()]
    assert min(len(four[0]), len(four[1])) == size
    assert weat_effect_size(*four) == pytest.approx(with_less, abs=5e-7)
    assert weat_effect_size(*four, ddof=0) == pytest.approx(with_n, abs=5e-7)


@pytest.mark.parametrize(("names", "size", "with_less", "with_n"), KNOWN[2:])
def test_word2vec_gives_the_known_p_values(sets, names, size, with_less, with_n):
    four = [sets[name] for name in names.split()]
    found = weat_test(*four)
    statistic, p_value = P_VALUES[names.split()[0]]
    assert (found.exact, found.splits) == (True, math.comb(2 * size, size))
    assert found.p_value == pytest.approx(p_value, abs=5e-7)
    if statistic is not None:
        assert found.statistic == pytest.approx(statistic, abs=5e-7)


def random_sets(seed, n=5):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(n, 4)) for _ in range(4)]


def cosine(u, v):
    return sum(a * b for a, b in zip(u, v, strict=True)) / math.hypot(*u) / math.hypot(*v)


@pytest.mark.parametrize("seed", range(5))
def test_by_brute_force(seed):
    x, y, a, b = random_sets(seed)

    def s(w):
        return sum(cosine(w, u) for u in a) / len(a) - sum(cosine(w, u) for u in b) / len(b)

    values = [s(w) for w in [*x, *y]]
    mean = sum(values) / 10
    sd = math.sqrt(sum((v - mean) ** 2 for v in values) / 9)
    gap = sum(values[:5]) / 5 - sum(values[5:]) / 5
    assert weat_effect_size(x, y, a, b) == pytest.approx(gap / sd, abs=1e-12)
    observed = sum(values[:5]) - sum(values[5:])
    larger = 0
    for chosen in combinations(range(10), 5):
        rest = [i for i in range(10) if i not in chosen]
        statistic = sum(values[i] for i in chosen) - sum(values[i] for i in rest)
        larger += statistic >= observed - 1e-9
    assert weat_test(x, y, a, b).p_value == pytest.approx(larger / 252)


@pytest.mark.parametrize("seed", range(5))
def test_exchanging_the_targets_turns_the_sign(seed):
    x, y, a, b = random_sets(seed)
    assert weat_effect_size(y, x, a, b) == pytest.approx(-weat_effect_size(x, y, a, b))
    assert weat_effect_size(x, y, b, a) == pytest.approx(-weat_effect_size(x, y, a, b))
    assert weat_effect_size(x, x, a, b) == pytest.approx(0)


def test_words_that_all_associate_alike_cannot_be_measured():
    one = np.array([[1.0, 1.0], [2.0, 2.0]])
    assert math.isnan(weat_effect_size(one, one, [[1.0, 0.0]], [[0.0, 1.0]]))


def test_sampled_splits_come_near_the_exact_share():
    x, y, a, b = random_sets(3, n=11)
    found = weat_test(x, y, a, b, permutations=20_000, seed=1)
    assert not found.exact
    every = np.concatenate([x, y])
    rng = np.random.default_rng(7)
    larger = 0
    for _ in range(2_000):
        order = rng.permutation(22)
        larger += weat_test_statistic(every[order[:11]], every[order[11:]], a, b) >= found.statistic
    assert found.p_value == pytest.approx(larger / 2_000, abs=0.04)
    assert weat_test(x, y, a, b, permutations=99, seed=1).p_value >= 0.01


def weat_test_statistic(x, y, a, b):
    sums = [
        sum(np.mean([cosine(w, u) for u in a]) - np.mean([cosine(w, u) for u in b]) for w in words)
        for words in (x, y)
    ]
    return sums[0] - sums[1]


def test_effects_are_combined_as_a_package_for_meta_analysis_does():
    from statsmodels.stats.meta_analysis import combine_effects

    effects, variances = np.array([0.3, 0.9, 0.1, 1.4]), np.array([0.05, 0.08, 0.04, 0.2])
    theirs = combine_effects(effects, variances, method_re="dl")
    ours = combined_effect_size(effects, variances)
    assert ours.effect_size == pytest.approx(theirs.mean_effect_re)
    assert ours.standard_error == pytest.approx(theirs.sd_eff_w_re)
    assert ours.i_squared == pytest.approx(theirs.i2)


def test_contexts_that_agree_have_nothing_between_them():
    four = random_sets(2)
    found = ceat([four, four, four])
    assert found.effect_size == pytest.approx(weat_effect_size(*four))
    assert found.i_squared == 0


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([], "x|words"),
        ([[0.0, 0.0]], "zero or not finite"),
        ([[1.0, math.nan]], "zero or not finite"),
        ([[1.0, 0.0, 0.0]], "dimensions"),
    ],
)
def test_bad_vectors_are_refused(x, words):
    with pytest.raises(ArgumentError, match=words):
        weat_effect_size(x, [[1.0, 0.0]], [[1.0, 0.0]], [[0.0, 1.0]])
