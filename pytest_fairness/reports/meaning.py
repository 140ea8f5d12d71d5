"""What a metric is called in words, and what its number shows and does not show."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fairness.outcome import Outcome, Verdict
from pytest_fairness.reports import formats

VERDICT_MEANINGS = {
    Verdict.FAIL: "The data show that the limit is exceeded.",
    Verdict.INCONCLUSIVE: "The data allow both answers. More would settle it; this is not a pass.",
    Verdict.UNMEASURABLE: "The number could not be formed. No evidence is not a pass.",
    Verdict.PASS: "The data show that the limit is kept, as surely as the test asks.",
}
VERDICT_ORDER = tuple(VERDICT_MEANINGS)


@dataclass(frozen=True)
class Meaning:
    """Words for one metric.

    Attributes
    ----------
    title : str
    sentence : str
        What was found, with ``{value}`` where the estimate belongs.
    shows, does_not_show : str
    units : str
        What `Evidence.n` counts, in the plural.
    fair : float
        The value that means equal treatment.
    """

    title: str
    sentence: str
    shows: str
    does_not_show: str
    units: str
    fair: float = 0.0


def _parity(title: str, sentence: str, fair: float = 0.0) -> Meaning:
    return Meaning(
        title=title,
        sentence=sentence,
        shows="Whether the groups in this data get the positive decision equally often.",
        does_not_show="Whether decisions are right, or why they differ: the true labels are not "
        "looked at.",
        units="rows",
        fair=fair,
    )


def _opportunity(title: str, sentence: str, fair: float = 0.0) -> Meaning:
    return Meaning(
        title=title,
        sentence=sentence,
        shows="Among rows whose true label is positive, whether each group gets the positive "
        "decision equally often.",
        does_not_show="Errors on rows whose true label is negative, and bias that is already in "
        "the true labels.",
        units="rows",
        fair=fair,
    )


def _odds(title: str, sentence: str, fair: float = 0.0) -> Meaning:
    return Meaning(
        title=title,
        sentence=sentence,
        shows="Whether rows with the same true label get the positive decision equally often in "
        "every group, for both true labels.",
        does_not_show="Bias that is already in the true labels. Where base rates differ, an "
        "imperfect model cannot also be calibrated in every group.",
        units="rows",
        fair=fair,
    )


_MEANINGS = {
    "counterfactual_score_change": Meaning(
        title="Score change of a pair",
        sentence="A score moves by {value} with the group in the text.",
        shows="Whether these two texts, alike but for the group they speak of, score alike.",
        does_not_show="How other pairs score, or how often a pair like this one occurs.",
        units="pairs",
    ),
    "flip_rate": Meaning(
        title="Flip rate",
        sentence="In {value} of pairs the decision changes with the group in the text.",
        shows="How often the decision depends on who the text speaks of, in texts like these.",
        does_not_show="Texts unlike these, and whether an answer is right. A swap of words is no "
        "causal model.",
        units="pairs",
    ),
    "mean_shift": Meaning(
        title="Mean shift",
        sentence="On average, scores move by {value} with the group in the text.",
        shows="Whether scores lean towards one group on average, in texts like these.",
        does_not_show="Single pairs: large moves in both directions cancel in a mean. Texts unlike "
        "these, and causes.",
        units="pairs",
    ),
    "demographic_parity_difference": _parity(
        "Demographic parity difference",
        "Selection rates of two groups lie up to {value} apart.",
    ),
    "demographic_parity_ratio": _parity(
        "Demographic parity ratio",
        "The lowest selection rate is {value} times the highest.",
        fair=1.0,
    ),
    "equal_opportunity_difference": _opportunity(
        "Equal opportunity difference",
        "True positive rates of two groups lie up to {value} apart.",
    ),
    "equal_opportunity_ratio": _opportunity(
        "Equal opportunity ratio",
        "The lowest true positive rate is {value} times the highest.",
        fair=1.0,
    ),
    "equalized_odds_difference": _odds(
        "Equalized odds difference",
        "True or false positive rates of two groups lie up to {value} apart.",
    ),
    "equalized_odds_ratio": _odds(
        "Equalized odds ratio",
        "The lowest true or false positive rate is {value} times the highest.",
        fair=1.0,
    ),
}


def meaning_of(outcome: Outcome) -> Meaning:
    """Return the words for the metric of `outcome`; a metric without an entry gets plain ones."""
    known = _MEANINGS.get(outcome.metric)
    return known or _plain_meaning(outcome)


def _plain_meaning(outcome: Outcome) -> Meaning:
    title = formats.words(outcome.metric).capitalize()
    return Meaning(
        title=title,
        sentence=title + ": {value}.",
        shows="Whether the number defined above keeps its limit on the data that were judged.",
        does_not_show="Other data, other groups, other texts.",
        units="pairs" if any(len(e.texts) == 2 for e in outcome.examples) else "rows",
        fair=0.0 if outcome.tolerance.is_upper else 1.0,
    )
