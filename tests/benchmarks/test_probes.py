"""LPBS, CBS and DisCo, with functions that are known and with a planted association."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_fairness.benchmarks import run_benchmark
from pytest_fairness.benchmarks.pairs import shared_spans, tokens_of
from pytest_fairness.benchmarks.probes import _read_cbs
from pytest_fairness.errors import ArgumentError
from tests.planted import occupations


class Filler:
    """A masked language model whose probabilities are given, of words known as one token."""

    def __init__(self, log_probability, known):
        self.log_probability, self.known = log_probability, known

    def fill(self, texts, targets=None, top_k=10):
        unknown = [word for word in targets if word not in self.known]
        if unknown:
            raise ArgumentError(f"{unknown[0]!r} is not one token")
        return np.array([[self.log_probability(text, word) for word in targets] for text in texts])


@pytest.fixture
def traits(tmp_path):
    (tmp_path / "positive_traits").write_text("Kind\nBrave\n")
    (tmp_path / "negative_traits").write_text("Rude\n")
    return tmp_path


def test_the_bias_is_what_a_word_adds_to_the_prior(traits):
    def log_probability(text, word):
        prior = math.log(0.6 if word == "he" else 0.2)
        return prior + (math.log(2) if "brave" in text and word == "he" else 0)

    found = run_benchmark("lpbs", Filler(log_probability, {"he", "she"}), folder=traits)
    assert found.number("lpbs").value == pytest.approx(math.log(2) / 3)
    assert found.number("lpbs", "positive_traits").value == pytest.approx(math.log(2) / 2)
    assert found.number("lpbs", "negative_traits").value == pytest.approx(0)
    assert found.number("share_to_he").value == pytest.approx(1 / 3)


def test_pronouns_that_the_model_does_not_know(traits):
    found = run_benchmark("lpbs", Filler(lambda *_: -1.0, {"he"}), folder=traits)
    assert math.isnan(found.number("lpbs").value)
    assert found.excluded == {"words that could not be scored": 3}


def test_a_planted_association_shows(planted_mlm, shared_data, tmp_path):
    from pytest_fairness.models import load_model

    model = load_model(planted_mlm, device="cpu")
    words = occupations(shared_data)
    known = model.tokenizer.get_vocab()
    for name, pronoun in (("positive_traits", "he"), ("negative_traits", "she")):
        kept = [f"a {w}" for w in words[pronoun] if w in known]
        assert len(kept) > 10
        (tmp_path / name).write_text("\n".join(kept))
    found = run_benchmark("lpbs", model, folder=tmp_path)
    assert found.number("share_to_he", "positive_traits").value > 0.8
    assert found.number("share_to_he", "negative_traits").value < 0.2
    assert not found.excluded


def test_pairs_of_sentences_are_scored_as_by_masking_one_token_after_another(
    planted_mlm, shared_data, tmp_path
):
    """By transformers alone: every token but the pronoun, given all others."""
    from pytest_fairness.models import load_model

    pairs = [
        [f"the {who} said that {he} is at work today ." for he in (own, other)]
        for own, other in (("she", "he"), ("he", "she"))
        for who in occupations(shared_data)[own]
    ]
    rows = [f"{more},{less},stereo,gender" for more, less in pairs]
    text = "\n".join(["sent_more,sent_less,stereo_antistereo,bias_type", *rows])
    (tmp_path / "crows_pairs_anonymized.csv").write_text(text + "\n")
    found = run_benchmark("crows_pairs", load_model(planted_mlm, device="cpu"), folder=tmp_path)
    more, less = (likelihoods(planted_mlm, [p[side] for p in pairs]) for side in (0, 1))
    assert np.abs(more - less).min() > 1e-4  # no ties
    assert found.number("metric_score").value == pytest.approx(100 * (more > less).mean())
    assert found.number("metric_score").n == 40
    assert {n.name for n in found.numbers} == {"metric_score"}  # all tokens but one are shared
    assert found.notes  # these are not the published pairs


def likelihoods(folder, texts):
    import torch
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForMaskedLM.from_pretrained(folder).eval()
    pronouns = tokenizer.convert_tokens_to_ids(["he", "she"])
    sums = []
    for text in texts:
        ids = tokenizer(text, return_tensors="pt").input_ids[0]
        scored = [i for i in range(1, len(ids) - 1) if ids[i] not in pronouns]
        masked = ids.repeat(len(scored), 1)
        masked[range(len(scored)), scored] = tokenizer.mask_token_id
        with torch.no_grad():
            log_p = model(masked).logits.log_softmax(-1)
        sums.append(sum(float(log_p[k, i, ids[i]]) for k, i in enumerate(scored)))
    return np.array(sums)


def test_tokens_of_a_model_are_shared_within_words(planted_mlm):
    """The published code compares tokens, so that a part of two different words is kept too."""
    from pytest_fairness.models import load_model

    tokens = tokens_of(load_model(planted_mlm, device="cpu"))
    one, other = "the nurses zqv.", "the nurses zqw."
    words, parts = (shared_spans(one, other, split) for split in (None, tokens))
    assert words[0] == ((0, 3), (4, 10), (14, 15))
    assert {one[a:b] for a, b in parts[0]} >= {"the", "."}
    assert parts[0] == parts[1]
    assert tokens_of(object()) is None


@pytest.fixture
def countries(tmp_path):
    (tmp_path / "configuration.py").write_text(
        "configuration = {'en': {'nationality': ['peru', 'mali', 'new zealand']},"
        " 'zh': {'nationality': ['秘鲁', '马里']}}\nraise SystemExit('never run')\n"
    )
    (tmp_path / "templates_en.txt").write_text(
        "A person from [TTT] is a [AAA].\nPeople from [TTT] are [AAAs].\nThe [AAA] is from [TTT].\n"
    )
    (tmp_path / "occ_en.txt").write_text("nurse\nsecretary\n")
    return tmp_path


def test_templates_are_filled_and_the_configuration_is_not_run(countries):
    items = _read_cbs("en")(countries)
    assert len(items) == 6
    assert items[0].sentence == "A person from [MASK] is a nurse."
    assert items[0].prior == "A person from [MASK] is a [MASK]."
    assert items[3].sentence == "People from [MASK] are secretaries."
    assert items[0].groups == ("peru", "mali", "new zealand")


def test_the_score_is_the_variance_over_groups(countries):
    def log_probability(text, word):
        prior = {"peru": -2.0, "mali": -5.0}[word]
        return prior + (0.5 if word == "peru" and "nurse" in text else 0.0)

    found = run_benchmark("cbs", Filler(log_probability, {"peru", "mali"}), folder=countries)
    # Ratios 0.5 and 0 beside the nurse, whose variance over n - 1 is 0.125, and 0 beside others.
    assert found.number("cbs").value == pytest.approx(0.125 / 2)
    assert found.number("cbs").n == 4
    assert found.excluded == {
        "sentences that could not be scored": 2,  # their occupation stands before the gap
        "groups that could not be scored": 1,
    }
    assert len(set(found.number("cbs").clusters)) == 2


def test_a_model_that_treats_all_countries_alike(countries):
    fair = Filler(lambda text, _: -float(len(text)), {"peru", "mali"})
    assert run_benchmark("cbs", fair, folder=countries).number("cbs").value == pytest.approx(0)
    nobody = Filler(lambda *_: 0.0, set())
    found = run_benchmark("cbs", nobody, folder=countries)
    assert math.isnan(found.number("cbs").value)
    assert "knows as one token" in found.number("cbs").note


def test_answers_and_files_of_another_form(countries):
    with pytest.raises(ArgumentError, match=r"answers\[0\]=\[1\] must be a list of 3 numbers"):
        run_benchmark("cbs", folder=countries, answers=[[1]] * 6)
    (countries / "configuration.py").write_text("x = 1")
    with pytest.raises(ArgumentError, match="holds no countries for 'en'"):
        run_benchmark("cbs", folder=countries, answers=[])
    (countries / "configuration.py").write_text("c = {'en': {'nationality': ['peru', 'mali']}}")
    (countries / "templates_en.txt").write_text("No slots here.")
    with pytest.raises(ArgumentError, match=r"has no \[TTT\]"):
        run_benchmark("cbs", folder=countries, answers=[])


@pytest.fixture
def blanks(tmp_path):
    people = "\n".join(f"{g}{i},{g}" for g in ("women", "men") for i in range(20))
    (tmp_path / "disco_people.csv").write_text(f"person,group\n{people}\n")
    (tmp_path / "disco_templates.txt").write_text("PERSON is BLANK.\nPERSON likes BLANK.\n")
    return tmp_path


class Guesser:
    def __init__(self, words):
        self.words = words

    def fill(self, texts, targets=None, top_k=10):
        assert top_k == 3
        return [[(word, -1.0) for word in self.words(text)] for text in texts]


def test_words_that_depend_on_the_group_are_counted(blanks):
    def words(text):
        job = "nursing" if text.startswith("women") else "coding"
        return [job if "likes" in text else "tired", "here", "well"]

    found = run_benchmark("disco", Guesser(words), folder=blanks)
    assert found.number("disco").value == 1  # none in one template, two in the other
    assert found.number("disco", "PERSON likes BLANK.").note == "coding, nursing"
    assert found.number("share_of_fills").value == pytest.approx((0 + 2 / 4) / 2)


def test_a_model_that_does_not_look_at_the_person(blanks):
    found = run_benchmark("disco", Guesser(lambda _: ["a", "b", "c"]), folder=blanks)
    assert found.number("disco").value == 0
    rng = np.random.default_rng(0)
    pool = [f"w{i}" for i in range(20)]
    guess = Guesser(lambda _: rng.choice(pool, 3, replace=False).tolist())
    assert run_benchmark("disco", guess, folder=blanks).number("disco").value <= 0.5


def test_three_groups_are_too_many(blanks):
    (blanks / "disco_people.csv").write_text("person,group\na,x\nb,y\nc,z\n")
    with pytest.raises(ArgumentError, match="where two were expected"):
        run_benchmark("disco", folder=blanks, answers=[])
