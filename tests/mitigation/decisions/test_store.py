"""Rules as JSON: what comes back, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.decisions import (
    CalibratedEqualizedOdds,
    Decision,
    GroupCalibration,
    GroupRelabelling,
    GroupThresholds,
    RejectOption,
    SearchedThresholds,
    load_decision,
    save_decision,
)
from tests.mitigation.decisions.rows import drawn

RULES = (
    GroupThresholds("equalized_odds"),
    SearchedThresholds(),
    RejectOption(0.3),
    GroupRelabelling("demographic_parity"),
    GroupCalibration(),
    CalibratedEqualizedOdds(),
)


@pytest.fixture(params=RULES, ids=lambda rule: rule.kind)
def rule(request):
    rows = drawn(100, 1)
    chances = np.stack([1 - rows.scores, rows.scores], axis=1)
    return request.param.fit_probabilities(chances, rows.y_true, sensitive_features=rows.groups)


def test_every_rule_comes_back(rule, tmp_path):
    assert isinstance(rule, Decision)
    rows = drawn(50, 2)
    chances = np.stack([1 - rows.scores, rows.scores], axis=1)
    file = save_decision(rule, tmp_path)
    for path in (file, tmp_path, str(tmp_path)):
        again = load_decision(path)
        assert type(again) is type(rule)
        assert np.array_equal(again.apply(chances, rows.groups), rule.apply(chances, rows.groups))
        assert again.to_dict() == rule.to_dict()


def test_a_damaged_record_is_refused(rule, tmp_path):
    file = save_decision(rule, tmp_path)
    record = json.loads(file.read_text("utf-8"))
    record["rule"]["settings"]["speed"] = 1
    file.write_text(json.dumps(record), "utf-8")
    with pytest.raises(ArgumentError, match=f"kind '{rule.kind}' is damaged.*speed"):
        load_decision(tmp_path)
    record["rule"] = {"kind": rule.kind}
    file.write_text(json.dumps(record), "utf-8")
    with pytest.raises(ArgumentError, match=r"is damaged.*settings"):
        load_decision(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "cannot be read as a decision rule"),
        ("[]", "no decision rule of version 1.*version=None"),
        ("{}", "version=None"),
        (
            '{"version": 2, "rule": {"kind": "group_thresholds"}}',
            "version=2.*release that wrote it",
        ),
        ('{"version": 1}', "no decision rule"),
        ('{"version": 1, "rule": {"kind": "oracle"}}', "kind='oracle'.*it reads group_thresholds"),
    ],
)
def test_another_file_is_refused(content, words, tmp_path):
    (tmp_path / "decision.json").write_text(content, "utf-8")
    with pytest.raises(ArgumentError, match=words):
        load_decision(tmp_path)


def test_a_missing_file_or_folder_is_named(tmp_path):
    with pytest.raises(ArgumentError, match=r"nowhere.*Name the file that save_decision wrote"):
        load_decision(tmp_path / "nowhere")


def test_labels_of_numpy_are_written_and_others_refused(tmp_path):
    labels = np.array([0, 1, 0, 1])
    rule = GroupThresholds(pos_label=np.int64(1), min_rows=2)
    rule.fit([0.1, 0.9, 0.2, 0.7], labels, sensitive_features=[*"aabb"])
    save_decision(rule, tmp_path)
    assert load_decision(tmp_path).pos_label == 1
    rule.pos_label = object()
    with pytest.raises(ArgumentError, match=r"which JSON cannot.*texts, numbers"):
        save_decision(rule, tmp_path)
