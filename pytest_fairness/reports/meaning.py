"""What a metric is called in words, and what its number shows and does not show."""

from __future__ import annotations

from pytest_fairness.definitions import Definition, definitions
from pytest_fairness.outcome import Outcome, Verdict
from pytest_fairness.reports import formats

VERDICT_MEANINGS = {
    Verdict.FAIL: "The data show that the limit is exceeded.",
    Verdict.INCONCLUSIVE: "The data allow both answers. More would settle it; this is not a pass.",
    Verdict.UNMEASURABLE: "The number could not be formed. No evidence is not a pass.",
    Verdict.PASS: "The data show that the limit is kept, as surely as the test asks.",
}
VERDICT_ORDER = tuple(VERDICT_MEANINGS)


def meaning_of(outcome: Outcome) -> Definition:
    """Return the words for the metric of `outcome`; a metric without an entry gets plain ones."""
    known = definitions()
    found = known.get(outcome.definition_id) or known.get(outcome.metric)
    return found or _plain_meaning(outcome)


def _plain_meaning(outcome: Outcome) -> Definition:
    title = formats.words(outcome.metric).capitalize()
    return Definition(
        id=outcome.metric,
        title=title,
        statistic=title,
        sentence=title + ": {value}.",
        shows="Whether the number defined above keeps its limit on the data that were judged.",
        does_not_show="Other data, other groups, other texts.",
        source="",
        units="pairs" if any(len(e.texts) == 2 for e in outcome.examples) else "rows",
        fair=0.0 if outcome.tolerance.is_upper else 1.0,
    )
