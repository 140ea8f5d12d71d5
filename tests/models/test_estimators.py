from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness.errors import ModelError
from pytest_fairness.models import load_model

pytest.importorskip("sklearn")

TEXTS = ["a good team", "a bad team", "good work", "bad work", "so good", "too bad"]
HIRED = ["yes", "no", "yes", "no", "yes", "no"]


def fitted(final=None, **options):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(
        TfidfVectorizer(), LogisticRegression(**options) if final is None else final
    ).fit(TEXTS, HIRED)


def test_a_pipeline_gives_its_own_probabilities_and_labels():
    pipeline = fitted()
    model = load_model(pipeline)
    np.testing.assert_array_equal(model(TEXTS), pipeline.predict_proba(TEXTS))
    assert model.predict(TEXTS).tolist() == HIRED
    assert model.labels == ("no", "yes")
    assert model.info.name == "TfidfVectorizer + LogisticRegression"
    assert model.info.kind == "estimator"
    np.testing.assert_allclose(np.exp(model.logits(TEXTS)), model(TEXTS))


def test_a_tuned_threshold_decides_the_label():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import FixedThresholdClassifier

    strict = FixedThresholdClassifier(LogisticRegression(), threshold=0.99, pos_label="yes")
    model = load_model(fitted(strict))
    assert set(model.predict(TEXTS)) == {"no"}
    assert model(TEXTS)[:, 1].max() > 0.5


def test_margins_are_squashed_in_order():
    from sklearn.svm import LinearSVC

    pipeline = fitted(LinearSVC())
    model = load_model(pipeline)
    margins = pipeline.decision_function(TEXTS)
    np.testing.assert_allclose(model(TEXTS)[:, 1], 1 / (1 + np.exp(-margins)))
    assert model.predict(TEXTS).tolist() == HIRED


def test_an_estimator_that_only_predicts_gives_labels():
    class Rule:
        def predict(self, texts):
            return [int("good" in text) for text in texts]

    model = load_model(Rule())
    assert model.predict(TEXTS).tolist() == ["1", "0"] * 3
    assert model.labels == ("0", "1")
    assert not model.gives_scores
    with pytest.raises(ModelError, match="neither predict_proba nor decision_function"):
        model(TEXTS)


def test_texts_are_scored_once_per_method():
    model = load_model(fitted())
    for _ in range(3):
        model(TEXTS * 2)
        model.predict(TEXTS)
    assert (model.cache.misses, model.label_cache.misses) == (6, 6)


def test_the_fingerprint_follows_what_was_fitted():
    prints = [load_model(fitted()).info.fingerprint for _ in range(2)]
    other = load_model(fitted(C=0.1)).info.fingerprint
    assert prints[0] == prints[1] != other


def test_scoring_does_not_change_the_fingerprint():
    pipeline = fitted()
    before = load_model(pipeline).info.fingerprint
    load_model(pipeline).predict(TEXTS)
    assert load_model(pipeline).info.fingerprint == before


def test_the_fingerprint_sees_into_trees():
    from sklearn.ensemble import RandomForestClassifier

    forest = fitted(RandomForestClassifier(5, random_state=0))
    same = fitted(RandomForestClassifier(5, random_state=0))
    before = load_model(forest).info.fingerprint
    assert load_model(same).info.fingerprint == before
    forest[-1].estimators_[0].tree_.value[:] *= 0.5
    assert load_model(forest).info.fingerprint != before


def test_an_estimator_that_takes_no_text_says_what_to_pass():
    from sklearn.linear_model import LogisticRegression

    numbers = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ModelError, match=r"cannot take a list of texts.*make_pipeline"):
        load_model(numbers)(TEXTS)


def test_fitting_again_needs_forget():
    pipeline = fitted()
    model = load_model(pipeline)
    before = model(TEXTS), model.info.fingerprint
    pipeline.fit(TEXTS, HIRED[::-1])
    model.forget()
    np.testing.assert_array_equal(model(TEXTS), pipeline.predict_proba(TEXTS))
    assert model.info.fingerprint != before[1]


def test_wrong_rows_and_closing():
    class Short:
        def predict(self, texts):
            return ["yes"]

    with pytest.raises(ModelError, match="returned 1 rows for 6 texts"):
        load_model(Short()).predict(TEXTS)
    model = load_model(fitted())
    model.close()
    with pytest.raises(ModelError, match="was closed"):
        model.predict(TEXTS)
