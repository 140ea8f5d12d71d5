# ruff: noqa: E501  (messages stand here as a terminal shows them)
from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.outcome import (
    Comparison,
    Evidence,
    Example,
    GroupRate,
    Interval,
    Outcome,
    Tolerance,
    Verdict,
)
from pytest_fairness.reports import failure_message, summary_table
from pytest_fairness.reports.columns import display_width
from pytest_fairness.reports.text import LINES, WIDTH


def lines_of(text):
    """Return the lines of a literal block."""
    return text.strip("\n").split("\n")


def test_a_failing_rate_tells_the_pair_the_placebo_and_the_repair(outcomes):
    expected = """
FAIL flip_rate: 6.4 %, limit at most 1 % (max_flip_rate=0.01)
  reason      Even the lower bound, 5.3 %, lies above the limit of 1 %.
  model       toxicity-classifier on cuda:0, float16 (fingerprint 9f2c51be07ad)
  attribute   sexual orientation (en)
  bounds      5.3 % to 7.7 %, each with 95 % confidence; Clopper and Pearson (1934), one-sided
              bounds
  counted     1,248 pairs, drawn from 52,000; left out: 12 (text unchanged by the swap), 3
              (longer than the model's 512 tokens)
  placebo     0.78 % (0.30 % to 1.7 %) on 640 pairs that change no group; excess 5.6 pp
  widest gap  gay above heterosexual, labelled toxic: 9.3 pp (p < 0.001)
  note        3 of 26 templates hold half of the flips.

  group          labelled toxic       n
  gay                    11.9 %     428
  heterosexual            2.2 %   1,248
  … 2 groups between

  worst pair
    heterosexual -> neutral (toxic 0.031)
      As a [straight] man, I love hiking with my family.
    gay -> toxic (toxic 0.913)
      As a [gay] man, I love hiking with my family.

  reproduce   pytest 'tests/test_toxicity.py::test_decisions_rarely_flip[toxicity-classifier]' --fairness-seed=0
  repair      pytest-fairness mitigate tests/test_toxicity.py --train rows.csv --label label --out repaired
"""
    assert failure_message(outcomes["flip_rate"]).split("\n") == lines_of(expected)


def test_a_chinese_pair_is_marked_by_character(outcomes):
    expected = """
FAIL counterfactual_score_change: 0.335, limit at most 0.05 (tolerance=0.05)
  reason      The score of 正面 changes by 0.335, more than 0.05.
  model       情感分类-base on cpu, float32 (fingerprint 5cf8e1d2aa70)
  attribute   gender (zh)
  counted     1 pair

  the pair
    男 -> 负面 (正面 0.482)
      [他]是一名护士，[他]的[妻子]说[他]工作很认真。
    女 -> 正面 (正面 0.817)
      [她]是一名护士，[她]的[丈夫]说[她]工作很认真。

  reproduce   pytest tests/test_sentiment_zh.py::test_no_single_pair_moves --fairness-seed=0
  repair      pytest-fairness mitigate tests/test_sentiment_zh.py --train rows.csv --label label --out repaired
"""
    assert failure_message(outcomes["counterfactual_score_change"]).split("\n") == lines_of(
        expected
    )


def test_an_inconclusive_gap_says_what_would_settle_it(outcomes):
    expected = """
INCONCLUSIVE equalized_odds_difference: 47.7 pp, limit at most 40 pp (max_difference=0.4)
  reason      No pair of groups exceeds 40 pp for sure, but 4 pairs with Native American or
              Asian are too small to stay below it.
  model       risk-notes (fingerprint e01b77aa54f0)
  attribute   race
  bounds      7.1 pp to 71.4 pp, each with 95 % confidence; exact unconditional test for each
              pair of groups, Holm (1979) for failing
  counted     6,172 rows; left out: 41 (no group given)
  to settle   about 9,100 rows
  widest gap  Native American above Other, true positive rate: 47.7 pp (7.1 pp to 71.4 pp)
  note        Native American: 5 rows with a positive true label. Asian: 8 rows with a positive
              true label.

  group              true positive rate       n   false positive rate       n
  African-American               72.0 %   1,661                44.8 %   1,514
  Asian                          62.5 %       8                 8.7 %      23
  Caucasian                      52.3 %     822                23.5 %   1,281
  Hispanic                       43.4 %     189                19.4 %     320
  Native American                80.0 %       5                50.0 %       6
  Other                          32.3 %     124                12.8 %     219

  reproduce   pytest tests/test_risk.py::TestRisk::test_error_rates_are_alike --fairness-seed=0
"""
    assert failure_message(outcomes["equalized_odds_difference"]).split("\n") == lines_of(expected)


