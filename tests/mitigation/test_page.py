"""The page of a repair begins with how the repair ended, not with how many checks pass."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_fairness.mitigation import MitigationConfig
from pytest_fairness.mitigation.attempts import Attempt
from pytest_fairness.mitigation.page import account_of
from pytest_fairness.mitigation.record import write_evidence
from pytest_fairness.mitigation.result import MitigationResult
from pytest_fairness.mitigation.utility import Utility
from pytest_fairness.outcome import Evidence, Outcome, Tolerance, Verdict

LOST = Utility("accuracy", 1.0, 0.967, 211, gained=0, lost=7, margin=0.02)
FAIR = Outcome(
    metric="flip_rate",
    definition="",
    verdict=Verdict.PASS,
    reason="It is low.",
    tolerance=Tolerance("max_flip_rate", 0.01),
    evidence=Evidence(0.0, None, "", 10),
)
TRIED = (
    Attempt("thresholds", "skipped", "no failing check compares groups"),
    Attempt("lora", "judged", "it lost <too> much.", after=(FAIR,), utility=LOST, retention=0.97),
)
REFUSED = MitigationResult(
    False,
    "accuracy went from 1.000 to 0.967, a larger loss than 0.02. Weigh <less>.",
    before=(replace(FAIR, verdict=Verdict.FAIL),),
    after=(FAIR,),
    method="lora",
    utility=LOST,
    attempts=TRIED,
    seconds=105.4,
)
MADE_FROM = {
    "model": {"folder": "models/screener", "fingerprint": "a79ef022250c21df"},
    "data": {
        "given": {"file": "rows.csv", "rows": 900},
        "teacher": "labels",
        "parts": {"train": {"rows": 450}, "validation": {"rows": 224}, "heldout": {"rows": 211}},
    },
}


@pytest.fixture
def page(tmp_path):
    write_evidence(REFUSED, tmp_path, MitigationConfig(), None, MADE_FROM)
    return (tmp_path / "report.html").read_text("utf-8")


def text_of(html):
    body = re.sub(r"<(style|script).*?</\1>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_a_refused_repair_does_not_begin_with_the_check_that_passes(page):
    text = text_of(page)
    assert "Fairness repair Not repaired. Accuracy went from 1.000 to 0.967" in text
    assert "The one check passes" not in text
    assert "Weigh &lt;less&gt;." in page, "what is told is escaped"
    assert 'class="account fail"' in page


def test_what_was_measured_and_tried_is_on_the_page(page):
    text = text_of(page)
    assert "Model before models/screener (a79ef022250c)" in text
    assert "Model after none was saved" in text
    assert "900 of rows.csv: 450 to learn from, 224 to choose by, 211 to judge by" in text
    assert "105 s in all, the tests" in text
    assert "accuracy (n=211) 1.000 0.967" in text
    assert "lora held-out 0.0000 0.967 0.970 0 0" in text
    assert "thresholds not tried: no failing check compares groups" in text


def test_how_a_wrapped_model_must_be_loaded_is_told():
    tried = (Attempt("averaging", "repaired", "", after=(FAIR,), loading="Load it by load_model."),)
    result = replace(
        REFUSED, met=True, method="averaging", attempts=tried, folder=Path("fair"), reason="fine."
    )
    account = account_of(result, {})
    refused = account_of(replace(result, met=False, folder=None), {})
    assert "To load it" not in dict(refused.facts)
    assert account.title == "Repaired by averaging"
    assert ("To load it", "Load it by load_model.") in account.facts
    assert str(result).splitlines()[-1] == (
        "repaired by averaging: fine. Saved in fair. Load it by load_model. It took 105 s in all."
    )
