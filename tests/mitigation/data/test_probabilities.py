import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.mitigation.data import Rows, cross_validated_probabilities
from pytest_fairness.mitigation.data.probabilities import fit_logistic, predict_logistic
from pytest_fairness.mitigation.data.texts import features
from pytest_fairness.mitigation.data.weighted_words import WordWeights


def test_weighted_words_are_scikit_learns(reviews):
    text = pytest.importorskip("sklearn.feature_extraction.text")
    texts = reviews.texts[:200]
    oracle = text.TfidfVectorizer(analyzer=lambda t: list(features(t)), min_df=2, sublinear_tf=True)
    expected = oracle.fit_transform(texts)
    found = WordWeights.fit(texts)
    assert list(found.columns) == oracle.get_feature_names_out().tolist()
    assert np.abs(found(texts).toarray() - expected.toarray()).max() < 1e-12


@pytest.mark.parametrize("k", [2, 3])
def test_logistic_regression_is_scikit_learns(k):
    linear = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(k)
    x, y = rng.normal(size=(120, 4)), rng.integers(0, k, 120)
    oracle = linear.LogisticRegression(C=0.5 if k == 2 else 1.0, tol=1e-8, max_iter=1000).fit(x, y)
    # With two labels scikit-learn has one vector of coefficients, we one for each label that are
    # opposite: the same model at twice the penalty.
    found = predict_logistic(x, fit_logistic(x, y, k, penalty=4.0 if k == 2 else 1.0))
    assert np.abs(found - oracle.predict_proba(x)).max() < 1e-3


def test_no_row_is_asked_of_a_model_that_saw_its_text():
    # Each text has an embedding of its own, so that only a model that saw it can know its label.
    texts = tuple(f"text {i % 30}" for i in range(60))
    rows = Rows(texts, tuple(str(i % 30 % 2) for i in range(60)), tuple(range(60)))

    def embed(asked):
        return np.eye(30)[[int(t.split()[1]) for t in asked]]

    found = cross_validated_probabilities(rows, embed=embed)
    # What is left to a model is how often its fold's labels occur: about one half.
    assert np.abs(found - 0.5).max() < 0.2


def test_real_reviews_are_told_apart(reviews):
    found = cross_validated_probabilities(reviews)
    assert found.shape == (872, 2)
    right = np.array(sorted(set(reviews.labels)))[found.argmax(axis=1)] == np.array(reviews.labels)
    assert right.mean() > 0.6  # half by chance


def test_the_seed_draws_the_folds(reviews):
    some = reviews.select(range(100))
    first, again, other = (cross_validated_probabilities(some, seed=s) for s in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()


def test_arguments(reviews):
    few = reviews.select(range(10))
    with pytest.raises(ArgumentError, match="folds=9 must lie between 2 and"):
        cross_validated_probabilities(few, folds=9)
    with pytest.raises(ArgumentError, match="All rows bear the label"):
        cross_validated_probabilities(Rows(("a", "b"), ("1", "1"), (0, 1)))
    with pytest.raises(ModelError, match=r"embed returned shape \(3,\) for 10 texts"):
        cross_validated_probabilities(few, embed=lambda texts: [1, 2, 3], folds=2)
