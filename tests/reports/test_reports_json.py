from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.reports import read_json, read_report, write_json


def test_outcomes_come_back_as_they_were(outcomes, tmp_path):
    path = write_json(tmp_path / "r.json", outcomes.values(), settings={"alpha": 0.05})
    report = read_json(path)
    assert report.outcomes == tuple(outcomes.values())
    assert report.settings == {"alpha": 0.05}


def test_the_file_names_its_schema_and_its_tool_and_is_readable(outcomes, tmp_path):
    path = write_json(tmp_path / "r.json", outcomes.values())
    text = path.read_text(encoding="utf-8")
    data = json.loads(text)
    assert list(data) == ["schema", "tool", "settings", "notes", "outcomes"]
    assert data["schema"] == 1
    assert data["tool"]["name"] == "pytest-fairness"
    assert "她是一名护士" in text


def test_the_same_outcomes_give_the_same_bytes(outcomes, tmp_path):
    first = write_json(tmp_path / "a.json", outcomes.values()).read_bytes()
    second = write_json(tmp_path / "b.json", read_json(tmp_path / "a.json").outcomes).read_bytes()
    assert first == second


@given(text=st.text(st.characters(exclude_categories=()), max_size=20))
def test_any_text_survives_even_half_a_surrogate_pair(tmp_path_factory, outcomes, text):
    outcome = replace(outcomes["flip_rate"], reason=text, definition=text + "\ud83d")
    path = write_json(tmp_path_factory.getbasetemp() / "any.json", [outcome])
    path.read_text(encoding="utf-8")
    assert read_json(path).outcomes == (outcome,)


def test_writing_leaves_no_drafts_and_replaces_the_old_file(outcomes, tmp_path):
    path = tmp_path / "r.json"
    path.write_text("old")
    write_json(path, outcomes.values())
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]
    assert read_json(path).outcomes


def test_a_failed_write_keeps_the_old_file(outcomes, tmp_path):
    path = tmp_path / "r.json"
    path.write_text("old")
    with pytest.raises(ArgumentTypeError, match="settings cannot be written as JSON"):
        write_json(path, outcomes.values(), settings={"model": object()})
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]


def test_settings_may_be_a_dataclass(tmp_path):
    @dataclass(frozen=True)
    class Settings:
        alpha: float = 0.05
        models: tuple[str, ...] = ("a",)

    path = write_json(tmp_path / "r.json", [], settings=Settings())
    assert read_report(path).settings == {"alpha": 0.05, "models": ["a"]}


def test_settings_of_another_kind_are_refused(tmp_path):
    with pytest.raises(ArgumentTypeError, match=r"settings=5 must be a mapping"):
        write_json(tmp_path / "r.json", [], settings=5)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ArgumentError, match=r"nowhere\.json' cannot be read: No such file"):
        read_json(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"schema": 1,\n "tool": ]', r"bad\.json, line 2, column 10: no JSON"),
        ("[1, 2]", r"bad\.json is no report of pytest-fairness: it holds a list"),
        ('{"a": 1}', r"field 'tool\.name' must be 'pytest-fairness'"),
        ("[" * 100_000, r"bad\.json"),
        ('{"tool": {"name": "pytest-fairness"}, "schema": 9}', "field 'schema' is 9; .* reads sch"),
        (
            '{"tool": {"name": "pytest-fairness"}, "schema": 1}',
            "field 'outcomes' is missing, expected list",
        ),
        (
            '{"tool": {"name": "pytest-fairness"}, "schema": 1, "outcomes": [7]}',
            r"field 'outcomes\[0\]' is int, expected dict",
        ),
        (
            '{"tool": {"name": "pytest-fairness"}, "schema": 1, "outcomes": [{"schema": 1}]}',
            r"field 'outcomes\[0\]' is malformed: An incomplete Outcome record",
        ),
        (
            '{"tool": {"name": "pytest-fairness"}, "schema": 1, "outcomes": [], "settings": 1}',
            "field 'settings' is int, expected dict",
        ),
    ],
)
def test_a_file_that_is_no_report_says_where_and_what_next(tmp_path, text, message):
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(ArgumentError, match=message):
        read_json(path)


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "bad.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ArgumentError, match=r"bad\.json: no JSON in UTF-8"):
        read_json(path)


@pytest.mark.parametrize(
    ("field", "value"),
    [("verdict", "perhaps"), ("evidence", 5), ("examples", 5), ("colour", "red")],
)
def test_a_malformed_outcome_is_named_by_its_place(outcomes, tmp_path, field, value):
    path = write_json(tmp_path / "r.json", outcomes.values())
    data = json.loads(path.read_text(encoding="utf-8"))
    data["outcomes"][2][field] = value
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ArgumentError, match=r"r\.json: field 'outcomes\[2\]' is malformed"):
        read_json(path)
