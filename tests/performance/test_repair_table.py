"""Whether the table of repairs counts what it says, and, at length, that the best repairs hold."""

from __future__ import annotations

import statistics

import pytest

from pytest_fairness import load_model
from pytest_fairness.mitigation.config import AUTO, METHODS
from pytest_fairness.mitigation.data import Labelled
from tests.performance.repair_numbers import NOBODY, auc_gaps, flip_rates, make_probe
from tests.performance.repair_table import (
    BEFORE,
    Job,
    Record,
    jobs_of,
    parse,
    remaining,
    row_names,
    run_all,
    show,
    with_cuts,
)
from tests.performance.repair_today import TODAY, augmented
from tests.performance.repair_words import (
    GROUNDS,
    TEMPLATES,
    ground_of,
    identity,
    people,
    split_terms,
    with_neutral_word,
)

SUSPECT = ("gay", "queer", "Muslim", "Black", "blind", "Sikh", "trans", "deaf")
ROWS = Labelled(["good", "bad"] * 3, [0, 1] * 3)


@pytest.fixture(scope="module")
def biased():
    """A model for which a toxic text is one with a suspect word, or the word bad."""

    def score(texts):
        return [float(any(word in text for word in (*SUSPECT, "bad"))) for text in texts]

    return load_model(score)


@pytest.mark.parametrize("seed", range(2))
def test_enough_is_held_out_of_every_ground(seed):
    space = people(seed)
    held, taught = space.part("heldout"), space.part("train")
    terms, known = split_terms(held), split_terms(taught)
    assert set(terms) == set(GROUNDS)
    assert min(map(len, terms.values())) >= 20
    assert not any(terms[ground] & known[ground] for ground in GROUNDS)
    sources = [{pair.source for pair in part.sample(2000, seed)} for part in (held, taught)]
    assert len(sources[0]) >= 20
    assert not sources[0] & sources[1]


def test_the_seed_deals_out_other_terms():
    first, second = (split_terms(people(seed).part("heldout")) for seed in (0, 1))
    assert first != second


def test_every_group_has_a_ground_and_every_sentence_a_slot():
    assert set(ground_of()) == set(identity().groups)
    assert len(set(TEMPLATES)) >= 60
    for template in TEMPLATES:
        filled = with_neutral_word(template, "tall")
        assert "tall" in filled.lower()
        assert "{" not in filled


def test_flip_rates_are_counted_by_hand(biased):
    pairs = people(0).part("heldout").sample_with_partners(300, 0)

    def flips(pair):
        return any(w in pair.original for w in SUSPECT) != any(w in pair.variant for w in SUSPECT)

    found = flip_rates(biased, pairs)
    both = [(flips(pair), flips(partner)) for pair, partner in pairs if partner]
    assert found["flips"] == pytest.approx(statistics.mean(flips(pair) for pair, _ in pairs))
    assert found["excess"] == pytest.approx(statistics.mean(a - b for a, b in both))
    assert 0 < found["flips"] < found["bound"] < 2 * found["flips"]


def test_a_ground_that_is_taken_for_toxic_has_a_gap():
    """Its negatives outscore every second positive of the others, and the AUC of nobody is 1."""
    grounds = [NOBODY] * 4 + ["race"] * 4
    labels = [0, 0, 1, 1] * 2
    scores = [0.0, 0.0, 0.5, 0.9, 0.7, 0.7, 0.7, 0.8]
    gaps = auc_gaps(scores, labels, grounds)
    assert gaps["bpsn"] == pytest.approx(0.5)  # 0.7 against 0.5 and 0.9
    assert gaps["bnsp"] == pytest.approx(0.5)  # of nobody: 0.5 and 0.9 against twice 0.7


def test_a_probe_holds_each_ground_as_often(biased):
    probe = make_probe(0, ROWS, pairs=10, tweets=2)
    assert [probe.grounds.count(ground) for ground in (*GROUNDS, NOBODY)] == [4] * 5
    toxic = [text for text, label in zip(probe.texts, probe.labels, strict=True) if label]
    assert all(text.endswith(" bad") for text in toxic)


def test_augmentation_keeps_labels_and_changes_who_is_spoken_of():
    kept = identity().subset("Muslim", "Hindu")
    rows = augmented(["My Muslim friend.", "It rains."], [1, 0], kept, seed=0)
    assert rows[:2] == [("My Muslim friend.", 1), ("It rains.", 0)]
    assert all(label == 1 and "Muslim" not in text for text, label in rows[2:])
    assert len(rows) > 2


def test_the_table_shows_medians_cuts_and_what_auto_costs():
    records = [
        *(_record(BEFORE, seed, excess=0.4, bound=0.5) for seed in (0, 1)),
        _record("lora", 0, "repaired", excess=0.02, total=10.0),
        _record("lora", 1, "judged", excess=0.0, bound=0.01, total=20.0),
        _record(AUTO, 0, "repaired", winner="lora", excess=0.02, total=12.0),
        Record("full", 0, "", "skipped", "no peft"),
    ]
    cuts = [r.numbers["cut"] for r in with_cuts(records[:-1]) if r.method == "lora"]
    assert cuts == pytest.approx([20, 40])  # the second by the bound on its flips
    text = show(records)
    print("\n" + text)
    assert "1/2" in text
    assert "auto takes 1.20 times (1.20–1.20) as long as its winner alone" in text
    assert "skipped: full: no peft" in text
    assert "66 sentences (train 23, validation 10, heldout 33)" in text


def _record(method, seed, status="before", winner="", **numbers):
    usual = dict.fromkeys(("flips", "bpsn", "bnsp", "accuracy", "AUC", "ECE"), 0.5)
    grounds = {f"flips, {ground}": 0.1 for ground in GROUNDS}
    return Record(method, seed, "", status, winner=winner, numbers=usual | grounds | numbers)


def test_the_table_has_a_row_for_every_method_of_the_registry():
    assert {BEFORE, AUTO, *METHODS, *TODAY} == set(row_names())


def test_what_a_file_holds_is_not_done_again():
    jobs = [Job("full", seed, "m/model", "rows", "heldout") for seed in (0, 1, 2)]
    done = [Record("full", 0, jobs[0].setup, "judged"), Record("full", 1, jobs[1].setup, "failed")]
    assert [job.seed for job in remaining(jobs, done)] == [1, 2]


def test_a_model_without_rows_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="--model needs --rows"):
        jobs_of(parse(["--model", str(tmp_path)]))


@pytest.mark.benchmark
def test_the_best_repair_cuts_the_excess_and_keeps_the_skill(toxicity):
    names = (BEFORE, "last_layer", "fairlearn adversarial")
    files = (str(toxicity.folder), str(toxicity.rows), str(toxicity.heldout))
    records = list(run_all([Job(name, 0, *files) for name in names], workers=1))
    print("\n" + show(records))
    before, ours, theirs = (next(r.numbers for r in records if r.method == n) for n in names)
    assert before["excess"] > 0.02
    assert ours["bound"] < 0.01
    assert before["AUC"] - ours["AUC"] <= 0.005
    assert ours["excess"] < theirs["excess"]
