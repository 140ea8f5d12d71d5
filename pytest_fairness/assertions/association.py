"""Fairness of embeddings: which words lie near which others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pytest_fairness.assertions.checks import Levels, chosen_seed, listed_texts
from pytest_fairness.assertions.concluding import begin, conclude
from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.evidence import Judgement, judge_value
from pytest_fairness.metrics.embeddings import AssociationTest, associations, weat_test
from pytest_fairness.models.kinds import as_embedder
from pytest_fairness.outcome import Evidence, Outcome, Verdict

_MEANINGS = {"max_effect_size": "the largest accepted effect size, to either side"}
_REPLICATES = 4000
_FEWEST = 40  # replicates that a quantile is taken from


def assert_association(
    embedder: Any,
    x: Sequence[str],
    y: Sequence[str],
    a: Sequence[str],
    b: Sequence[str],
    *,
    max_effect_size: float,
    templates: Sequence[str] = ("{}",),
    seed: int | None = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that two sets of words are associated alike with two others.

    The statistic is the absolute effect size of the word embedding association test (0 is fair;
    about 0.2 is called small, 0.8 large). With templates, each word stands in every one of them and
    its vectors are averaged, which makes it the sentence encoder association test.

    Parameters
    ----------
    embedder : Embedder, or function from texts to vectors
        Of shape (n_texts, n_dimensions).
    x, y : sequence of str
        Target words, such as names of two groups.
    a, b : sequence of str
        Attribute words, such as career and family; `word_sets` has lists in English and Chinese:
        ``assert_association(model, *word_sets("gender-career"), max_effect_size=0.5)``.
    max_effect_size : float, at least 0
    templates : sequence of str, default ("{}",)
        With one ``{}`` each.
    seed, alpha
        As in `assert_counterfactual_invariance`.

    Returns
    -------
    Outcome
        A note has the exact or drawn p-value of the published permutation test, one-sided, in the
        direction that was found.

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`. With eight words a side, only
        large effects can be told from none.
    ArgumentError
        If a set has fewer than two words, or one twice, if two opposite sets share a word, or if a
        template has no ``{}``.
    ArgumentTypeError
        If a text is given in place of a list of words.
    ModelError
        If the embedder does not return one vector per text.

    Notes
    -----
    Caliskan et al. (2017); May et al. (2019). Bounds come from resampling the target words, and
    know by how much noise alone lifts an absolute value.

    *What a pass shows*: these words lie about alike in this space. *What it does not show*: how a
    product built on it treats people; such numbers correlate weakly with that (Goldfarb-Tarrant et
    al. 2021), so never gate a product on them alone.
    """
    __tracebackhide__ = True
    bound = begin(
        "assert_association",
        {"max_effect_size": max_effect_size},
        _MEANINGS,
        most=float("inf"),
        unit="number",
    )
    given = {"x": x, "y": y, "a": a, "b": b}
    sets = {name: listed_texts(name, words) for name, words in given.items()}
    _check(sets, listed_texts("templates", templates))
    asked = as_embedder(embedder)
    vectors = {name: embed(asked, words, templates) for name, words in sets.items()}
    s_x = associations(vectors["x"], vectors["a"], vectors["b"])
    s_y = associations(vectors["y"], vectors["a"], vectors["b"])
    drawn = chosen_seed(seed)
    side, test = _found(vectors, drawn)

    told = (
        f"x goes with {side}; one-sided permutation p={test.p_value:.3g} in that direction, over "
        f"{test.splits} {'equal' if test.exact else 'drawn'} splits."
    )

    def judge(levels: Levels) -> Judgement:
        judged = judge_effect(s_x, s_y, limit=bound.value, levels=levels, seed=drawn)
        notes = (*judged.evidence.notes, told)
        return replace(judged, evidence=replace(judged.evidence, notes=notes))

    return conclude(
        "association_effect_size",
        bound,
        judge,
        sensitive_features=None,
        data=(s_x, s_y),
        alpha=alpha,
        model=asked,
        remark=told,
    )