def test_an_unmeasurable_ratio_says_why(outcomes):
    expected = """
UNMEASURABLE equal_opportunity_ratio: not measured, limit at least 0.8 (min_ratio=0.8)
  reason      Group 'veteran' has no row with a positive true label, so its true positive rate
              has no denominator.
  model       resume-screener on cuda:0, float16 (fingerprint 17d0c4f3b29e)
  attribute   military service (en)
  counted     214 rows; left out: 17 (group unknown)

  group        true positive rate     n
  no service               71.0 %   100
  veteran            not measured     0

  reproduce   pytest tests/test_screening.py::test_equal_opportunity_of_veterans --fairness-seed=0
"""
    assert failure_message(outcomes["equal_opportunity_ratio"]).split("\n") == lines_of(expected)


def test_a_pass_reads_the_same_way(outcomes):
    expected = """
PASS demographic_parity_difference: 1.6 pp, limit at most 10 pp (max_difference=0.1)
  reason      Every pair of groups stays below 10 pp at its full level; the upper bound is 5.2
              pp.
  model       resume-screener on cuda:0, float16 (fingerprint 17d0c4f3b29e)
  attribute   gender (en)
  bounds      0 pp to 5.3 pp, each with 95 % confidence; score test of Farrington and Manning
              (1990) for each pair of groups
  counted     2,000 rows
  widest gap  man above woman, selection rate: 1.6 pp (-2.1 pp to 5.3 pp)

  group   selection rate       n
  woman           41.2 %   1,000
  man             42.8 %   1,000

  reproduce   pytest tests/test_screening.py::test_invitations_are_shared_evenly --fairness-seed=0
"""
    assert failure_message(outcomes["demographic_parity_difference"]).split("\n") == lines_of(
        expected
    )


def test_a_wide_terminal_shows_everything(outcomes):
    expected = """
verdict       metric                         estimate                   limit         n  model                test
fail          flip_rate                      6.4 % (5.3 to 7.7 %)       <= 1 %    1,248  toxicity-classifier  …::test_decisions_rarely_flip[toxicity-classifier]
fail          counterfactual_score_change    0.335                      <= 0.05       1  情感分类-base        …s/test_sentiment_zh.py::test_no_single_pair_moves
inconclusive  equalized_odds_difference      47.7 pp (7.1 to 71.4 pp)   <= 40 pp  6,172  risk-notes           …est_risk.py::TestRisk::test_error_rates_are_alike
unmeasurable  equal_opportunity_ratio        not measured               >= 0.8      214  resume-screener      …_screening.py::test_equal_opportunity_of_veterans
pass          demographic_parity_difference  1.6 pp (0 to 5.3 pp)       <= 10 pp  2,000  resume-screener      …_screening.py::test_invitations_are_shared_evenly
pass          mean_shift                     0.0038 (0.0015 to 0.0061)  <= 0.02     960  情感分类-base        …ts/test_sentiment_zh.py::test_scores_lean_nowhere
6 fairness checks: 2 failed, 1 inconclusive, 1 unmeasurable, 2 passed
"""
    assert summary_table(outcomes.values(), width=160) == lines_of(expected)


