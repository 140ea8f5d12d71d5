"""What judges a repair is not taught: words in all their forms, rows, and copies of rows."""

from __future__ import annotations

import random
from types import SimpleNamespace

import numpy as np
import pytest

from pytest_fairness import MitigationConfig, Verdict, counterfactuals, load_attribute
from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.data import Labelled, Rows
from pytest_fairness.mitigation.data.counterfactuals import augment_counterfactually
from pytest_fairness.mitigation.plan import plan_batches
from pytest_fairness.mitigation.skills import measure_skills
from pytest_fairness.mitigation.tasks import gather
from pytest_fairness.mitigation.unseen import UnseenWords, unseen_words
from pytest_fairness.mitigation.utility import measure_utility
from tests.mitigation.spelling import spelled

PLACES = ["I met {} today.", "We saw {} there.", "They like {} a lot.", "You know {} well."]
VERBS = ("ran", "sat", "sang", "slept", "read", "left")
CONFIG = MitigationConfig(device="cpu")


class Constant:
    labels = ("0", "1")

    def predict_proba(self, texts):
        return np.array([[0.4, 0.6]] * len(texts))


def space_of(kind, attribute):
    return counterfactuals([text.format(f"{{{kind}}}") for text in PLACES], vary=attribute)


def rows_of(texts):
    return Rows(
        tuple(texts),
        tuple("01"[i % 2] for i in range(len(texts))),
        tuple(texts and range(len(texts))),
    )


@pytest.mark.parametrize("attribute", ["religion", "disability", "race"])
@pytest.mark.parametrize("form", ["plural", "noun", ""])
def test_no_form_of_a_held_out_term_is_taught_by_rows(attribute, form):
    """Templates use the plural; rows name the same people at the start of a sentence, too."""
    lexicon, plural = load_attribute(attribute), f"{attribute}_plural"
    space = space_of(plural, attribute)
    held = {word for words in space.part("heldout").terms.values() for word in words}
    kind = f"{attribute}_{form}" if form else attribute
    texts = {}
    for group in lexicon.groups:
        for word, held_word in zip(
            lexicon.terms(group, kind), lexicon.terms(group, plural), strict=True
        ):
            text = (
                f"{word[0].upper()}{word[1:]} people or not, all came."
                if form
                else f"The {word} cook won."
            )
            texts[text] = held_word in held
    assert sum(texts.values()) >= 5
    material = gather(Constant(), [space], rows_of(list(texts) * 2), CONFIG)
    taught = {text for pair in material.pairs["train"] for text in (pair.original, pair.variant)}
    assert not [text for text, is_held in texts.items() if is_held and text in taught]
    if attribute != "disability":  # a quarter of its terms are for training, and few have variants
        assert any(text in taught for text in texts)


def test_words_are_found_as_words():
    religion = load_attribute("religion")
    unseen = UnseenWords(["Muslims", "Sufi"], [religion])
    assert unseen.are_in("the muslims came")
    assert unseen.are_in("MUSLIMS!")
    assert not unseen.are_in("a Muslim came")
    assert not unseen.are_in("Sufism")
    assert not UnseenWords([], [religion]).are_in("the muslims came")


def test_words_that_all_parts_share_are_seen():
    assert not unseen_words(
        [counterfactuals([f"{{Pronoun}} {verb}." for verb in VERBS], vary="gender")]
    )


@pytest.mark.parametrize("seed", range(3))
def test_held_out_rows_are_not_shown_in_training(seed):
    """Each row has a twin about the other gender: the variant of one is the text of the other."""
    words = ("garden", "river", "letter", "market", "team", "window", "music", "report")
    rng = random.Random(0)
    said = {
        f"{rng.choice(['He', 'She'])} {rng.choice(VERBS)} there by the {rng.choice(words)} "
        f"near the {rng.choice(words)} {rng.choice(['again', 'today'])}.": None
        for _ in range(200)
    }
    rows = augment_counterfactually(rows_of(list(said))).rows
    places = [f"{{Pronoun}} {verb} in the team of ten." for verb in VERBS]
    config = MitigationConfig(device="cpu", seed=seed)
    material = gather(Constant(), [counterfactuals(places, vary="gender")], rows, config)
    judged = {text for part in ("validation", "heldout") for text in material.rows[part].texts}
    pairs = [(pair.original, pair.variant) for pair in material.pairs["train"]]
    shown = {
        text
        for batch in plan_batches(material.rows["train"].texts, pairs, config)
        for text in batch.texts
    }
    assert len(judged) > 100
    assert len(shown) > 100
    assert not judged & shown


def test_rows_that_the_templates_give_stay_in_the_part_of_their_pair():
    space = counterfactuals([f"{{Pronoun}} {verb} here." for verb in VERBS], vary="gender")
    given = sorted({text for pair in space.sample(99, 0) for text in (pair.original, pair.variant)})
    others = [f"It rained {n} days." for n in range(60)]
    material = gather(Constant(), [space], rows_of(given + others), CONFIG)
    learnt = {t for p in space.part("train").sample(99, 0) for t in (p.original, p.variant)}
    assert learnt.isdisjoint(material.rows["heldout"].texts)
    assert learnt.isdisjoint(material.rows["validation"].texts)
    held = {t for p in space.part("heldout").sample(99, 0) for t in (p.original, p.variant)}
    assert held.isdisjoint(material.rows["train"].texts)
    with pytest.raises(
        MitigationError, match=r"every row of the \w+ part is a sentence of the tests'"
    ):
        gather(Constant(), [space], rows_of(given), CONFIG)


def test_copies_do_not_show_that_skill_is_kept():
    """At a loss as large as the margin, "kept" may be said in 5 of 100 cases, copies or none."""

    def right(found):
        return SimpleNamespace(
            labels=("0", "1"), predict=lambda texts: np.array([found[t] for t in texts])
        )

    rng, kept, times = np.random.default_rng(0), 0, 400
    texts = [f"text {spelled(i)}" for i in range(100)]
    truth = {text: i % 2 for i, text in enumerate(texts)}
    for _ in range(times):
        wrong = rng.random(100) < 0.05
        after = {text: str(abs(truth[text] - wrong[i])) for i, text in enumerate(texts)}
        rows = Labelled(texts * 4, [truth[text] for text in texts * 4]).distinct()
        models = (right({t: str(label) for t, label in truth.items()}), right(after))
        found = measure_utility("accuracy", *models, rows, margin=0.05, confidence=0.95)
        kept += found.verdict is Verdict.PASS
    assert kept / times < 0.09


def test_distinct_keeps_what_differs():
    rows = Labelled(
        ["A b", "a  b", "a b", "c"], np.array([0, 0, 1, 1]), [1.0, 2.0, 3.0, 4.0], list("xxxy")
    )
    found = rows.distinct()
    assert (found.texts, list(found.targets), found.weights) == (
        ["A b", "a b", "c"],
        [0, 1, 1],
        [1.0, 3.0, 4.0],
    )
    assert Labelled(["a", "a"], np.ones((2, 2))).distinct().targets.shape == (1, 2)


def test_log_loss_is_that_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    scores = rng.dirichlet([0.05, 0.05, 0.05], 200).clip(1e-6, None)
    scores /= scores.sum(axis=1, keepdims=True)
    truth = rng.integers(0, 3, 200)
    model = SimpleNamespace(predict_proba=lambda texts: scores)
    skills = measure_skills(model, model, Labelled(["t"] * 200, truth))
    (found,) = [skill.after for skill in skills if skill.name == "log loss"]
    assert found == pytest.approx(metrics.log_loss(truth, scores))
    assert found > 3
