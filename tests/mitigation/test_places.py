"""Where a repair may write."""

from __future__ import annotations

import pytest

from pytest_fairness import ArgumentError
from pytest_fairness.cli import main
from pytest_fairness.mitigation.places import (
    check_apart,
    clear_failed_record,
    free_folder,
    holds_failed_record,
)


@pytest.fixture
def failed(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "mitigation.json").write_text('{"met": false}')
    (folder / "report.html").write_text("")
    return folder


def test_new_and_empty_folders_are_free(tmp_path):
    assert free_folder(tmp_path / "new") == tmp_path / "new"
    assert list(tmp_path.iterdir()) == []  # looking leaves nothing
    assert free_folder(tmp_path) == tmp_path


def test_the_record_of_a_failed_repair_gives_way(failed):
    assert free_folder(failed) == failed
    clear_failed_record(failed)
    assert list(failed.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mitigation.json", '{"met": true}'),
        ("mitigation.json", "[]"),
        ("mitigation.json", "no json"),
        ("model.safetensors", ""),
        ("notes.txt", ""),
    ],
)
def test_anything_else_stays(failed, name, content):
    (failed / name).write_text(content)
    assert not holds_failed_record(failed)
    with pytest.raises(ArgumentError, match="overwrites nothing"):
        free_folder(failed)
    clear_failed_record(failed)
    assert (failed / "mitigation.json").exists()


def test_a_file_in_the_way_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.csv").write_text("")
    with pytest.raises(ArgumentError, match=r"out='train\.csv/a/b': train\.csv is a file"):
        free_folder("train.csv/a/b")
    with pytest.raises(ArgumentError, match="mkdir -p no/such"):
        free_folder("no/such/place")


def test_the_models_own_folder_is_refused(tmp_path):
    for inside in (tmp_path / "model" / "fair", tmp_path / "model"):
        with pytest.raises(ArgumentError, match="lies inside"):
            check_apart(inside, tmp_path / "model")
    check_apart(tmp_path / "model-fair", tmp_path / "model")


@pytest.mark.parametrize("out", ["", " "])
def test_an_empty_name_is_told_as_it_was_given(out):
    with pytest.raises(ArgumentError, match=f"^out='{out}' is empty. Name a new folder"):
        free_folder(out)


def test_an_empty_name_on_the_command_line_is_told_as_it_was_given(capsys):
    assert main(["mitigate", "test_it.py", "--out", ""]) == 2
    assert "--out='' is empty" in capsys.readouterr().err