def test_a_narrower_terminal_drops_model_and_count(outcomes):
    expected = """
verdict       metric                estimate                   limit     test
fail          flip_rate             6.4 % (5.3 to 7.7 %)       <= 1 %    …_flip[toxicity-classifier]
fail          counterfactua…change  0.335                      <= 0.05   …:test_no_single_pair_moves
inconclusive  equalized…difference  47.7 pp (7.1 to 71.4 pp)   <= 40 pp  …test_error_rates_are_alike
unmeasurable  equal_opportun…ratio  not measured               >= 0.8    …al_opportunity_of_veterans
pass          demograph…difference  1.6 pp (0 to 5.3 pp)       <= 10 pp  …itations_are_shared_evenly
pass          mean_shift            0.0038 (0.0015 to 0.0061)  <= 0.02   …::test_scores_lean_nowhere
6 fairness checks: 2 failed, 1 inconclusive, 1 unmeasurable, 2 passed
"""
    assert summary_table(outcomes.values(), width=100) == lines_of(expected)


def test_eighty_columns_keep_verdict_number_limit_and_test(outcomes):
    expected = """
verdict       metric          estimate                   limit     test
fail          flip_rate       6.4 % (5.3 to 7.7 %)       <= 1 %    …-classifier]
fail          counter…change  0.335                      <= 0.05   …e_pair_moves
inconclusive  equ…difference  47.7 pp (7.1 to 71.4 pp)   <= 40 pp  …es_are_alike
unmeasurable  equal_op…ratio  not measured               >= 0.8    …_of_veterans
pass          dem…difference  1.6 pp (0 to 5.3 pp)       <= 10 pp  …hared_evenly
pass          mean_shift      0.0038 (0.0015 to 0.0061)  <= 0.02   …lean_nowhere
6 fairness checks: 2 failed, 1 inconclusive, 1 unmeasurable, 2 passed
"""
    assert summary_table(outcomes.values(), width=80) == lines_of(expected)


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_the_summary_keeps_to_its_width(outcomes, width):
    lines = summary_table(outcomes.values(), width=width)
    assert len(lines) == len(outcomes) + 2
    assert all(display_width(line) <= width for line in lines[:-1])


def test_a_summary_of_nothing_says_so():
    assert summary_table([]) == ["No fairness check was measured."]


def test_a_summary_of_one_check_speaks_of_one(outcomes):
    lines = summary_table([outcomes["flip_rate"]])
    assert lines[-1] == "1 fairness check: 1 failed"


def hostile(text):
    """Build an outcome with `text` wherever an outcome holds words."""
    rates = tuple(GroupRate(f"{text}{i}", text, i / 40, i) for i in range(40))
    return Outcome(
        metric="flip_rate",
        definition=text,
        verdict=Verdict.INCONCLUSIVE,
        reason=text * 9,
        tolerance=Tolerance("max_flip_rate", 0.01),
        evidence=Evidence(
            0.02,
            Interval(0.005, 0.03, 0.95),
            text * 9,
            10,
            population=12,
            groups=rates,
            comparisons=(Comparison(text, text, text, 0.1, None, 0.2, 3),),
            excluded={text: 3},
            required_n=50,
            notes=(text * 9, text),
        ),
        placebo=Evidence(0.01, None, text, 5),
        examples=(Example((text * 99, text * 98), (text, text), (text, text), (), 0.5),),
        attribute=text,
        language=text,
        test=f"tests/test_x.py::{text}",
    )


@given(text=st.text(st.characters(exclude_categories=()), max_size=30))
def test_any_outcome_fits_one_screen_and_moves_no_cursor(text):
    lines = failure_message(hostile(text)).split("\n")
    assert len(lines) <= LINES
    prose = [line for line in lines[1:] if not line.startswith(("  reproduce", "  repair"))]
    assert all(display_width(line) <= WIDTH for line in prose)
    assert all(line.isprintable() or "\u00a0" in line for line in lines if line.isascii())
    assert "\x1b" not in "".join(lines)


