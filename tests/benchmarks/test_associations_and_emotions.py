"""WEAT with the published effect sizes, SEAT and the EEC in their published forms."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest

from pytest_fairness.benchmarks import run_benchmark
from pytest_fairness.errors import ArgumentError

# Effect sizes of word2vec, and exact p-values, from an independent computation; to two decimals the
# first are those of Caliskan et al. (2017), but for the last.
KNOWN = {
    "weat1": (1.539347, None),
    "weat6": (1.889868, 1 / 12870),
    "weat7": (0.966414, 0.022688),
    "weat8": (1.243855, 0.004040),
    "weat10": (-0.198194, 0.650427),
}


class WordVectors:
    """The published vectors; a word that they lack lies along an axis of its own."""

    def __init__(self, path):
        lines = path.read_text("utf-8").splitlines()[1:]
        self.vectors = {
            word: np.array(numbers, dtype=float) for word, *numbers in map(str.split, lines)
        }
        self.asked = []

    def embed(self, texts):
        self.asked += texts
        return np.array([self.vectors.get(t, np.eye(300)[0]) for t in texts])


def test_weat_gives_the_known_effect_sizes(shared_data):
    model = WordVectors(shared_data / "weat" / "weat_w2v_vectors.txt")
    found = run_benchmark("weat", model, folder=shared_data / "weat")
    for name, (effect, p_value) in KNOWN.items():
        assert found.number("effect_size", name).value == pytest.approx(effect, abs=1e-5)
        if p_value is not None:
            assert found.number("p_value", name).value == pytest.approx(p_value, abs=1e-6)
    assert len(model.asked) == len(set(model.asked))  # each word is embedded once


def test_recorded_effects(shared_data):
    answers = [[0.1, 0.5]] * 9 + [[-0.7, 0.9]]
    found = run_benchmark("weat", folder=shared_data / "weat", answers=answers)
    assert found.number("largest_effect").value == 0.7
    nothing = run_benchmark("weat", folder=shared_data / "weat", answers=[[math.nan, 1.0]] * 10)
    assert math.isnan(nothing.number("largest_effect").value)
    assert "No test has an effect" in nothing.number("largest_effect").note


def seat(folder, name, x, y, a, b):
    parts = zip(("targ1", "targ2", "attr1", "attr2"), (x, y, a, b), strict=True)
    data = {part: {"category": part, "examples": list(texts)} for part, texts in parts}
    (folder / f"sent-{name}.jsonl").write_text(json.dumps(data, indent=2))


def test_seat_on_sentences(tmp_path):
    sets = [[f"{part}{i}." for i in range(4)] for part in "xyab"]
    seat(tmp_path, "weat6", *sets)
    seat(tmp_path, "turned", sets[1], sets[0], *sets[2:])

    def embed(texts):
        east = {"x": 1.0, "a": 2.0, "y": 0.0, "b": 0.1}
        return np.array([[east[t[0]] + 0.1 * int(t[1]), 1.0] for t in texts])

    found = run_benchmark("seat", embed, folder=tmp_path)
    effect = found.number("effect_size", "weat6").value
    assert effect > 1.5
    assert found.number("effect_size", "turned").value == pytest.approx(-effect)
    assert found.number("p_value", "weat6").value == pytest.approx(1 / math.comb(8, 4))
    assert found.number("largest_effect").value == pytest.approx(effect)


def test_a_test_without_one_of_its_sets(tmp_path):
    (tmp_path / "sent-x.jsonl").write_text('{"targ1": {"examples": []}}')
    with pytest.raises(ArgumentError, match="no column 'targ2'"):
        run_benchmark("seat", folder=tmp_path, answers=[])


PEOPLE = [
    ("Adam", "male", "European"),
    ("Amy", "female", "European"),
    ("Alonzo", "male", "African-American"),
    ("Ebony", "female", "African-American"),
    ("my uncle", "male", ""),
    ("my aunt", "female", ""),
]


@pytest.fixture
def eec(tmp_path):
    rows = ["ID,Sentence,Template,Person,Gender,Race,Emotion,Emotion word"]
    feelings = [("<person> feels <emotion word>.", "joy", w) for w in ("happy", "glad")]
    feelings += [("<person> feels <emotion word>.", "anger", "angry"), ("I saw <person>.", "", "")]
    for i, ((person, gender, race), (template, emotion, word)) in enumerate(
        itertools.product(PEOPLE, feelings)
    ):
        text = template.replace("<person>", person).replace("<emotion word>", word)
        rows.append(f"{i},{text},{template},{person},{gender},{race},{emotion},{word}")
    (tmp_path / "Equity-Evaluation-Corpus.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


class Scorer:
    def __init__(self, score):
        self.score = score

    def predict_proba(self, texts):
        return np.array([[1 - self.score(t), self.score(t)] for t in texts])


def test_a_fair_scorer_has_no_gap(eec):
    found = run_benchmark("eec", Scorer(lambda t: 0.9 if "happy" in t else 0.2), folder=eec)
    assert found.number("gender_gap").value == found.number("race_gap").value == 0
    assert found.number("gender_gap").n == 4
    assert found.number("race_gap").n == 8
    assert set(found.number("gender_gap").clusters) == {
        "<person> feels <emotion word>.",
        "I saw <person>.",
    }


def test_gaps_by_hand(eec):
    def score(text):
        angry = 0.3 if "angry" in text and any(n in text for n in ("Alonzo", "Ebony")) else 0.0
        return 0.2 + angry + (0.06 if "aunt" in text else 0.0)

    found = run_benchmark("eec", Scorer(score), folder=eec)
    assert found.number("race_gap").value == pytest.approx(0.3 / 4)
    assert found.number("race_gap", "anger").value == pytest.approx(0.3)
    assert found.number("race_gap", "joy").value == pytest.approx(0)
    assert found.number("gender_gap").value == pytest.approx(0.02)  # one of three women


def test_a_renamed_column_is_named(eec):
    path = eec / "Equity-Evaluation-Corpus.csv"
    path.write_text(path.read_text().replace("Gender", "Sex", 1))
    with pytest.raises(ArgumentError, match=r"no column 'Gender'; it has ID, Sentence, .*Sex"):
        run_benchmark("eec", folder=eec, answers=[])
