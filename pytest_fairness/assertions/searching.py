"""The worst case of a model over a space, found by a steered search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pytest_fairness.assertions.answers import as_model, ask
from pytest_fairness.assertions.checks import whole_number
from pytest_fairness.assertions.invariance import check_pairs
from pytest_fairness.assertions.sampling import Sample
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.models import Model
from pytest_fairness.outcome import Outcome, Tolerance
from pytest_fairness.perturb import Space
from pytest_fairness.search import Score, WorstCase, fits, search_space
from pytest_fairness.settings import current


def worst_case(
    model: Any,
    space: Space,
    *,
    budget: int = 1000,
    seed: int = 0,
    label: str | int | None = None,
    keep: int = 20,
) -> WorstCase:
    """Return the counterfactual pairs with the largest shifts that a steered search finds.

    A shift is the largest change of a label's score between the two texts of a pair; 0 is fair.
    A quarter of the budget is spent on random pairs, the rest where a model of the scores, fitted
    to the words of the texts so far, expects the largest shifts, and next to the best pairs.

    Parameters
    ----------
    model : Model, estimator or callable
        What gives scores; a model of labels only cannot be searched.
    space : Space
        What `counterfactuals` returns.
    budget : int
        Distinct texts to score at most, at least 2. A space that has no more is compared whole.
    seed : int
        The same seed gives the same result.
    label : str or int, optional
        The label whose score is compared; all of them by default.
    keep : int
        Pairs to return at most.

    Returns
    -------
    WorstCase
        The pairs found, the largest shift first, and what the search took.

    Raises
    ------
    ArgumentError
        If the budget is too small or the space empty.
    ArgumentTypeError
        If `space` is no space, or the model gives no scores.

    Notes
    -----
    What is found is a lower bound of the worst case, and exact where ``.exhausted`` is true. It is
    no sample: no rate may be estimated from it.

    Examples
    --------
    >>> from pytest_fairness import counterfactuals, worst_case
    >>> space = counterfactuals("{name} repairs a {item} in {city}.", vary="gender")
    >>> def odd(texts):
    ...     return [0.1 + 0.4 * ("Olivia" in t) * (1 + ("lamp" in t)) for t in texts]
    >>> result = worst_case(odd, space, budget=400)
    >>> round(result.shift, 3), result.queries <= 400
    (0.8, True)
    """
    __tracebackhide__ = True
    _check_space(space)
    whole_number("seed", seed, 0)
    score = _scoring(as_model(model), label)
    most = whole_number("budget", budget, 2)
    return search_space(score, space, budget=most, seed=seed, keep=whole_number("keep", keep, 1))


def check_worst(
    model: Model,
    space: Any,
    limit: Tolerance,
    budget: int,
    seed: int,
    settings: Mapping[str, Any] | None = None,
) -> Outcome:
    """Judge a space by the largest change that a search finds in it."""
    __tracebackhide__ = True
    if limit.name != "tolerance":
        raise ArgumentError(
            f"budget= searches for the worst pair, which says nothing about {limit.name}=. Use it "
            "with tolerance=, or leave it out."
        )
    _check_space(space)
    active = current().part
    part = space if active == "all" else space.part(active)
    found = worst_case(model, part, budget=budget, seed=seed)
    sample = Sample(
        [each.pair for each in found.pairs],
        population=len(part) if found.exhausted else None,
        excluded=part.excluded,
        recipe=part.recipe,
        attribute=part.attribute,
        language=part.language,
    )
    return check_pairs(model, sample, limit, found, settings)


def covers(space: Space, budget: int) -> bool:
    """Whether a search of so many texts compares every pair of a space."""
    return fits(space, budget)


def _check_space(space: Any) -> None:
    __tracebackhide__ = True
    if not isinstance(space, Space):
        raise ArgumentTypeError(
            f"space={space!r} cannot be searched. Build a space with counterfactuals(...)."
        )
    if not len(space):
        raise ArgumentError(f"{space!r} has no pair to search. Vary something it can change.")


def _scoring(model: Model, label: str | int | None) -> Score:
    """Return what gives rows of scores, of one label if it is named."""

    def score(texts: list[str]) -> Sequence[tuple[float, ...]]:
        answers = ask(model, texts)
        if answers.scores is None:
            raise ArgumentTypeError(
                "A search compares scores, but the model returns labels only. Give a model that "
                "returns probabilities."
            )
        rows = answers.scores if label is None else answers.score_of(label)[:, None]
        return [tuple(map(float, row)) for row in rows]

    return score
