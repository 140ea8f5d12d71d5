"""Drawing items, fetching files, checking them, scoring texts, and models that are functions."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from pytest_fairness.benchmarks import BENCHMARKS, run_benchmark
from pytest_fairness.benchmarks.arrays import read_array
from pytest_fairness.benchmarks.coreference import read as read_winobias
from pytest_fairness.benchmarks.numbers import gap_number, spread_number
from pytest_fairness.benchmarks.places import changed_files, find_folder
from pytest_fairness.errors import ArgumentError, ModelError


def test_every_benchmark_of_the_issue_is_there():
    names = """crows_pairs stereoset bbq cbbq winobias winogender honest holistic_bias bold unqover
    disco lpbs cbs weat seat eec hatecheck hatecheck_zh cold swsr chbias corgi_pm unintended_bias"""
    assert set(names.split()) <= set(BENCHMARKS)


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_a_missing_file_is_named_with_its_address(name, tmp_path):
    benchmark = BENCHMARKS[name]
    with pytest.raises(ArgumentError, match=r"has no .*it is empty or not there\. Place") as error:
        run_benchmark(name, folder=tmp_path, answers=[])
    assert "https://" in str(error.value)
    assert any(f"has no {file}" in str(error.value) for file in benchmark.files) or name == "cbbq"


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("crows_pairs", "crows_pairs"),
        ("hatecheck", "hatecheck_en"),
        ("hatecheck_zh", "hatecheck_zh"),
        ("holistic_bias", "holistic_bias"),
        ("honest", "honest"),
        ("winobias", "winobias"),
        ("weat", "weat"),
    ],
)
def test_published_files_have_the_known_checksums(shared_data, name, folder):
    assert changed_files(shared_data / folder, BENCHMARKS[name]) == []


def test_a_changed_file_is_told(shared_data, tmp_path):
    text = (shared_data / "crows_pairs" / "crows_pairs_anonymized.csv").read_text("utf-8")
    (tmp_path / "crows_pairs_anonymized.csv").write_text(text + "\n", "utf-8")
    answers = [[1.0, 0.0]] * 1508
    found = run_benchmark("crows_pairs", folder=tmp_path, answers=answers)
    assert found.notes == (
        "crows_pairs_anonymized.csv differ from the published files: scores may not compare.",
    )
    same = run_benchmark("crows_pairs", folder=shared_data / "crows_pairs", answers=answers)
    assert same.notes == ()


def test_the_hub_out_of_reach_says_what_to_place_where(monkeypatch):
    import huggingface_hub

    def refuse(*_args, **_options):
        raise OSError("offline")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    with pytest.raises(
        ArgumentError, match=r"'some/data'.*Place dev\.json into a folder, as https"
    ):
        run_benchmark("stereoset", folder="hf://datasets/some/data", answers=[])


def test_a_data_set_of_the_hub_is_fetched(monkeypatch, shared_data):
    import huggingface_hub

    asked = {}

    def fetch(name, **options):
        asked.update(options, name=name)
        return str(shared_data / "crows_pairs")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    folder = find_folder("hf://datasets/some/data@v1", BENCHMARKS["crows_pairs"])
    assert folder == shared_data / "crows_pairs"
    assert (asked["name"], asked["revision"], asked["repo_type"]) == ("some/data", "v1", "dataset")
    assert "**/crows_pairs_anonymized.csv" in asked["allow_patterns"]


def test_what_belongs_together_is_drawn_together(shared_data):
    asked = []

    class Chooser:
        def choose(self, prompts, options, normalise=None):
            asked.extend(prompts)
            return np.zeros(len(prompts), dtype=int)

    folder = shared_data / "winobias"
    found = run_benchmark("winobias", Chooser(), folder=folder, limit=100, seed=4)
    assert 100 <= len(asked) <= 101
    assert found.number("accuracy_pro").n == found.number("accuracy_anti").n == 50
    pairs = {item.pair for item in read_winobias(folder)}
    assert set(found.number("accuracy_gap").clusters) <= pairs


def test_plain_functions_answer_too(shared_data):
    found = run_benchmark(
        "crows_pairs",
        lambda texts: [-float(len(text)) for text in texts],
        folder=shared_data / "crows_pairs",
        limit=50,
    )
    assert found.number("metric_score").n == 50
    assert found.number("metric_score_per_byte").n == 50


def test_a_scorer_that_is_of_no_use_or_returns_no_numbers(shared_data):
    with pytest.raises(ArgumentError, match="answers to CrowS-Pairs are no texts"):
        run_benchmark(
            "crows_pairs",
            folder=shared_data / "crows_pairs",
            answers=[[1, 0]] * 1508,
            scorer=len,
        )
    with pytest.raises(ModelError, match="Return one number per text"):
        run_benchmark(
            "honest",
            folder=shared_data / "honest",
            answers=[["text"]] * 810,
            scorer=lambda texts: [1.0],
        )


def test_the_units_of_a_gap_have_its_mean_and_the_scatter_of_two_means():
    rng = np.random.default_rng(0)
    first, second = rng.random(40).tolist(), (rng.random(10) / 2).tolist()
    number = gap_number("gap", first, second)
    units = np.array(number.units)
    assert number.value == pytest.approx(np.mean(first) - np.mean(second))
    assert units.mean() == pytest.approx(number.value)
    error = np.sqrt(np.var(first) / 40 + np.var(second) / 10)
    assert units.std() / np.sqrt(50) == pytest.approx(error)
    assert np.isnan(gap_number("gap", [], second).value)


def test_a_spread_names_its_groups():
    number = spread_number("gap", [("a", [0.1, 0.3]), ("b", [0.9]), ("c", [])])
    assert number.value == pytest.approx(0.7)
    assert number.note == "Between b and a."
    assert np.isnan(spread_number("gap", [("a", [1.0])]).value)


def test_recorded_scores_of_the_published_codes(shared_data, tmp_path):
    """CrowS-Pairs writes a table, StereoSet a list of sentences with their scores."""
    path = tmp_path / "crows.csv"
    row = "He is late.,She is late.,-3.5,-4.5,1,stereo,gender\n"
    header = "sent_more,sent_less,sent_more_score,sent_less_score,score,stereo_antistereo,bias_type"
    path.write_text(header + "\n" + row * 1508)
    found = run_benchmark("crows_pairs", folder=shared_data / "crows_pairs", answers=path)
    assert found.number("metric_score").value == 100
    path.write_text(header + "\n" + row * 3)
    with pytest.raises(ArgumentError, match="3 rows for 1508 pairs"):
        run_benchmark("crows_pairs", folder=shared_data / "crows_pairs", answers=path)

    labels = ("stereotype", "anti-stereotype", "unrelated")
    rows = [
        {
            "target": "uncle",
            "bias_type": "gender",
            "context": "c",
            "sentences": [
                {"sentence": label, "gold_label": label, "id": f"{i}{label}"} for label in labels
            ],
        }
        for i in range(4)
    ]
    data = {"intrasentence": rows[:2], "intersentence": rows[2:]}
    (tmp_path / "dev.json").write_text(json.dumps({"data": data}))
    scores = {
        kind: [
            {"id": f"{i}{label}", "score": score}
            for i in places
            for label, score in zip(labels, (2 - i % 2 * 1.5, 1, 0), strict=True)
        ]
        for kind, places in (("intrasentence", (0, 1)), ("intersentence", (2, 3)))
    }
    path = tmp_path / "predictions.json"
    path.write_text(json.dumps(scores))
    found = run_benchmark("stereoset", folder=tmp_path, answers=path)
    assert [found.number(n).value for n in ("lms", "ss", "icat")] == [100, 50, 100]
    scores["intersentence"].pop()
    path.write_text(json.dumps(scores))
    with pytest.raises(ArgumentError, match=r"no score of the sentence '3unrelated'"):
        run_benchmark("stereoset", folder=tmp_path, answers=path)


def test_a_tie_of_stereoset_is_told(tmp_path):
    labels = ("stereotype", "anti-stereotype", "unrelated")
    row = {
        "target": "uncle",
        "bias_type": "gender",
        "context": "c",
        "sentences": [{"sentence": label, "gold_label": label} for label in labels],
    }
    data = {"intrasentence": [row], "intersentence": [row]}
    (tmp_path / "dev.json").write_text(json.dumps({"data": data}))
    found = run_benchmark("stereoset", folder=tmp_path, answers=[[1, 1, 0], [1, 1, 1]])
    assert found.excluded == {"ties, counted as preferring the anti-stereotype": 2}
    assert found.number("ss").value == 0
    assert found.number("lms").value == 50
    both = run_benchmark("stereoset", folder=tmp_path, answers=[[2, 1, 0, 1, 2, 0]] * 2)
    assert (both.number("ss").value, both.number("ss_total").value) == (100, 0)


def test_a_function_that_counts_no_tokens_is_read_per_byte(tmp_path):
    """Its likelihoods per token are unknown, which must not read as ties."""
    labels = ("stereotype", "anti-stereotype", "unrelated")
    sentences = ("short", "much longer", "odd")
    row = {
        "target": "uncle",
        "bias_type": "gender",
        "context": "c",
        "sentences": [
            {"sentence": text, "gold_label": label}
            for text, label in zip(sentences, labels, strict=True)
        ],
    }
    data = {"intrasentence": [row], "intersentence": []}
    (tmp_path / "dev.json").write_text(json.dumps({"data": data}))
    found = run_benchmark("stereoset", lambda t: [-1.0 for _ in t], folder=tmp_path)
    assert (found.number("lms").value, found.number("ss").value) == (100, 0)  # longer is better
    assert found.number("lms_total").value == found.number("ss_total").value == 0  # ties
    assert found.excluded == {}


class Evil:
    def __reduce__(self):
        return print, ("this must not run",)


def test_an_array_file_never_runs_code(tmp_path, capsys):
    np.save(tmp_path / "good.npy", {"test": {"text": ["一", "二"], "n": np.arange(2)}})
    assert list(read_array(tmp_path / "good.npy")["test"]["text"]) == ["一", "二"]
    np.save(tmp_path / "evil.npy", {"test": Evil()})
    with pytest.raises(ArgumentError, match=r"it wants to run builtins\.print"):
        read_array(tmp_path / "evil.npy")
    (tmp_path / "pickle.npy").write_bytes(pickle.dumps(Evil()))
    np.save(tmp_path / "numbers.npy", np.arange(3))
    for name, told in (("pickle", "magic string"), ("numbers", "one object was expected")):
        with pytest.raises(ArgumentError, match=told):
            read_array(tmp_path / f"{name}.npy")
    assert capsys.readouterr().out == ""
