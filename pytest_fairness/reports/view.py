"""An outcome as the page shows it: every word and place decided here, none in the template."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pytest_fairness.definitions import Definition
from pytest_fairness.outcome import Example, ModelInfo, Outcome
from pytest_fairness.reports import drawing, facts, formats
from pytest_fairness.reports.account import Account
from pytest_fairness.reports.charts import DotPlot, IntervalPicture, dot_plots, interval_picture
from pytest_fairness.reports.commands import commands, remark
from pytest_fairness.reports.examples import Answer, answers
from pytest_fairness.reports.meaning import VERDICT_MEANINGS, VERDICT_ORDER, meaning_of
from pytest_fairness.reports.pairing import match_before

_SHOWN_PAIRS = 3
_OPEN_AT_MOST = 12
_RECIPE_CHARACTERS = 8000
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class Count:
    """How many checks have one verdict, and what that verdict means."""

    verdict: str
    n: int
    meaning: str


@dataclass(frozen=True)
class PairView:
    """One example: what the model said to each text."""

    title: str
    answers: tuple[Answer, ...]
    scores: tuple[str, ...]
    flipped: bool


@dataclass(frozen=True)
class Check:
    """Everything that the page shows of one outcome."""

    id: str
    outcome: Outcome
    meaning: Definition
    verdict: str
    open: bool
    attribute: str
    attribute_word: str
    model_name: str
    test_name: str
    test_place: str
    found: str
    bounds: str
    limit: str
    sentence: str
    excess_rank: float
    thumbnail: drawing.Bar | None
    picture: IntervalPicture | None
    dot_plots: tuple[DotPlot, ...]
    worst_groups: str
    pairs: tuple[PairView, ...]
    more_pairs: tuple[PairView, ...]
    facts: tuple[tuple[str, str], ...]
    record: tuple[tuple[str, str], ...]
    commands: tuple[tuple[str, str], ...]
    recipe: str
    lang: str
    before: str
    before_verdict: str
    before_found: str


@dataclass(frozen=True)
class Page:
    """Everything that the page shows."""

    title: str
    lead: str
    counts: tuple[Count, ...]
    models: tuple[ModelInfo, ...]
    checks: tuple[Check, ...]
    settings: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    sureness: str
    account: Account | None
    repair: str
    unmatched: str
    version: str
    written: str


def page_of(
    outcomes: Sequence[Outcome],
    *,
    title: str,
    settings: Mapping[str, Any],
    notes: Sequence[str],
    account: Account | None,
    before: Sequence[Outcome] | None,
    version: str,
    written: datetime,
) -> Page:
    """Arrange `outcomes` for the page: what did not pass first."""
    ordered = sorted(outcomes, key=lambda outcome: VERDICT_ORDER.index(outcome.verdict))
    earlier, unmatched = match_before(ordered, before or ())
    unsettled = sum(not outcome.passed for outcome in ordered)
    models = tuple(dict.fromkeys(o.model for o in ordered if o.model))
    return Page(
        title=title,
        lead=lead(ordered) if account is None else f"{account.title}.",
        counts=_counts(ordered),
        models=models,
        checks=tuple(
            _check(
                i,
                outcome,
                previous,
                opened=unsettled <= _OPEN_AT_MOST,
                model_name=outcome.model.name if outcome.model and len(models) > 1 else "",
            )
            for i, (outcome, previous) in enumerate(zip(ordered, earlier, strict=True), 1)
        ),
        settings=tuple((formats.words(name), _plain(v)) for name, v in settings.items()),
        notes=tuple(notes),
        sureness=_sureness(ordered),
        account=account,
        repair=_repair(ordered, earlier) if before is not None else "",
        unmatched=_unmatched(unmatched),
        version=version,
        written=written.strftime("%Y-%m-%d %H:%M %Z").strip(),
    )


def lead(outcomes: Sequence[Outcome]) -> str:
    """Say in one sentence how the run ended."""
    n, passed = len(outcomes), sum(outcome.passed for outcome in outcomes)
    if n == 0:
        return "Nothing was measured."
    if n == 1:
        return "The one check passes." if passed else "The one check did not pass."
    if passed in (0, n):
        return f"All {n:,} checks pass." if passed else f"None of {n:,} checks passed."
    return f"{n - passed:,} of {n:,} checks did not pass."


def _counts(outcomes: Sequence[Outcome]) -> tuple[Count, ...]:
    found = Counter(outcome.verdict for outcome in outcomes)
    return tuple(Count(v.value, found[v], VERDICT_MEANINGS[v]) for v in VERDICT_ORDER)


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _sureness(outcomes: Sequence[Outcome]) -> str:
    judged = [outcome for outcome in outcomes if outcome.evidence.interval is not None]
    if not judged:
        return ""
    fails = sum(outcome.alpha * outcome.share for outcome in judged)
    passes = sum(outcome.alpha for outcome in judged)
    checks = formats.count(len(judged), "checks")
    rest = "rests" if len(judged) == 1 else "rest"
    return (
        f"{checks} {rest} on an interval: at most {fails:.2g} false fails and at most {passes:.2g} "
        "false passes are to be expected in all."
    )


def _repair(outcomes: Sequence[Outcome], earlier: Sequence[Outcome | None]) -> str:
    pairs = [(now, was) for now, was in zip(outcomes, earlier, strict=True) if was is not None]
    broken = [now.passed for now, was in pairs if not was.passed]
    sound = [now.passed for now, was in pairs if was.passed]
    return (
        f"Checks that did not pass before and pass now: {sum(broken)} of {len(broken)}. "
        f"Checks that passed before and still pass: {sum(sound)} of {len(sound)}."
    )


def _unmatched(n: int) -> str:
    if n == 0:
        return ""
    verb = "has" if n == 1 else "have"
    return f"{formats.count(n, 'checks')} of the earlier run {verb} no counterpart in this one."


def _check(
    index: int, outcome: Outcome, before: Outcome | None, *, opened: bool, model_name: str
) -> Check:
    meaning, evidence = meaning_of(outcome), outcome.evidence
    place, name = _split_test(outcome.test or "")
    labels = outcome.model.labels if outcome.model else ()
    pairs = tuple(_pair(i, e, labels) for i, e in enumerate(outcome.examples, 1))
    found = formats.estimate(evidence, outcome.tolerance)
    return Check(
        id=f"check-{index}",
        outcome=outcome,
        meaning=meaning,
        verdict=outcome.verdict.value,
        open=opened and not outcome.passed,
        attribute=facts.attribute(replace(outcome, language=None)),
        attribute_word="with" if facts.is_benchmark(outcome) else "by",
        model_name=model_name,
        test_name=name,
        test_place=place,
        found=found,
        bounds=formats.evidence_bounds(evidence, outcome.tolerance, once=True),
        limit=formats.limit(outcome.tolerance),
        sentence=_sentence(outcome, meaning),
        excess_rank=_excess_rank(outcome),
        thumbnail=drawing.thumbnail(
            evidence, limit=outcome.tolerance.value, is_upper=outcome.tolerance.is_upper
        ),
        picture=interval_picture(outcome, before),
        dot_plots=dot_plots(outcome),
        worst_groups=facts.worst_groups(outcome),
        pairs=pairs[:_SHOWN_PAIRS],
        more_pairs=pairs[_SHOWN_PAIRS:],
        facts=tuple(_facts(outcome)),
        record=tuple(_record(outcome)),
        commands=commands(outcome),
        recipe=_recipe(outcome),
        lang=_lang(outcome),
        before=_before(outcome, before),
        before_verdict=before.verdict.value if before else "",
        before_found=formats.estimate(before.evidence, before.tolerance) if before else "",
    )


def _split_test(test: str) -> tuple[str, str]:
    """Split a node id before the function's name; its parameters may hold colons themselves."""
    path, bracket, parameters = test.partition("[")
    place, _, name = path.rpartition("::")
    return place, name + bracket + parameters


