"""BBQ and CBBQ: models whose accuracies and bias scores are known beforehand."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from pytest_fairness.benchmarks import run_benchmark
from pytest_fairness.benchmarks.chinese_questions import read_cbbq
from pytest_fairness.benchmarks.questions import orders, read_bbq
from pytest_fairness.errors import ArgumentError


@pytest.fixture(scope="module")
def bbq(shared_data):
    return shared_data / "bbq"


@pytest.fixture(scope="module")
def questions(bbq):
    return read_bbq(bbq)


def other(question):
    return next(i for i in range(3) if i not in (question.unknown, question.biased))


def scores(folder, answers, name="bbq"):
    found = run_benchmark(name, folder=folder, answers=answers)
    return {n.name: n for n in found.numbers if n.category == "all"}, found


def test_questions_are_in_balanced_blocks(questions):
    assert len(questions) == 2000
    assert sum(q.ambiguous for q in questions) == 1000
    assert {q.label == q.unknown for q in questions if q.ambiguous} == {True}
    # In about half of the disambiguated questions the right answer goes with the stereotype, and
    # of a negative question and its counterpart always in both or in neither.
    right = [q.label == q.biased for q in questions if not q.ambiguous]
    assert sum(right) == 502
    assert right[::2] == right[1::2]


def test_one_question_read_by_hand(questions):
    first = questions[0]  # "Who was not comfortable using the phone?", the old are stereotyped
    assert (first.options[first.biased], first.options[first.unknown]) == (
        "The grandfather",
        "Can't be determined",
    )


@pytest.mark.parametrize(
    ("answer", "ambiguous", "disambiguated"),
    [(lambda q: q.biased, 1.0, 1.0), (other, -1.0, -1.0)],
)
def test_always_with_the_stereotype_or_against_it(bbq, questions, answer, ambiguous, disambiguated):
    numbers, _ = scores(bbq, [answer(q) for q in questions])
    assert numbers["bias_ambiguous"].value == ambiguous
    assert numbers["bias_disambiguated"].value == disambiguated
    assert numbers["accuracy_ambiguous"].value == 0


def test_a_perfect_model_has_no_bias(bbq, questions):
    numbers, _ = scores(bbq, [q.label for q in questions])
    assert numbers["accuracy_ambiguous"].value == numbers["accuracy_disambiguated"].value == 1
    assert numbers["bias_disambiguated"].value == pytest.approx(0.004)  # 502 of 1,000 questions
    assert math.isnan(
        numbers["bias_ambiguous"].value
    )  # no answer to an ambiguous one is informative
    assert "nothing is known" in numbers["bias_ambiguous"].note


def test_always_unknown_is_not_measurable(bbq, questions):
    numbers, _ = scores(bbq, [q.unknown for q in questions])
    assert numbers["accuracy_ambiguous"].value == 1
    assert math.isnan(numbers["bias_ambiguous"].value)
    assert math.isnan(numbers["bias_disambiguated"].value)


def test_half_and_half_is_no_bias(bbq, questions):
    answers = [q.biased if (i // 4) % 2 else other(q) for i, q in enumerate(questions)]
    numbers, _ = scores(bbq, answers)
    assert numbers["bias_ambiguous"].value == pytest.approx(0, abs=0.02)


def test_a_number_is_the_mean_of_its_units(bbq, questions):
    rng = np.random.default_rng(0)
    _, found = scores(bbq, [int(i) for i in rng.integers(0, 3, len(questions))])
    checked = 0
    for number in found.numbers:
        if number.units:
            checked += 1
            assert number.offset + number.scale * np.mean(number.units) == pytest.approx(
                number.value
            )
    assert checked == 10


def test_unread_answers_count_apart(bbq, questions):
    answers = [None if i < 100 else q.label for i, q in enumerate(questions)]
    numbers, found = scores(bbq, answers)
    assert found.excluded == {"answers that could not be read": 100}
    assert numbers["accuracy_ambiguous"].n == sum(q.ambiguous for q in questions[100:])
    assert numbers["accuracy_ambiguous"].value == 1


class First:
    """A model that always takes the first option shown."""

    def choose(self, prompts, options, normalise=None):
        self.seen = list(zip(prompts, options, strict=True))
        return np.zeros(len(prompts), dtype=int)


def test_options_stand_in_an_order_drawn_by_seed(bbq, questions):
    model = First()
    run_benchmark("bbq", model, folder=bbq, seed=3)
    prompt, options = model.seen[0]
    order = orders(questions[:1], 3)[0]
    assert options == [f" {questions[0].options[i]}" for i in order]
    assert prompt.index(questions[0].options[order[0]]) > prompt.index("Options:")
    drawn = orders(questions, 3)
    first = [q.options[order[0]] for q, order in zip(questions, drawn, strict=True)]
    share = np.mean([f == q.options[0] for f, q in zip(first, questions, strict=True)])
    assert 0.28 < share < 0.39  # about a third
    assert orders(questions, 3) == drawn != orders(questions, 4)


def test_other_categories_need_the_published_metadata(tmp_path, bbq):
    row = (bbq / "Age.jsonl").read_text("utf-8").splitlines()[0]
    changed = row.replace('"stereotyped_groups": ["old"]', '"stereotyped_groups": ["F"]')
    assert changed != row
    (tmp_path / "Gender.jsonl").write_text(changed, "utf-8")
    with pytest.raises(ArgumentError, match=r"cannot be told from f\. Place additional_metadata"):
        read_bbq(tmp_path)
    (tmp_path / "additional_metadata.csv").write_text(
        "category,example_id,target_loc\nAge,0,1\n", "utf-8"
    )
    assert read_bbq(tmp_path)[0].biased == 1


def test_published_metadata_name_the_biased_option_whatever_the_polarity(tmp_path, bbq, questions):
    """In ``target_loc`` the questions that are not negative are turned round already."""
    rows = [json.loads(line) for line in (bbq / "Age.jsonl").read_text("utf-8").splitlines()]
    old = [next(i for i in range(3) if r["answer_info"][f"ans{i}"][1] == "old") for r in rows]
    young = [next(i for i in range(3) if r["answer_info"][f"ans{i}"][1] == "nonOld") for r in rows]
    published = [
        f"Age,{r['example_id']},{o if r['question_polarity'] == 'neg' else y}"
        for r, o, y in zip(rows, old, young, strict=True)
    ]
    (tmp_path / "Age.jsonl").write_text((bbq / "Age.jsonl").read_text("utf-8"), "utf-8")
    plain = read_bbq(tmp_path)
    metadata = tmp_path / "additional_metadata.csv"
    metadata.write_text("category,example_id,target_loc\n" + "\n".join(published), "utf-8")
    stereotyped_old = [r["additional_metadata"]["stereotyped_groups"] == ["old"] for r in rows]
    assert sum(stereotyped_old) == 300
    for before, after, kept in zip(plain, read_bbq(tmp_path), stereotyped_old, strict=True):
        assert before.biased == after.biased or not kept


@pytest.mark.parametrize("missing", ["NA", ""])
def test_questions_without_a_published_target_are_left_out(tmp_path, bbq, missing):
    lines = (bbq / "Age.jsonl").read_text("utf-8").splitlines()[:4]
    (tmp_path / "Age.jsonl").write_text("\n".join(lines), "utf-8")
    number = json.loads(lines[0])["example_id"]
    (tmp_path / "additional_metadata.csv").write_text(
        f"category,example_id,target_loc\nAge,{number},{missing}\n", "utf-8"
    )
    items = read_bbq(tmp_path)
    assert [q.biased < 0 for q in items] == [True, False, False, False]
    found = run_benchmark("bbq", folder=tmp_path, answers=[q.label for q in items])
    assert found.excluded == {"questions whose stereotyped person is not published": 1}
    assert sum(n.n for n in found.numbers if n.category == "all" and "accuracy" in n.name) == 3


def test_a_wrong_answer_is_named(bbq):
    with pytest.raises(ArgumentError, match=r"answers\[1\]=7 must be 0, 1 or 2"):
        run_benchmark("bbq", folder=bbq, answers=[0, 7] + [0] * 1998)


def test_cbbq_is_read_from_its_published_folders_too(tmp_path, shared_data):
    for kind in ("ambiguous", "disambiguous"):
        inner = tmp_path / "gender" / kind
        inner.mkdir(parents=True)
        text = (shared_data / "cbbq_zh" / f"gender_{kind}.csv").read_text("utf-8")
        (inner / f"{kind}.csv").write_text(text, "utf-8")
        (inner / "templates_generate_neg.csv").write_text("other,columns\n1,2\n", "utf-8")
    flat = [q for q in read_cbbq(shared_data / "cbbq_zh") if q.category == "gender"]
    assert sorted(read_cbbq(tmp_path)) == sorted(flat)


def test_cbbq_in_chinese(shared_data):
    folder = shared_data / "cbbq_zh"
    items = read_cbbq(folder)
    assert len(items) == 3456
    women = next(q for q in items if q.question == "谁更不容易收到面试邀请？" and q.ambiguous)
    assert women.options[women.biased] == "女生"
    willing = next(q for q in items if q.question == "谁更容易收到面试邀请？" and q.ambiguous)
    assert willing.options[willing.biased] == "男生"
    # Every disambiguated context contradicts the stereotype.
    assert all(q.label != q.biased for q in items if not q.ambiguous)
    numbers, _ = scores(folder, [q.biased for q in items], "cbbq")
    assert numbers["bias_ambiguous"].value == 1
    assert numbers["accuracy_disambiguated"].value == 0
    assert "bias_disambiguated" not in numbers
    assert numbers["biased_share"].value == numbers["biased_share_disambiguated"].value == 1
    assert numbers["anti_biased_share"].value == 0
    guess = np.random.default_rng(0).integers(0, 3, len(items)).tolist()
    numbers, _ = scores(folder, guess, "cbbq")
    assert numbers["biased_share"].value == pytest.approx(1 / 3, abs=0.03)
    assert numbers["anti_biased_share"].value == pytest.approx(1 / 3, abs=0.03)
