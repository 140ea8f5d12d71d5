"""A repair that forgets something elsewhere: planted losses, counted by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from pytest_fairness import (
    ArgumentError,
    Attribute,
    FairnessFailure,
    MitigationConfig,
    Verdict,
    assert_counterfactual_invariance,
    assert_demographic_parity,
    counterfactuals,
    load_model,
    mitigate,
)
from pytest_fairness.cli import main
from pytest_fairness.errors import ArgumentTypeError
from pytest_fairness.mitigation import Rows, read_rows
from pytest_fairness.mitigation.attempts import JUDGED, REPAIRED, try_methods
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.gates import Judged
from pytest_fairness.mitigation.language.kinds import LANGUAGE_MODELS
from pytest_fairness.mitigation.methods import Method, Setting
from pytest_fairness.mitigation.methods.base import written_twice
from pytest_fairness.mitigation.result import MitigationResult
from pytest_fairness.mitigation.retention import (
    forgotten,
    measure_retention,
    retention_rows,
    slices_by_length,
)
from pytest_fairness.mitigation.showing import summary_lines
from pytest_fairness.mitigation.tasks import gather
from tests.mitigation.spelling import spelled

TOPICS = ("food", "music", "sport")


def rows_of(n, prefix, topics=TOPICS):
    """Texts that say their label, half of each, and their topic."""
    judged = [("good", "bad")[i // len(topics) % 2] for i in range(n)]
    texts = [
        f"{prefix} {topics[i % len(topics)]} {word} {spelled(i)}" for i, word in enumerate(judged)
    ]
    labels = tuple("0" if "bad" in text else "1" for text in texts)
    return Rows(
        tuple(texts), labels, tuple(range(n)), groups=tuple(text.split()[1] for text in texts)
    )


def reading(texts):
    return [0.1 if "bad" in text else 0.9 for text in texts]


def forgetful(texts):
    """Reads all but texts on sport, which it calls good."""
    return [0.9 if "sport" in text else p for text, p in zip(texts, reading(texts), strict=True)]


@pytest.fixture(scope="module")
def models():
    return [load_model(scores, labels=["0", "1"]) for scores in (reading, forgetful)]


def measured(models, suite, **settings):
    options = {"margin": 0.02, "alpha": 0.05, **settings}
    rows = retention_rows(suite, models[0])
    return measure_retention(*models, rows, **options)


def test_a_forgotten_slice_is_found_and_named(models):
    (found,) = measured(models, {"reviews": rows_of(600, "new")})
    assert (found.utility.before, found.utility.n, found.utility.lost) == (1.0, 600, 100)
    assert found.worst == "sport"
    assert found.groups["sport"].after == 0.5
    assert found.groups["food"].after == 1.0
    assert set(found.lost) == {"", "sport"}
    assert found.verdict is Verdict.FAIL
    assert forgotten([found]).startswith(
        "on reviews, group 'sport', accuracy went from 1.000 to 0.500 (n=200), a larger loss than"
    )


def test_a_slice_too_small_to_move_the_whole_is_found_too(models):
    many, few = rows_of(2000, "new", ("food",)), rows_of(20, "new", ("sport",))
    groups = (*many.groups, *few.groups)
    rows = Rows((*many.texts, *few.texts), (*many.labels, *few.labels), tuple(range(2020)),
                groups=groups)  # fmt: skip
    (found,) = measured(models, {"reviews": rows})
    assert found.utility.verdict is Verdict.PASS  # 10 of 2,020 lost
    assert set(found.lost) == {"sport"}
    assert found.verdict is Verdict.FAIL


def test_a_loss_where_there_was_no_skill_says_so():
    """150 of 200 rows are good, and it is right on the first 80 of them and on the 50 others."""
    texts = [f"text {i}" for i in range(200)]
    rows = Labelled(texts, [1] * 150 + [0] * 50)
    before, after = (
        load_model(lambda some, n=n: [float(int(t.split()[1]) < n) for t in some]) for n in (80, 20)
    )
    (found,) = measure_retention(before, after, {"odd": rows}, margin=0.02, alpha=0.05)
    assert str(found) == (
        "on odd, accuracy went from 0.650 to 0.350 (n=200), a larger loss than 0.02 "
        "(one label for all would reach 0.750)"
    )


def test_a_model_that_keeps_all_is_not_refused(models):
    (found,) = measured([models[0], models[0]], {"reviews": rows_of(900, "new")})
    assert not found.lost
    assert found.verdict is Verdict.PASS
    assert forgotten([found]) is None


def test_too_few_rows_refuse_nothing_and_show_nothing(models):
    (found,) = measured([models[0], models[0]], {"reviews": rows_of(12, "new")})
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "cannot be ruled out" in str(found)
    assert forgotten([found]) is None


def test_rows_of_one_label_show_a_loss_and_never_that_skill_was_kept(models):
    rows = rows_of(300, "new")
    bad = rows.select(i for i, label in enumerate(rows.labels) if label == "0")
    (kept,) = measured([models[0], models[0]], {"bad": bad})
    assert kept.verdict is Verdict.UNMEASURABLE
    (lost,) = measured(models, {"bad": bad})
    assert lost.verdict is Verdict.FAIL


def test_many_sets_share_the_error_rate():
    """A model that loses just the margin in 40 sets is refused about once in 20 repairs.

    Each set has 100 rows of which the repair gets 5 in 100 wrong by chance, and the margin is 5 in
    100. Without sharing, one of 40 would speak against it in most repairs.
    """
    rng = np.random.default_rng(0)
    texts = [f"{s} {i}" for s in range(40) for i in range(100)]
    suite = {
        f"set {s}": Labelled(texts[100 * s : 100 * (s + 1)], [i % 2 for i in range(100)])
        for s in range(40)
    }
    truth = {text: i % 2 for i, text in enumerate(texts)}
    before = load_model(lambda some: [float(truth[text]) for text in some])
    refused = 0
    for _ in range(60):
        wrong = {text for text, bad in zip(texts, rng.random(4000) < 0.05, strict=True) if bad}
        after = load_model(
            lambda some, wrong=wrong: [float(truth[t] != (t in wrong)) for t in some]
        )
        found = measure_retention(before, after, suite, margin=0.05, alpha=0.05)
        refused += forgotten(found) is not None
    assert refused <= 8  # of 60 at 5 %: more with a chance of 0.6 %


def test_what_the_repair_learnt_from_is_left_out(models):
    rows = rows_of(30, "new")
    kept = retention_rows({"reviews": rows}, models[0], rows.texts[:20])["reviews"]
    assert tuple(kept.texts) == rows.texts[20:]
    assert tuple(kept.groups) == rows.groups[20:]
    with pytest.raises(ArgumentError, match="learns from all 30 texts"):
        retention_rows({"reviews": rows}, models[0], rows.texts)


def test_a_text_counts_once_however_often_it_stands_there(models):
    rows = rows_of(30, "new")
    kept = retention_rows({"reviews": rows.select([*range(30), *range(30)])}, models[0])["reviews"]
    assert tuple(kept.texts) == rows.texts


def test_without_labels_the_original_is_the_measure(models):
    (found,) = measured(models, {"unlabelled": read_rows(list(rows_of(300, "new").texts))})
    assert found.utility.name == "agreement with the original"
    assert (found.utility.before, found.utility.lost) == (1.0, 50)


@pytest.mark.parametrize(
    ("retention", "error", "message"),
    [
        ([1], ArgumentTypeError, "must map names to rows"),
        (rows_of(4, "x"), ArgumentTypeError, "must map names to rows"),
        ({"a": "rows.csv"}, ArgumentTypeError, r"retention\['a'\]='rows.csv' must be rows"),
        ({" ": rows_of(4, "x")}, ArgumentError, "Name each set"),
        (
            {"a": Rows(("x",), ("spam",), (1,))},
            ArgumentError,
            r"retention\['a'\]: .*label 'spam' is not one of the model's labels",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(models, retention, error, message):
    with pytest.raises(error, match=message):
        retention_rows(retention, models[0])


def test_language_models_have_no_answers_to_keep():
    with pytest.raises(ArgumentError, match="compares the answers of classifiers"):
        LANGUAGE_MODELS.further("a model", {"a": rows_of(4, "x")}, None)
    assert LANGUAGE_MODELS.further("a model", None, None) == {}


def test_slices_by_length_hold_every_row_once():
    rows = read_rows(["a" * n for n in (1, 1, 1, 1, 2, 3, 5, 8, 9)])
    parts = slices_by_length(rows, 3)
    assert list(parts) == ["1 to 1 characters", "2 to 3 characters", "5 to 9 characters"]
    assert sum(len(part) for part in parts.values()) == 9


@pytest.mark.parametrize("parts", [1, True, 2.0])
def test_one_slice_is_none(parts):
    with pytest.raises(ArgumentError, match="whole number of at least 2"):
        slices_by_length(rows_of(9, "x"), parts)


class Passing:
    """A gate that lets everybody pass."""

    before = ()

    def judge(self, candidate, looks):
        return Judged((), True)


def tried(models, retention, data):
    original, candidate = models
    config = MitigationConfig(max_accuracy_loss=0.04)
    space = counterfactuals(
        [f"{{team}} wins {n} games" for n in ("two", "six", "ten", "five", "nine", "four")],
        vary=Attribute("team", {g: [f"{g}{i}" for i in range(4)] for g in ("up", "down")}),
    )
    material = gather(original, [space], data, config)
    further = retention_rows(retention, original)
    setting = Setting(
        "nowhere", original, (), (space,), replace(material, retention=further), config
    )
    made = written_twice(candidate, print, trainable_parameters=0, story="made")
    return try_methods([Method("full", lambda setting: made)], setting, Passing())


def test_a_repair_that_forgets_a_named_slice_is_refused(models):
    """Its own held-out rows, on which there is no sport, show nothing of it."""
    data = rows_of(800, "old", ("food", "music"))
    found = tried(models, {"reviews": rows_of(300, "new")}, data)
    assert found.winner is None
    (attempt,) = found.attempts
    assert attempt.status == JUDGED
    assert attempt.utility.verdict is Verdict.PASS
    assert "the tests pass, but on reviews, group 'sport'" in attempt.reason
    assert tried(models, {}, data).attempts[0].status == REPAIRED


def test_groups_of_held_out_rows_are_reported_and_refuse_nothing(models):
    """Fair thresholds may cost a group some accuracy: users are to see it, and to judge."""
    many, few = rows_of(1940, "old", ("food", "music")), rows_of(60, "old", ("sport",))
    data = Rows(*((*a, *b) for a, b in zip(
        (many.texts, many.labels), (few.texts, few.labels), strict=True
    )), lines=tuple(range(2000)), groups=(*many.groups, *few.groups))  # fmt: skip
    found = tried(models, {}, data)
    (attempt,) = found.attempts
    (watched,) = attempt.retained
    assert attempt.status == REPAIRED
    assert (watched.name, watched.worst, watched.refuses) == ("held-out rows", "sport", False)
    assert watched.verdict is Verdict.FAIL


def test_the_summary_names_the_set_and_its_worst_group(models):
    found = tried(models, {"reviews": rows_of(300, "new")}, rows_of(800, "old", ("food", "music")))
    check = assert_demographic_parity(
        [0, 1] * 200, sensitive_features=["a", "a", "b", "b"] * 100, max_difference=0.5
    )
    judged = replace(found.attempts[0], after=(check,))
    result = MitigationResult(False, "no", method="full", attempts=(judged,))
    text = "\n".join(summary_lines(result))
    assert "accuracy on reviews (n=300)" in text
    assert "accuracy on reviews, worst group 'sport' (n=100)" in text


def test_a_real_repair_writes_it_down(biased_classifier, sentences, tmp_path):
    space = counterfactuals(
        ["the man from {place} is here", "a friend from {place} was there",
         "the team met in {place}", "the woman from {place} said a word",
         "a team in {place} was here today",
         "a man from {place} was in town", "the friend met a woman in {place}"],
        vary=Attribute("place", {"suspect": ["north", "coast", "lakes", "hills"],
                                 "other": ["south", "east", "west", "woods"]}),
    )  # fmt: skip
    with pytest.raises(FairnessFailure) as caught:
        assert_counterfactual_invariance(
            load_model(biased_classifier, device="cpu"), space, max_flip_rate=0.05
        )
    texts, labels = sentences.rows(600, 1)
    data = Rows(tuple(texts), tuple(map(str, labels)), tuple(range(600)))
    texts, labels = sentences.rows(400, 2)
    further = Rows(tuple(texts), tuple(map(str, labels)), tuple(range(400)))
    config = MitigationConfig(
        method="full", freeze_layers=0, learning_rate=1e-3, max_steps=60, max_accuracy_loss=0.05,
        device="cpu",
    )  # fmt: skip
    result = mitigate(
        biased_classifier, data, config, against=caught.value.outcome, out=tmp_path / "out",
        retention={"more": further},
    )  # fmt: skip
    (retained,) = result.attempts[-1].retained
    assert retained.name == "more"
    if result.met:
        record = json.loads((tmp_path / "out" / "mitigation.json").read_text("utf-8"))
        assert record["attempts"][-1]["retained"][0]["verdict"] == retained.verdict.value
        assert "accuracy on more: from" in (tmp_path / "out" / "README.md").read_text("utf-8")


def test_the_command_line_reads_sets_by_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["mitigate", "test_it.py", "--retention", "rows.csv", "--out", "fair"])
    assert "'rows.csv' must be a name and a file" in capsys.readouterr().err
    assert main(["mitigate", "test_it.py", "--retention", "more=rows.csv", "--out", "fair"]) == 2
    assert "rows.csv" in capsys.readouterr().err


def test_what_is_no_rows_cannot_be_cut():
    with pytest.raises(ArgumentTypeError, match="rows=1 must be rows: read_rows"):
        slices_by_length(1)