def _sentence(outcome: Outcome, meaning: Definition) -> str:
    found = formats.estimate(outcome.evidence, outcome.tolerance)
    if found == formats.NOT_MEASURED:
        return "This could not be measured."
    return meaning.sentence.replace("{value}", found)


def _excess_rank(outcome: Outcome) -> float:
    """Return how far beyond its limit a check lies, for sorting; unmeasured ones come first."""
    estimate, limit = outcome.evidence.estimate, outcome.tolerance.value
    if not formats.is_number(estimate):
        return 1e9
    beyond = estimate - limit if outcome.tolerance.is_upper else limit - estimate
    return round(beyond / max(limit, 1e-6), 6)


def _pair(index: int, example: Example, labels: Sequence[str]) -> PairView:
    said = answers(example, labels)
    name = "Example" if len(said) != 2 else "Pair"
    change = formats.number(example.change, formats.Unit.SCORE)
    placebo = ", placebo: no group changes" if example.placebo else ""
    return PairView(
        title=f"{name} {index}: score change {change}{placebo}",
        answers=said,
        scores=tuple(
            "" if a.score is None else formats.number(a.score, formats.Unit.SCORE) for a in said
        ),
        flipped=len({answer.label for answer in said}) > 1,
    )


def _facts(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Yield what a reader needs to weigh the number."""
    rows = [
        ("Counted", facts.counted(outcome)),
        ("Would settle it", facts.to_settle(outcome)),
        ("Sharpness", facts.detectable(outcome)),
        ("Placebo", facts.placebo(outcome)),
        ("Decided by", facts.deciding(outcome)),
        (
            facts.worst_label(outcome).capitalize().replace("Low ratio", "Lowest ratio"),
            facts.worst_groups(outcome),
        ),
    ]
    return (row for row in rows if row[1])


def _alpha(outcome: Outcome) -> str:
    spent = outcome.alpha * outcome.share
    part = f", of which a fail may spend {spent:.2g}" if outcome.share < 1 else ""
    alone = f"; {said}" if (said := remark(outcome)) else ""
    return f"{outcome.alpha:g}{part}{alone}"


def _record(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Yield what a reviewer needs to check the number."""
    evidence, tolerance, model = outcome.evidence, outcome.tolerance, outcome.model
    rows = [
        ("Test", outcome.test or ""),
        ("Metric", outcome.definition_id or outcome.metric),
        ("Limit", f"{tolerance.name} = {tolerance.value:g}"),
        ("Method", evidence.method),
        ("Bounds", facts.bounds(evidence, outcome)),
        ("Left out", facts.left_out(evidence) or "nothing"),
        ("Alpha", _alpha(outcome)),
        ("Seed", str(outcome.seed)),
        ("Data fingerprint", outcome.data_fingerprint),
        ("Language", outcome.language or ""),
        *(_model_rows(model) if model else ()),
    ]
    return (row for row in rows if row[1])


def _model_rows(model: ModelInfo) -> tuple[tuple[str, str], ...]:
    return (
        ("Model", model.name),
        ("Model folder", model.path or ""),
        ("Model kind", model.kind),
        ("Device", ", ".join(part for part in (model.device, model.dtype) if part)),
        ("Model labels", ", ".join(model.labels)),
        ("Model fingerprint", model.fingerprint),
    )


def _recipe(outcome: Outcome) -> str:
    if not outcome.source:
        return ""
    text = json.dumps(outcome.to_dict()["source"], ensure_ascii=False, indent=2)
    return text if len(text) <= _RECIPE_CHARACTERS else text[:_RECIPE_CHARACTERS] + "\n…"


def _lang(outcome: Outcome) -> str:
    """Return the language of the texts if it is a well-formed tag, so that glyphs are right."""
    language = outcome.language or ""
    return language if _LANGUAGE.fullmatch(language) else ""


def _before(outcome: Outcome, before: Outcome | None) -> str:
    """Say what changed since the earlier run."""
    if before is None:
        return ""
    was = formats.estimate(before.evidence, before.tolerance)
    now = formats.estimate(outcome.evidence, outcome.tolerance)
    return f"Before {was} ({before.verdict.value}), now {now} ({outcome.verdict.value})."
