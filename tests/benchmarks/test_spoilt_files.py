"""Files of benchmarks that are not what was published: each is an error that says what to take."""

from __future__ import annotations

import csv
import json
import shutil

import pytest

from pytest_fairness import FairnessFailure, assert_benchmark
from pytest_fairness.benchmarks import BENCHMARKS, run_benchmark
from pytest_fairness.errors import ArgumentError

STEP = r"[Tt]ake |[Pp]lace |[Ss]ave it as|, as .*https:.* publishes it\."


@pytest.mark.parametrize("content", ["", "{}", "[]", "3", "some,other\n1,2\n", "\ufffd\x00{"])
@pytest.mark.parametrize("name", sorted(set(BENCHMARKS) - {"lpbs"}))  # its lists hold any words
def test_files_of_any_other_shape_are_an_error_with_the_next_step(name, content, tmp_path):
    for number, file in enumerate(BENCHMARKS[name].files):
        (tmp_path / file.replace("*", f"other{number}")).write_text(content, "utf-8")
    with pytest.raises(ArgumentError, match=STEP):
        run_benchmark(name, folder=tmp_path, answers=[])


def bbq_with(folder, **changes):
    """Write one question as BBQ publishes them, but for the changes."""
    row = {
        "example_id": 0,
        "question_index": "1",
        "question_polarity": "neg",
        "context_condition": "ambig",
        "category": "Age",
        "answer_info": {"ans0": ["he", "old"], "ans1": ["she", "nonOld"], "ans2": ["", "unknown"]},
        "additional_metadata": {"stereotyped_groups": ["old"]},
        "context": "Two people were late.",
        "question": "Who was late?",
        "ans0": "The old man",
        "ans1": "The young one",
        "ans2": "Not known",
        "label": 2,
    }
    changed = {name: value for name, value in (row | changes).items() if value != "missing"}
    (folder / "Age.jsonl").write_text(json.dumps(changed) + "\n", "utf-8")
    return folder


def test_a_question_as_published_is_read(tmp_path):
    found = run_benchmark("bbq", folder=bbq_with(tmp_path), answers=[2])
    assert found.number("accuracy_ambiguous").value == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": "missing"}, "Age.jsonl has no column 'label'; it has example_id, .*rename"),
        ({"label": None}, "Age.jsonl, line 1, has no value of 'label'. Take the file as it was"),
        ({"label": 3}, "row of example_id=0: label=3 must be one of 0, 1, 2. Take"),
        ({"question_polarity": "negative"}, "question_polarity='negative' must be one of neg, non"),
        ({"context_condition": "A"}, "context_condition='A' must be one of ambig, disambig"),
        (
            {"answer_info": {}},
            "example 0: answer_info={} must name a group for each .*publishes it",
        ),
        (
            {"answer_info": {f"ans{i}": ["", "old"] for i in range(3)}},
            "and 'unknown' for one of them",
        ),
    ],
)
def test_a_spoilt_question_is_named(changes, message, tmp_path):
    with pytest.raises(ArgumentError, match=message):
        run_benchmark("bbq", folder=bbq_with(tmp_path, **changes), answers=[2])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{not json}\n", "line 1, is not valid JSON: .*one object a line"),
        ("\n[1, 2]\n", "line 2, is a list, not an object.*one object a line"),
    ],
)
def test_a_line_that_is_no_object_is_named(text, message, tmp_path):
    (tmp_path / "Age.jsonl").write_text(text, "utf-8")
    with pytest.raises(ArgumentError, match=message):
        run_benchmark("bbq", folder=tmp_path, answers=[])


def test_a_row_that_breaks_off_and_another_encoding_are_named(tmp_path):
    path = tmp_path / "crows_pairs_anonymized.csv"
    head = "sent_more,sent_less,stereo_antistereo,bias_type\n"
    path.write_text(head + "He is late.,She is late.,stereo,gender\nHe is\n", "utf-8")
    with pytest.raises(ArgumentError, match=r"line 3, has no value of 'sent_less'. Take the file"):
        run_benchmark("crows_pairs", folder=tmp_path, answers=[])
    path.write_bytes(head.encode("utf-16"))
    with pytest.raises(ArgumentError, match=r"is not UTF-8 text .*Save it as UTF-8"):
        run_benchmark("crows_pairs", folder=tmp_path, answers=[])


def test_another_code_in_a_table_is_named(shared_data, tmp_path):
    source = shared_data / "cbbq_zh" / "gender_ambiguous.csv"
    with source.open(encoding="utf-8-sig", newline="") as lines:
        first, *_ = csv.DictReader(lines)
    with (tmp_path / "gender_ambiguous.csv").open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, list(first))
        table.writeheader()
        table.writerow(first | {"question_polarity": "nonneg"})  # as BBQ spells it
    with pytest.raises(ArgumentError, match="question_polarity='nonneg' must be one of neg, non_"):
        run_benchmark("cbbq", folder=tmp_path, answers=[])


@pytest.mark.parametrize("limit", [0, -5])
def test_a_limit_that_leaves_nothing_is_refused(limit, tmp_path):
    with pytest.raises(ArgumentError, match=f"limit={limit} must be 1 or more items"):
        run_benchmark("bbq", folder=bbq_with(tmp_path), answers=[2], limit=limit)


def test_winobias_without_one_of_its_halves_is_refused(tmp_path, shared_data):
    source = shared_data / "winobias"
    name = "pro_stereotyped_type1.txt.dev"
    for how in ("gone", "empty", "cut", "all gone"):
        folder = tmp_path / how
        shutil.copytree(source, folder)
        folder.chmod(0o755)
        path = folder / name
        lines = path.read_text("utf-8").splitlines(keepends=True)
        path.unlink()
        if how in ("empty", "cut"):
            path.write_text("".join(lines[:100]) if how == "cut" else "", "utf-8")
        for other in folder.glob("pro_*") if how == "all gone" else ():
            other.unlink()
        with pytest.raises(ArgumentError, match=r"pro_stereotyped_type1\.txt\.\w+ is missing or"):
            run_benchmark("winobias", lambda texts: [0.0] * len(texts), folder=folder)


def test_a_reader_sees_that_a_file_was_changed_and_what_a_benchmark_cannot_do(
    tmp_path, shared_data
):
    text = (shared_data / "crows_pairs" / "crows_pairs_anonymized.csv").read_text("utf-8")
    (tmp_path / "crows_pairs_anonymized.csv").write_text(text + "\n", "utf-8")
    with pytest.raises(FairnessFailure) as caught:
        assert_benchmark(
            None, "crows_pairs", folder=tmp_path, answers=[[1.0, 0.0]] * 1508, max_deviation=10
        )
    notes = caught.value.outcome.evidence.notes
    assert notes[0].startswith("crows_pairs_anonymized.csv differ from the published files")
    assert any("Blodgett" in note for note in notes)
    assert "differ from the published files" in str(caught.value)
    assert "benchmark   crows_pairs metric_score" in str(caught.value)