def judge_effect(
    s_x: Any,
    s_y: Any,
    *,
    limit: float,
    levels: Levels,
    seed: int,
    quantity: str = "absolute effect size",
) -> Judgement:
    """Judge the effect size of two sets of targets, from their associations."""
    rng = np.random.default_rng(seed)
    replicates = _known(_effects(_resampled(s_x, rng), _resampled(s_y, rng)))
    noise = _known(_effects(*_permuted(s_x, s_y, rng)))
    if min(len(replicates), len(noise)) < _FEWEST:
        return _unmeasurable(len(s_x) + len(s_y))
    return judge_value(
        quantity,
        float(_effects(s_x[None], s_y[None])[0]),
        replicates,
        limit=limit,
        n=len(s_x) + len(s_y),
        alpha=levels.alpha,
        share=levels.share,
        noise=noise,
        unit="words",
    )


def _found(vectors: dict[str, Any], seed: int) -> tuple[str, AssociationTest]:
    """Return which attribute words x lies nearer to than y does, and the test of that.

    Exchanging a and b only turns the direction, so that the p-value stays the same.
    """
    x, y, a, b = vectors.values()
    test = weat_test(x, y, a, b, seed=seed)
    return ("a", test) if test.statistic >= 0 else ("b", weat_test(x, y, b, a, seed=seed))


def _unmeasurable(n: int) -> Judgement:
    reason = (
        f"The absolute effect size cannot be measured: the {n} words of x and y lie alike to a and "
        "b, or nearly all of them do, so that nothing scatters to measure it by. Look at the "
        "vectors, which may be the same for every text, and give words that differ."
    )
    return Judgement(Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", n))


def _known(effects: Any) -> Any:
    """Return the effect sizes of resamples that scatter."""
    return effects[np.isfinite(effects)]


def _check(sets: dict[str, list[str]], templates: Sequence[str]) -> None:
    for name, words in sets.items():
        if len(words) < 2:
            raise ArgumentError(f"{name} has {len(words)} words; give two or more.")
        _check_words(name, words)
    for one, other in ("xy", "ab"):
        shared = [word for word in sets[one] if word in sets[other]]
        if shared:
            raise ArgumentError(
                f"{one} and {other} both hold {shared[0]!r} ({len(shared)} words in all), which "
                "cannot tell them apart. Leave such words out of both."
            )
    for template in templates:
        if template.count("{}") != 1:
            raise ArgumentError(f"The template {template!r} must hold one {{}}, for the word.")
    if not templates:
        raise ArgumentError("templates is empty. Leave it out to embed the words alone.")


def _check_words(name: str, words: Sequence[str]) -> None:
    """Refuse blanks, and copies: they would count as further evidence."""
    for word in words:
        if not word.strip():
            raise ArgumentError(f"{name} holds an empty word. Leave it out.")
        if words.count(word) > 1:
            raise ArgumentError(
                f"{name} holds {word!r} {words.count(word)} times. Give each word once: a copy is "
                "no further evidence."
            )


def embed(embedder: Any, words: Sequence[str], templates: Sequence[str]) -> Any:
    """Return one vector per word: the mean over the templates of those of unit length."""
    texts = [template.replace("{}", word) for word in words for template in templates]
    vectors = embedder.embed(texts)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not length.all():
        zero = texts[int(np.flatnonzero(length == 0)[0])]
        raise ModelError(
            f"The vector of {zero!r} has length 0, so that it lies in no direction. Leave the word "
            "out, or take a model that knows it."
        )
    unit = vectors / length
    return unit.reshape(len(words), len(templates), -1).mean(axis=1)


def _effects(s_x: Any, s_y: Any) -> Any:
    """Return the absolute effect size of each row of associations."""
    spread = np.concatenate([s_x, s_y], axis=1).std(axis=1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.abs(s_x.mean(axis=1) - s_y.mean(axis=1)) / spread


def _resampled(values: Any, rng: np.random.Generator) -> Any:
    return values[rng.integers(0, len(values), (_REPLICATES, len(values)))]


def _permuted(s_x: Any, s_y: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    every = np.concatenate([s_x, s_y])
    mixed = rng.permuted(np.tile(every, (_REPLICATES, 1)), axis=1)
    return mixed[:, : len(s_x)], mixed[:, len(s_x) :]
