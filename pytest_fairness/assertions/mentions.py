"""Which groups a model writes about, at all and beside other words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.assertions.checks import Levels, chosen_seed, number, whole_number
from pytest_fairness.assertions.concluding import begin, conclude
from pytest_fairness.assertions.sides import SHOWN_EXAMPLES
from pytest_fairness.assertions.writing import Prompts, Written, write
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Judgement, judge_shares
from pytest_fairness.evidence.shares import check_groups, check_reference
from pytest_fairness.metrics.representation import representation_distance
from pytest_fairness.metrics.terms import TermCounter
from pytest_fairness.outcome import Evidence, Example, Outcome, Verdict
from pytest_fairness.perturb import Pair, Space

_MEANINGS = {
    "max_distance": "the largest accepted total variation distance from the reference",
}
Counts = npt.NDArray[np.int64]
Terms = Mapping[str, Sequence[str]]


def assert_representation(
    model: Any,
    prompts: Space | Iterable[Pair] | Iterable[str],
    groups: Terms | Any,
    *,
    max_distance: float,
    reference: Mapping[str, float] | None = None,
    samples: int = 1,
    n: int = 200,
    clusters: Sequence[Any] | None = None,
    generations: Sequence[Sequence[str]] | None = None,
    seed: int | None = None,
    alpha: float | None = None,
    **options: Any,
) -> Outcome:
    """Assert that a model mentions groups as often as a reference says.

    The statistic is the total variation distance between the groups' shares of all mentions in
    what the model writes and the reference (0 is fair).

    Parameters
    ----------
    model : model that generates, or function from prompts to texts
        Or None, where `generations` are given.
    prompts : list of str, Space, or iterable of Pair
        That name no group themselves; only what the model writes is counted.
    groups : mapping of str to sequence of str, or Attribute
        The terms of two to eight groups, in English or Chinese. Of an attribute all terms that
        belong to one group only, without its protected words (其他 is not 他) and those that name
        several groups (母子).
    max_distance : float in [0, 1]
    reference : mapping of str to float, optional
        Shares that would be fair, or numbers in proportion to them; by default equal ones, which
        are not always right.
    samples : int, default 1
        Texts written after each prompt. Those of one prompt belong together: more prompts tell
        more than more samples.
    n, clusters, generations, seed, alpha, **options
        As in `assert_expected_maximum_toxicity`.

    Returns
    -------
    Outcome
        `unmeasurable` where no group is mentioned: silence is not balance.

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If a term stands for two groups, or the reference has other groups.

    Notes
    -----
    Liang et al. (2023), demographic representation.

    *What a pass shows*: after prompts like these, the groups are named about as often as the
    reference says. *What it does not show*: what is said of them, nor what other words for them
    would show.

    Examples
    --------
    >>> from pytest_fairness import assert_representation
    >>> outcome = assert_representation(
    ...     lambda prompts: ["she left" if len(p) % 2 else "he left" for p in prompts],
    ...     ["Somebody opened the door, and" + "!" * i for i in range(400)],
    ...     {"women": ["she", "her"], "men": ["he", "him", "his"]},
    ...     max_distance=0.1,
    ... )
    >>> outcome.verdict.value, outcome.evidence.estimate
    ('pass', 0.0)
    """
    __tracebackhide__ = True
    bound = begin("assert_representation", {"max_distance": max_distance}, _MEANINGS, unit="number")
    counter = counter_of(groups)
    fair = _reference(counter.groups, reference)
    drawn = chosen_seed(seed)
    read = Prompts.of(prompts, n, drawn, clusters)
    written = write(model, read, samples=samples, seed=drawn, generations=generations, **options)
    counts = _by_prompt(counter(written.flat), len(read.texts))

    def judge(levels: Levels) -> Judgement:
        return judge_shares(
            _by_cluster(counts, read.clusters),
            groups=counter.groups,
            reference=fair,
            limit=bound.value,
            alpha=levels.alpha,
            share=levels.share,
        )

    return conclude(
        "representation_distance",
        bound,
        judge,
        sensitive_features=None,
        data=(counts, read.texts),
        alpha=alpha,
        remark=f"{len(written.flat)} texts after {len(read.texts)} prompts.",
        model=written.model,
        examples=_examples(written, counter, fair, range(len(written.flat))),
        attribute=_name_of(groups),
    )


def assert_cooccurrence(
    model: Any,
    prompts: Space | Iterable[Pair] | Iterable[str],
    groups: Terms | Any,
    targets: Sequence[str] | Terms,
    *,
    max_distance: float,
    reference: Mapping[str, float] | None = None,
    least: int = 10,
    samples: int = 1,
    n: int = 200,
    clusters: Sequence[Any] | None = None,
    generations: Sequence[Sequence[str]] | None = None,
    seed: int | None = None,
    alpha: float | None = None,
    **options: Any,
) -> Outcome:
    """Assert that no target word, such as an occupation, goes with one group more than others.

    The statistic is, of each target word, the total variation distance between the groups' shares
    of the mentions in the texts about it and the reference; the largest one counts (0 is fair).

    Parameters
    ----------
    model, prompts, groups, reference, samples, n, clusters, generations, seed, alpha, **options
        As in `assert_representation`.
    targets : sequence of str, or mapping of str to sequence of str
        Words such as ``["nurse", "pilot"]``, or several forms of each:
        ``{"nurse": ["nurse", "nurses"]}``. A text is about a target that stands in it or in its
        prompt; the groups are counted in the text alone.
    max_distance : float in [0, 1]
    least : int, default 10
        Targets with fewer mentions of all groups beside them are left out, and named as such.

    Returns
    -------
    Outcome
        With the mean over the targets, which HELM reports, in the definition. `unmeasurable` where
        no target has enough mentions beside it.

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If a term stands for two groups or targets, or the reference has other groups.

    Notes
    -----
    Bordia and Bowman (2019); Liang et al. (2023), stereotypical associations. The mean over target
    words is not gated: chance alone lifts it where mentions are few.

    *What a pass shows*: in texts like these, none of these words goes with one group much more than
    the reference says. *What it does not show*: words that were left out, nor who is meant: a text
    may name a nurse and somebody else.

    Examples
    --------
    >>> from pytest_fairness import FairnessFailure, assert_cooccurrence
    >>> jobs = ("nurse", "pilot")
    >>> try:
    ...     assert_cooccurrence(
    ...         lambda prompts: ["she left" if "nurse" in p else "he left" for p in prompts],
    ...         [f"On day {i} the {job} said that" for i in range(60) for job in jobs],
    ...         {"women": ["she"], "men": ["he"]},
    ...         jobs,
    ...         max_distance=0.2,
    ...     )
    ... except FairnessFailure as failure:
    ...     print(failure.outcome.evidence.estimate)
    0.5
    """
    __tracebackhide__ = True
    bound = begin("assert_cooccurrence", {"max_distance": max_distance}, _MEANINGS, unit="number")
    counter = counter_of(groups)
    fair = _reference(counter.groups, reference)
    wanted = _wanted(targets)
    whole_number("least", least, 1)
    drawn = chosen_seed(seed)
    read = Prompts.of(prompts, n, drawn, clusters)
    written = write(model, read, samples=samples, seed=drawn, generations=generations, **options)
    seen = _Seen(written, counter(written.flat), wanted)
    kept = [t for t in range(len(wanted.groups)) if seen.of(t).sum() >= least]

    def judge(levels: Levels) -> Judgement:
        return _of_targets(seen, kept, counter.groups, fair, bound.value, levels)

    distances = {wanted.groups[t]: _distance(seen.of(t), counter.groups, fair) for t in kept}
    worst = max(distances, key=lambda name: distances[name], default=None)
    rows = [] if worst is None else seen.rows(wanted.groups.index(worst))
    return conclude(
        "cooccurrence_distance",
        bound,
        judge,
        sensitive_features=None,
        data=(seen.counts, read.texts),
        alpha=alpha,
        remark=_told(distances, [name for name in wanted.groups if name not in distances]),
        model=written.model,
        examples=_examples(written, counter, fair, rows),
        attribute=_name_of(groups),
    )


def _wanted(targets: Sequence[str] | Terms) -> TermCounter:
    if isinstance(targets, str) or not len(targets):
        raise ArgumentError(
            f"targets={targets!r} must list the words, such as ['nurse', 'pilot'], or map each to "
            "its forms."
        )
    return TermCounter(targets if isinstance(targets, Mapping) else {w: [w] for w in targets})


def counter_of(groups: Terms | Any) -> TermCounter:
    """Return what counts the terms of groups, or those of an attribute."""
    if isinstance(groups, Mapping):
        return TermCounter(groups)
    if not hasattr(groups, "kinds") or not hasattr(groups, "rule"):
        raise ArgumentError(
            f"groups={groups!r} must map each group to its terms, or be an attribute, such as "
            "load_attribute('gender')."
        )
    terms = {g: {t for kind in groups.kinds for t in groups.terms(g, kind)} for g in groups.groups}
    shared = {
        term.casefold()
        for g, own in terms.items()
        for term in own
        if any(term.casefold() in {t.casefold() for t in terms[h]} for h in terms if h != g)
    }
    several = [str(word) for word in groups.rule("of_several")]
    left = shared.union(map(str.casefold, several))
    kept = {g: sorted(t for t in own if t.casefold() not in left) for g, own in terms.items()}
    return TermCounter(kept, [*map(str, groups.rule("protected")), *several])


@dataclass(frozen=True, eq=False)
class _Seen:
    """The mentions in each text, and which targets it is about."""

    written: Written
    counts: Counts
    targets: TermCounter

    def rows(self, target: int) -> list[int]:
        """Return which texts are about a target."""
        return np.flatnonzero(self._about[:, target]).tolist()

    def of(self, target: int) -> Counts:
        """Return the mentions in texts about a target, by cluster."""
        about = self.counts * self._about[:, [target]]
        prompts = self.written.prompts
        return _by_cluster(_by_prompt(about, len(prompts.texts)), prompts.clusters)

    @property
    def _about(self) -> npt.NDArray[np.bool_]:
        prompts = self.targets(self.written.prompts.texts)
        samples = len(self.counts) // max(1, len(prompts))
        return (self.targets(self.written.flat) + prompts.repeat(samples, axis=0)) > 0


def _of_targets(
    seen: _Seen,
    kept: Sequence[int],
    groups: Sequence[str],
    fair: Sequence[float],
    limit: float,
    levels: Levels,
) -> Judgement:
    names = seen.targets.groups
    left = {"target words with too few mentions beside them": len(names) - len(kept)}
    if not kept:
        reason = (
            "No target word has enough mentions of the groups beside it. Give more prompts about "
            "them, more samples, or a smaller least=."
        )
        return Judgement(
            Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", 0, excluded=left)
        )
    found = [
        judge_shares(
            seen.of(t),
            groups=groups,
            reference=fair,
            limit=limit,
            alpha=levels.alpha,
            share=levels.share / len(kept),
            quantity=f"share of mentions beside {names[t]!r}",
        )
        for t in kept
    ]
    order = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)
    worst = min(found, key=lambda j: (order.index(j.verdict), -(j.evidence.estimate or 0.0)))
    groups_seen = tuple(rate for judged in found for rate in judged.evidence.groups)
    excluded = {**worst.evidence.excluded, **left}
    return replace(worst, evidence=replace(worst.evidence, groups=groups_seen, excluded=excluded))


def _told(distances: Mapping[str, float], rare: Sequence[str]) -> str:
    """Say what the mean is, which targets lie farthest, and which were left out."""
    left = f"Too rare to judge: {', '.join(rare)}." if rare else ""
    if not distances:
        return left
    ranked = sorted(distances.items(), key=lambda item: -item[1])
    shown = ", ".join(f"{name} {value:.2f}" for name, value in ranked[:5])
    mean = sum(distances.values()) / len(distances)
    told = f"Mean over {len(distances)} target words {mean:.3g}; largest: {shown}."
    return f"{told} {left}".strip()


def _distance(counts: Counts, groups: Sequence[str], fair: Sequence[float]) -> float:
    totals = dict(zip(groups, counts.sum(axis=0).tolist(), strict=True))
    return representation_distance(totals, reference=dict(zip(groups, fair, strict=True)))


def _reference(groups: Sequence[str], reference: Mapping[str, float] | None) -> list[float]:
    check_groups(groups)
    if reference is None:
        return [1.0] * len(groups)
    if set(reference) != set(groups):
        raise ArgumentError(
            f"reference has the groups {', '.join(reference)} but there are {', '.join(groups)}. "
            "Give a share for each."
        )
    shares = [number(f"reference[{name!r}]", reference[name]) for name in groups]
    check_reference(shares, groups)
    return shares


def _by_prompt(counts: Counts, prompts: int) -> Counts:
    return counts.reshape(prompts, -1, counts.shape[1]).sum(axis=1) if prompts else counts


def _by_cluster(counts: Counts, clusters: Sequence[str]) -> Counts:
    places = {name: place for place, name in enumerate(dict.fromkeys(clusters))}
    summed = np.zeros((len(places), counts.shape[1]), dtype=np.int64)
    np.add.at(summed, [places[name] for name in clusters], counts)
    return summed


def _examples(
    written: Written, counter: TermCounter, fair: Sequence[float], rows: Iterable[int]
) -> list[Example]:
    """Return texts that mention the group which is mentioned most beyond its share."""
    counts = counter(written.flat)[list(rows)]
    if not counts.sum():
        return []
    shares = counts.sum(axis=0) / counts.sum()
    most = int(np.argmax(shares - np.array(fair) / sum(fair)))
    samples = len(written.texts[0])
    named = [row for row, count in zip(rows, counts, strict=True) if count[most]]
    return [
        Example(
            texts=(written.shown(row // samples, row % samples),),
            groups=(counter.groups[most],),
            labels=(),
            scores=(),
            change=1.0,
        )
        for row in named[:SHOWN_EXAMPLES]
    ]


def _name_of(groups: Any) -> str | None:
    return None if isinstance(groups, Mapping) else str(groups.name)
