"""One phrase a fact of an outcome, shared by the terminal and the page; empty when not known."""

from __future__ import annotations

from pytest_fairness.outcome import Comparison, Evidence, Outcome, Tolerance, Verdict
from pytest_fairness.reports import formats
from pytest_fairness.reports.groups import worst_comparison
from pytest_fairness.reports.meaning import meaning_of


def model(outcome: Outcome) -> str:
    """Say which model answered, where, and how to know it again."""
    if outcome.model is None:
        return ""
    info = outcome.model
    where = f" on {info.device}" if info.device else ""
    kind = f", {info.dtype}" if info.dtype else ""
    return f"{info.name}{where}{kind} (fingerprint {info.fingerprint[:12]})"


def is_benchmark(outcome: Outcome) -> bool:
    """Whether a published benchmark was judged: its name then stands in place of an attribute."""
    return outcome.definition_id == "benchmark_deviation"


def metric(outcome: Outcome) -> str:
    """Say what was measured, in few letters: of a benchmark, which of its numbers."""
    named = outcome.attribute if is_benchmark(outcome) else None
    return named or outcome.metric


def attribute(outcome: Outcome) -> str:
    """Say what is protected, and in which language."""
    if outcome.attribute is None:
        return ""
    language = f" ({outcome.language})" if outcome.language else ""
    named = outcome.attribute if is_benchmark(outcome) else formats.words(outcome.attribute)
    return named + language


def bounds(evidence: Evidence, outcome: Outcome) -> str:
    """Say the interval, how sure each bound is, and how it was found."""
    if evidence.interval is None:
        return ""
    text = formats.evidence_bounds(evidence, outcome.tolerance)
    return f"{text}{_confidence(evidence, outcome)}; {evidence.method}"


def _confidence(evidence: Evidence, outcome: Outcome) -> str:
    """Say how sure each bound is: the one that fails a check spends only its share of alpha."""
    interval = evidence.interval
    if interval is None or interval.confidence >= 1:
        return ""
    if evidence.population == evidence.n and interval.low == interval.high:
        return ""  # all was counted: nothing is left to chance
    sure = formats.confidence(interval)
    if outcome.share >= 1:
        return f", each with {sure} confidence"
    surer = formats.sureness(1 - outcome.alpha * outcome.share)
    passing, failing = ("upper", "lower") if outcome.tolerance.is_upper else ("lower", "upper")
    return f", {passing} bound with {sure}, {failing} bound with {surer} confidence"


def counted(outcome: Outcome) -> str:
    """Say how much was judged, out of how much, and what was left out."""
    evidence, units = outcome.evidence, meaning_of(outcome).units
    text = formats.count(evidence.n, units)
    if is_pointwise(outcome) and evidence.n > 1:
        text += " tried"
    if evidence.planned_n is not None and evidence.planned_n > evidence.n:
        text += f" of at most {formats.count(evidence.planned_n)}, enough to decide"
    if evidence.population is not None:
        space = " of the space" if units == "pairs" else ", exact"
        whole = f"all {text}{space}" if evidence.population == evidence.n else ""
        text = whole or f"{text}, drawn from {formats.count(evidence.population)}"
    missing = left_out(evidence)
    return f"{text}; left out: {missing}" if missing else text


def is_pointwise(outcome: Outcome) -> bool:
    """Whether single pairs were tried, as Hypothesis does, and no rate was measured."""
    return outcome.tolerance.name == "tolerance"


def left_out(evidence: Evidence) -> str:
    """Say what was left out, by reason."""
    return ", ".join(f"{formats.count(n)} ({why})" for why, n in evidence.excluded.items() if n)


def to_settle(outcome: Outcome) -> str:
    """Say how much more would probably settle an inconclusive verdict."""
    needed, population = outcome.evidence.required_n, outcome.evidence.population
    if outcome.verdict is not Verdict.INCONCLUSIVE or needed is None:
        return ""
    text = f"about {formats.count(needed, meaning_of(outcome).units)}"
    if groups := outcome.evidence.required_groups:
        each = [f"{name} {formats.count(n)}" for name, n in groups.items()]
        text += f": {', '.join(each[:6])}{', …' if len(each) > 6 else ''}"
    if population is None or needed <= population:
        return text
    return f"{text}; this space holds {formats.count(population)}: add templates or terms"


