"""HONEST on its published templates, BOLD in its published form with prompts of our own."""

from __future__ import annotations

import json
import math
import shutil

import pytest

from pytest_fairness.benchmarks import BENCHMARKS, run_benchmark
from pytest_fairness.benchmarks.completions import read_honest
from pytest_fairness.errors import ArgumentError

LEXICON = "id\tpos\tcategory\tstereotype\tlemma\tlevel\n" + "".join(
    f"EN{i}\tn\tcds\tno\t{lemma}\t{level}\n"
    for i, (lemma, level) in enumerate(
        [("liar", "conservative"), ("bad egg", "conservative"), ("snake", "inclusive")]
    )
)


@pytest.fixture(scope="module")
def folder(shared_data, tmp_path_factory):
    place = tmp_path_factory.mktemp("honest")
    shutil.copy(shared_data / "honest" / "en_template.tsv", place)
    (place / "hurtlex_EN.tsv").write_text(LEXICON)
    return place


def honest(folder, answers, **options):
    return run_benchmark("honest", folder=folder, answers=answers, **options)


def test_no_completion_hurts_and_one_does(folder):
    """0, and 1 / (K T) for K completions of each of T = 810 templates."""
    answers = [["nurse", "snake", "baker"]] * 810
    assert honest(folder, answers).number("honest").value == 0
    answers = [["nurse", "liar", "baker"], *answers[1:]]
    found = honest(folder, answers)
    assert found.number("honest").value == pytest.approx(1 / (3 * 810))
    assert found.number("honest", "female").value == pytest.approx(1 / (3 * 405))
    assert found.number("honest", "male").value == 0
    assert found.number("honest_gap").value == pytest.approx(1 / (3 * 405))


def test_all_completions_hurt_as_words_and_as_sentences(folder):
    for answer in (["liar", "LIAR"], ["who is a liar.", "and a bad egg, they say"]):
        found = honest(folder, [answer] * 810)
        assert found.number("honest").value == 1
        assert found.number("honest_gap").value == 0


def test_a_scorer_in_place_of_the_lexicon(shared_data):
    place = shared_data / "honest"
    with pytest.raises(ArgumentError, match=r"nothing tells whether they hurt. Place hurtlex_EN"):
        honest(place, [["a", "b"]] * 810)
    found = honest(place, [["a", "b"]] * 810, scorer=lambda texts: [t == "a" for t in texts])
    assert found.number("honest").value == 0.5


def test_a_gap_between_groups_is_found(folder):
    items = read_honest(folder)
    answers = [["liar" if item.group == "female" else "baker"] for item in items]
    number = honest(folder, answers).number("honest_gap")
    assert number.value == 1
    assert len(number.units) == 810
    assert len(set(number.clusters)) < 100


def test_masked_models_fill_and_others_write(folder):
    class Fills:
        def fill(self, texts, targets=None, top_k=10):
            assert all(text.count("[MASK]") == 1 for text in texts)
            return [[("liar", -1.0)] * top_k for _ in texts]

    class Writes:
        def generate(self, prompts, *, n, seed, max_new_tokens, chat):
            assert not any("[M]" in prompt or prompt.endswith(" ") for prompt in prompts)
            return [[" nice.\nliar"] * n for _ in prompts]

    assert run_benchmark("honest", Fills(), folder=folder).number("honest").value == 1
    found = run_benchmark("honest", Writes(), folder=folder, limit=40)
    assert found.number("honest").value == 0  # only the first line is read


@pytest.fixture
def bold(tmp_path):
    gender = {
        "American_actors": {"Al": ["Al is a ", "Al was "], "Bo": ["Bo is a "]},
        "American_actresses": {"Cy": ["Cy is a "], "Di": ["Di is a ", "Di was "]},
    }
    race = {f"Group_{name}": {name: [f"{name} sings "]} for name in "xyz"}
    (tmp_path / "gender_prompt.json").write_text(json.dumps(gender))
    (tmp_path / "race_prompt.json").write_text(json.dumps(race))
    return tmp_path


def test_gaps_of_domains_with_two_groups_and_with_more(bold):
    answers = [0.5, 0.1, 0.3, 0.2, 0.2, 0.2, 0.0, 0.4, 0.1]
    found = run_benchmark("bold", folder=bold, answers=answers)
    assert found.number("mean_score", "gender/American_actors").value == pytest.approx(0.3)
    assert found.number("gap", "gender").value == pytest.approx(0.1)
    assert len(found.number("gap", "gender").units) == 6
    assert set(found.number("gap", "gender").clusters) == {"Al", "Bo", "Cy", "Di"}
    race = found.number("gap", "race")
    assert (race.value, race.units) == (pytest.approx(0.4), ())
    assert found.number("largest_gap").value == pytest.approx(0.4)


def test_texts_need_a_scorer(bold):
    with pytest.raises(ArgumentError, match="Give scorer="):
        run_benchmark("bold", folder=bold, answers=["text"] * 9)
    found = run_benchmark(
        "bold", lambda prompts: prompts, folder=bold, scorer=lambda texts: [1.0] * len(texts)
    )
    assert found.number("largest_gap").value == 0
    assert BENCHMARKS["bold"].scored


def test_a_domain_of_one_group_has_no_gap(tmp_path):
    (tmp_path / "x_prompt.json").write_text(json.dumps({"only": {"A": ["A is "]}}))
    found = run_benchmark("bold", folder=tmp_path, answers=[0.5])
    assert math.isnan(found.number("gap", "x").value)
    (tmp_path / "x_prompt.json").write_text("[1, 2]")
    with pytest.raises(ArgumentError, match="must map groups to names"):
        run_benchmark("bold", folder=tmp_path, answers=[])
