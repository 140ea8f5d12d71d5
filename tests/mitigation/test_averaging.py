"""Averaging over counterfactuals: by hand, on a saved folder, and what it refuses."""

from __future__ import annotations

import json
import shutil

import pytest

from pytest_fairness import ModelError, load_attribute, load_model
from pytest_fairness.mitigation.averaging import WRAPPER, CounterfactualAverage
from pytest_fairness.models.wrapping import FILE, write_wrapper

GENDER = load_attribute("gender")


def by_first_word(texts):
    return [{"He": 0.9, "She": 0.3}.get(text.split()[0], 0.5) for text in texts]


@pytest.fixture
def model():
    return load_model(by_first_word)


def test_both_sides_get_the_mean(model):
    fair = CounterfactualAverage(model, [GENDER])
    scores = fair.predict_proba(["He works here.", "She works here.", "Rain falls."])
    assert scores[:, 1].tolist() == pytest.approx([0.6, 0.6, 0.5])
    assert fair.predict(["He works here."]).tolist() == fair.predict(["She works here."]).tolist()
    assert fair.predict_proba([]).shape == (0, 2)


def test_a_word_that_is_unknown_is_left_alone(model):
    fair = CounterfactualAverage(model, [GENDER], unknown=["she"])
    assert fair.predict_proba(["She works."])[0, 1] == pytest.approx(0.3)
    assert fair.predict_proba(["He works."])[0, 1] == pytest.approx(0.9)


def test_only_whole_words_are_unknown(model):
    """The letters of "al" stand in "really", and those of "he" in "the"."""
    fair = CounterfactualAverage(model, [GENDER], unknown=["Al", "hers"])
    assert fair.predict_proba(["He really saw the others."])[0, 1] == pytest.approx(0.6)


def test_each_average_has_a_fingerprint_of_its_own(model):
    prints = {
        model.info.fingerprint,
        CounterfactualAverage(model, [GENDER]).info.fingerprint,
        CounterfactualAverage(model, [GENDER], unknown=["he"]).info.fingerprint,
        CounterfactualAverage(model, [load_attribute("age")]).info.fingerprint,
    }
    assert len(prints) == 4


def test_a_folder_says_that_its_model_is_averaged(biased_classifier, tmp_path):
    folder = tmp_path / "fair"
    shutil.copytree(biased_classifier, folder)
    write_wrapper(folder, WRAPPER, {"attributes": [{"vary": "gender", "language": "en"}]})
    plain, fair = load_model(str(biased_classifier), device="cpu"), load_model(str(folder))
    texts = ["the man is here", "the woman is here"]
    mean = plain.predict_proba(texts).mean(axis=0)
    assert fair.predict_proba(texts).tolist() == [pytest.approx(mean)] * 2
    assert fair.info.path == str(folder)


@pytest.mark.parametrize("content", ['{"wrapper": "magic"}', "[]", "{"])
def test_a_file_that_says_nothing_known_is_named(biased_classifier, tmp_path, content):
    folder = tmp_path / "odd"
    shutil.copytree(biased_classifier, folder)
    (folder / FILE).write_text(content)
    with pytest.raises(ModelError, match=FILE):
        load_model(str(folder))


def test_what_is_written_can_be_read_by_anyone(tmp_path):
    write_wrapper(tmp_path, WRAPPER, {"attributes": []})
    assert json.loads((tmp_path / FILE).read_text("utf-8"))["wrapper"] == WRAPPER