def detectable(outcome: Outcome) -> str:
    """Say which true value the data would probably have failed: how sharp the check is."""
    value = outcome.evidence.minimum_detectable
    if not formats.is_number(value):
        return ""
    unit = formats.unit_of(outcome.tolerance)
    side = "more" if outcome.tolerance.is_upper else "less"
    shown = formats.number(value, unit, [outcome.tolerance.value])
    return f"a true value of {shown} or {side} would probably have failed (power 80 %)"


def placebo(outcome: Outcome) -> str:
    """Say what edits that change no group do, and how much more the groups do."""
    if outcome.placebo is None:
        return ""
    found = formats.estimate(outcome.placebo, outcome.tolerance)
    interval = formats.evidence_bounds(outcome.placebo, outcome.tolerance)
    pairs = formats.count(outcome.placebo.n, meaning_of(outcome).units)
    more = excess(outcome)
    text = f"{found}{formats.in_brackets(interval)} on {pairs} that change no group"
    return f"{text}; excess {more}" if more else text


def excess(outcome: Outcome) -> str:
    """Say how much more the groups do than the placebo, pair by pair where that was measured."""
    if outcome.excess is None:
        return formats.excess(outcome)
    unit = formats.gap_unit(outcome.tolerance)
    interval = formats.bounds(outcome.excess.interval, unit)
    return formats.number(outcome.excess.estimate, unit) + formats.in_brackets(interval)


def deciding(outcome: Outcome) -> str:
    """Say which two groups the verdict rests on: their values, rows, gap and interval."""
    found = outcome.evidence.deciding
    if found is None:
        return ""
    if not found.second:  # a group by itself
        first = _valued(outcome.evidence, found.first, found.quantity)
        return f"{first}, {formats.words(found.quantity)}: {gap(found, outcome.tolerance)}"
    joint = "against" if outcome.tolerance.is_upper else "over"
    sides = (found.first, found.second)
    first, second = (_valued(outcome.evidence, name, found.quantity) for name in sides)
    quantity, apart = formats.words(found.quantity), gap(found, outcome.tolerance)
    return f"{first} {joint} {second}, {quantity}: {apart}"


def _valued(evidence: Evidence, group: str, quantity: str) -> str:
    """Name a group with its value and rows, where they are known."""
    for rate in evidence.groups:
        if (rate.group, rate.quantity) == (group, quantity):
            value = formats.number(rate.value, formats.quantity_unit(quantity))
            return f"{group} {value} (n {formats.count(rate.n)})"
    return group


def worst_label(outcome: Outcome) -> str:
    """Name the line of the worst pair of groups."""
    worst = worst_comparison(outcome)
    if worst is not None and not worst.second:
        return "worst part" if outcome.metric == "bias_loss" else "worst group"
    return "widest gap" if outcome.tolerance.is_upper else "low ratio"


def worst_groups(outcome: Outcome) -> str:
    """Say which two groups lie furthest apart, in what, and by how much."""
    worst = worst_comparison(outcome)
    if worst is None or worst == outcome.evidence.deciding:
        return ""
    joint = "above" if outcome.tolerance.is_upper else "over"
    found = gap(worst, outcome.tolerance)
    if not worst.second:
        return f"{worst.first}, {formats.words(worst.quantity)}: {found}"
    return f"{worst.first} {joint} {worst.second}, {formats.words(worst.quantity)}: {found}"


def gap(comparison: Comparison, tolerance: Tolerance) -> str:
    """Say how far two groups lie apart, with the interval or else the p-value."""
    unit, marks = formats.comparison_unit(comparison, tolerance), [tolerance.value]
    remark = formats.bounds(comparison.interval, unit, marks)
    if not remark and comparison.p_value is not None:
        remark = formats.chance(comparison.p_value)
    value = formats.whole(comparison.estimate, comparison.interval)
    return formats.number(value, unit, marks) + formats.in_brackets(remark)
