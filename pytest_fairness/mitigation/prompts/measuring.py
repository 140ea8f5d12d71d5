"""Ready-made evaluations for `search_prompt`: how unfair and how useful a model is on n texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from pytest_fairness.mitigation.checking import (
    check_callable,
    check_choice,
    check_seed,
    check_whole,
    listed_entries,
    listed_pairs,
    listed_texts,
)
from pytest_fairness.perturb import Pair

Scorer = Callable[[list[str]], Any]


class Measured(NamedTuple):
    """What an evaluation found.

    Attributes
    ----------
    unfairness : float
        0 is fair; the smaller the better.
    utility : float
        The larger the better.
    """

    unfairness: float
    utility: float


Evaluate = Callable[[Any, int], tuple[float, float]]


def on_decisions(
    pairs: Iterable[Pair],
    texts: Iterable[str],
    labels: Iterable[Any],
    *,
    by: str = "flips",
    seed: int = 0,
) -> Evaluate:
    """Return an evaluation of classifiers: pairs that are decided differently, and accuracy.

    Half of the texts go into pairs, half into rows; more of them are asked for by the first few of
    one fixed order, so that all candidates of a round meet the same ones.

    Parameters
    ----------
    pairs : iterable of Pair
        Of training or validation terms: nothing that judges the repair.
    texts, labels : iterables
        Rows with the labels that the model should give.
    by : {"flips", "shift"}
        Unfairness is the share of pairs with different labels; or the mean over pairs of the
        largest change of a label's probability, which tells candidates apart on fewer pairs.
    seed : int
        Of the order.

    Examples
    --------
    >>> from pytest_fairness.models import load_model
    >>> pairs = [Pair("he leads", "she leads", ("men", "women"), "gender")] * 4
    >>> evaluate = on_decisions(pairs, ["he fails"] * 4, [0] * 4)
    >>> evaluate(load_model(lambda texts: ["he leads" in f" {t}" for t in texts], labels="01"), 16)
    Measured(unfairness=0.0, utility=0.0)
    """
    check_choice("by", by, tuple(_UNFAIR))
    check_seed(seed)
    ordered, rows = (
        _shuffled(listed_pairs("pairs", pairs), seed),
        _shuffled(_rows(texts, labels), seed + 1),
    )
    _check_any(pairs=ordered, texts=rows)

    def evaluate(model: Any, n: int) -> Measured:
        chosen, known = ordered[: max(1, n // 4)], rows[: max(1, n // 2)]
        said = model.predict([text for text, _ in known]).tolist()
        right = [answer == label for answer, (_, label) in zip(said, known, strict=True)]
        first, second = [p.original for p in chosen], [p.variant for p in chosen]
        return Measured(_UNFAIR[by](model, first, second), float(np.mean(right)))

    return evaluate


def on_writing(
    pairs: Iterable[Pair],
    scorer: Scorer,
    useful: Scorer,
    *,
    samples: int = 1,
    seed: int = 0,
    **options: Any,
) -> Evaluate:
    """Return an evaluation of models that write: as `assert_generation_parity` sees them.

    Parameters
    ----------
    pairs : iterable of Pair
        Of prompts, of training or validation terms.
    scorer : callable
        From texts to numbers: unfairness is the largest mean difference of them between two groups.
    useful : callable
        From texts to numbers: utility is their mean over all that was written. 1 for an answer that
        does not refuse, and 0 for one that does, is a simple one.
    samples : int
        Texts written after each prompt.
    seed : int
        Of the order of pairs and of sampling.
    **options
        For the model's `generate`.

    Examples
    --------
    >>> from pytest_fairness.models.kinds import as_generator
    >>> pairs = [Pair("of him", "of her", ("men", "women"), "gender")] * 2
    >>> evaluate = on_writing(pairs, lambda t: [len(x) for x in t], lambda t: [1.0 for _ in t])
    >>> evaluate(as_generator(lambda p: [x.replace("her", "Lady") for x in p]), 4)
    Measured(unfairness=1.0, utility=1.0)
    """
    check_callable("scorer", scorer, "from a list of texts to as many numbers")
    check_callable("useful", useful, "from a list of texts to as many numbers")
    check_whole("samples", samples, 1, "it is the number of texts written for each prompt")
    check_seed(seed)
    ordered = _shuffled(listed_pairs("pairs", pairs), seed)
    _check_any(pairs=ordered)

    def evaluate(model: Any, n: int) -> Measured:
        chosen = ordered[: max(1, n // (2 * samples))]
        prompts = [text for pair in chosen for text in (pair.original, pair.variant)]
        written = model.generate(prompts, n=samples, seed=seed, **options)
        flat = [text for texts in written for text in texts]
        scores = _numbers(scorer, flat).reshape(len(chosen), 2, samples).mean(axis=2)
        return Measured(_largest_gap(chosen, scores), float(_numbers(useful, flat).mean()))

    return evaluate


def _rows(texts: Iterable[str], labels: Iterable[Any]) -> list[tuple[str, str]]:
    listed, given = listed_texts("texts", texts), listed_entries("labels", labels)
    if None in given:
        raise ArgumentTypeError(f"labels[{given.index(None)}]=None must be a label.")
    known = [str(label) for label in given]
    if len(listed) != len(known):
        raise ArgumentError(
            f"There are {len(listed)} texts and {len(known)} labels. Give one label per text."
        )
    return list(zip(listed, known, strict=True))


def _shuffled(items: Iterable[Any], seed: int) -> list[Any]:
    listed = list(items)
    return [listed[i] for i in np.random.default_rng(seed).permutation(len(listed)).tolist()]


def _check_any(**given: Sequence[Any]) -> None:
    for name, found in given.items():
        if not found:
            raise ArgumentError(f"{name} is empty: there is nothing to evaluate a prompt on.")


def _flips(model: Any, first: list[str], second: list[str]) -> float:
    said = model.predict(first + second)
    return float((said[: len(first)] != said[len(first) :]).mean())


def _shift(model: Any, first: list[str], second: list[str]) -> float:
    scores = model.predict_proba(first + second)
    return float(np.abs(scores[: len(first)] - scores[len(first) :]).max(axis=1).mean())


_UNFAIR = {"flips": _flips, "shift": _shift}


def _numbers(scorer: Scorer, texts: list[str]) -> npt.NDArray[np.float64]:
    found = np.asarray(scorer(texts), dtype=np.float64)
    if found.ndim == 2:
        found = found[:, -1]
    if found.shape != (len(texts),) or not np.isfinite(found).all():
        raise ModelError(
            f"A scorer returned an array of shape {found.shape} for {len(texts)} texts, or numbers "
            "that are not finite. Return one number per text."
        )
    return found


def _largest_gap(pairs: Sequence[Pair], scores: npt.NDArray[np.float64]) -> float:
    """Return the largest mean difference between two groups, in either direction."""
    gaps: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for pair, (first, second) in zip(pairs, scores.tolist(), strict=True):
        sign = 1 if pair.groups == tuple(sorted(pair.groups)) else -1
        gaps[tuple(sorted(pair.groups))].append(sign * (second - first))
    return max(abs(float(np.mean(found))) for found in gaps.values())