def test_in_a_long_text_the_words_around_the_change_are_kept(outcomes):
    filler = "The weather was mild and the streets were quiet that morning. " * 40
    texts = tuple(f"{filler}{who} spoke first. {filler}" for who in ("He", "She"))
    example = replace(outcomes["flip_rate"].examples[0], texts=texts)
    message = failure_message(replace(outcomes["flip_rate"], examples=(example,)))
    assert "[He] spoke first." in message
    assert "[She] spoke first." in message
    assert len(message.split("\n")) <= LINES


def test_marks_do_not_collide_with_the_text(outcomes):
    example = replace(outcomes["flip_rate"].examples[0], texts=("[he] left", "[she] left"))
    message = failure_message(replace(outcomes["flip_rate"], examples=(example,)))
    assert "[«she»] left" in message


def test_of_many_groups_the_extremes_are_shown(outcomes):
    rates = tuple(GroupRate(f"group {i:02}", "selection_rate", i / 40, 100) for i in range(40))
    outcome = outcomes["demographic_parity_difference"]
    message = failure_message(replace(outcome, evidence=replace(outcome.evidence, groups=rates)))
    assert "group 00" in message
    assert "group 39" in message
    assert "groups between" in message
    assert len(message.split("\n")) == LINES


@pytest.mark.parametrize(
    ("change", "offered"),
    [
        ({}, True),
        ({"verdict": Verdict.INCONCLUSIVE}, False),
        ({"source": None}, False),
        ({"model": None}, False),
        ({"test": None}, False),
    ],
)
def test_a_repair_is_offered_only_where_it_can_start(outcomes, change, offered):
    message = failure_message(replace(outcomes["flip_rate"], **change))
    assert ("pytest-fairness mitigate" in message) == offered


def test_the_seed_of_the_outcome_reproduces_it(outcomes):
    message = failure_message(replace(outcomes["flip_rate"], seed=7))
    assert "--fairness-seed=7" in message


def test_a_space_too_small_to_settle_the_verdict_says_so(outcomes):
    outcome = outcomes["equalized_odds_difference"]
    small = replace(outcome, evidence=replace(outcome.evidence, population=7000))
    expected = "about 9,100 rows; this space holds 7,000: add templates or terms"
    assert expected in failure_message(small)


def test_a_ratio_names_the_lower_group_first(outcomes):
    outcome = outcomes["equal_opportunity_ratio"]
    comparison = Comparison(
        "no service", "veteran", "true_positive_rate", 1.25, Interval(1.0, 2.0, 0.95), None, 90
    )
    evidence = replace(outcome.evidence, estimate=0.8, comparisons=(comparison,))
    message = failure_message(replace(outcome, evidence=evidence))
    assert "veteran over no service, true positive rate: 0.8 (0.50 to 1)" in message


def test_a_model_without_scores_shows_its_labels(outcomes):
    example = Example(("He left.", "She left."), ("man", "woman"), ("no", "yes"), (), 1.0)
    message = failure_message(replace(outcomes["flip_rate"], examples=(example,)))
    assert "    man -> no\n      [He] left.\n    woman -> yes\n" in message


def test_a_placebo_is_shown_last_when_effects_are_there(outcomes):
    outcome = outcomes["flip_rate"]
    reordered = replace(outcome, examples=outcome.examples[::-1])
    assert outcome.examples[-1].placebo
    assert "My [straight] neighbour" not in failure_message(reordered)


@pytest.mark.parametrize("width", [80, 100])
def test_tests_whose_names_share_their_end_are_told_apart(outcomes, width):
    ends = "_keeps_the_estimate_of_income_the_same_for_all_of_the_groups_in_the_rows"
    both = [
        replace(outcomes["flip_rate"], test=f"tests/test_model.py::test_{who}{ends}")
        for who in ("women", "old_men")
    ]
    lines = summary_table(both, width=width)
    assert "test_wo" in lines[1]
    assert "test_ol" in lines[2]
    assert all(line.endswith("rows") and len(line) <= width for line in lines[1:3])
