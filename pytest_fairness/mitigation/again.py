"""Running a failing check again, on other material: the one place that knows how.

A check is run again as its author wrote it, with the arguments that its outcome records. Where one
of them cannot be carried over to other material, it is refused by name: a weaker check would call a
model repaired that is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pytest_fairness.errors import FairnessFailure, MitigationError
from pytest_fairness.outcome import PER_ROW, Outcome
from pytest_fairness.perturb import Space

POINTWISE = "tolerance"  # the limit of checks of single pairs
CONSTRAINTS = ("demographic_parity", "equal_opportunity", "equalized_odds")
_MOST_TEXTS = 10_000  # scored where every pair of a space is to be held
_MOST_PAIRS = 5_000  # drawn where they have more texts


@dataclass(frozen=True)
class Check:
    """A check that can be run again.

    Attributes
    ----------
    assertion : str
        Name of the function.
    carried : tuple of str
        Its arguments, beside the limit and alpha, that hold on other material too.
    """

    assertion: str
    carried: tuple[str, ...]


_INVARIANCE = Check(
    "assert_counterfactual_invariance", ("label", "max_pairs", "min_pairs", "budget")
)
INVARIANCE: Mapping[str, Check] = dict.fromkeys(
    (
        "counterfactual_score_change",
        "flip_rate",
        "mean_shift",
        "counterfactual_token_fairness_gap",
        "excess_flip_rate",
    ),
    _INVARIANCE,
)
_CHECKS: Mapping[str, Check] = {
    **INVARIANCE,
    "likelihood_difference": Check("assert_likelihood_parity", ("normalise", "n", "seed")),
    "embedding_distance": Check("assert_embedding_parity", ("n", "seed")),
    **{
        f"{name}_{kind}": Check(f"assert_{name}", ("agg", "reference", "pos_label"))
        for name in CONSTRAINTS
        for kind in ("difference", "ratio")
    },
}


def settings_of(outcome: Outcome) -> dict[str, Any]:
    """Return the arguments of a check that hold on other material too.

    Raises
    ------
    MitigationError
        If they were not recorded, or one of them does not hold there.
    """
    if outcome.settings is None:
        raise MitigationError(
            f"The outcome of {outcome.metric} does not say with which arguments its check was "
            "called, as those of earlier versions do not, so that the check cannot be run again. "
            "Run it once more and give the outcome of that: failure.outcome."
        )
    for name, value in outcome.settings.items():
        if name not in _CHECKS[outcome.metric].carried:
            raise MitigationError(_not_carried(outcome, name, value))
    return dict(outcome.settings)


def at_most(outcome: Outcome, pairs: int) -> Outcome:
    """Return a check of a population that draws no more pairs than these, or another as it is."""
    carried = _CHECKS[outcome.metric].carried if outcome.metric in _CHECKS else ()
    name = next((name for name in ("max_pairs", "n") if name in carried), None)
    if name is None or outcome.settings is None or outcome.tolerance.name == POINTWISE:
        return outcome
    fewer = min(outcome.settings.get(name, pairs), pairs)
    return replace(outcome, settings={**outcome.settings, name: fewer})


def _not_carried(outcome: Outcome, name: str, value: Any) -> str:
    given = "a column" if value == PER_ROW else repr(value)
    return (
        f"{name}= of the failing check ({outcome.metric}) was {given}, and held-out rows have "
        "nothing like it, so that the check cannot be run on them as it was written. Leave it out "
        "of the check, or repair against a failing check over counterfactuals(...) by "
        "`pytest-fairness mitigate`, which runs all tests as they are written."
    )


def run_again(outcome: Outcome, *data: Any, looks: int, **arguments: Any) -> Outcome:
    """Run a check on other data, with its limit; `looks` such runs share its error rate."""
    from pytest_fairness import assertions

    check: Any = getattr(assertions, _CHECKS[outcome.metric].assertion)
    limit = {outcome.tolerance.name: outcome.tolerance.value}
    try:
        found: Outcome = check(*data, **limit, **arguments, alpha=outcome.alpha / looks)
    except FairnessFailure as failure:
        return failure.outcome
    return found


def again_over(model: Any, outcome: Outcome, pairs: Any, looks: int) -> Outcome:
    """Run a check of pairs again, on another space or on a list of pairs."""
    arguments = {"seed": outcome.seed, **settings_of(outcome)}
    if not isinstance(pairs, Space):
        arguments.pop("budget", None)  # a list is compared whole
    elif outcome.tolerance.name == POINTWISE:
        return _each_pair(model, outcome, pairs, looks, arguments)
    return run_again(outcome, model, pairs, looks=looks, **arguments)


def _each_pair(
    model: Any, outcome: Outcome, space: Space, looks: int, arguments: dict[str, Any]
) -> Outcome:
    """Search a space as the check did, or hold every pair of it, or say that it is a sample."""
    from pytest_fairness.assertions.searching import covers

    if "budget" in arguments or covers(space, _MOST_TEXTS):
        arguments = {"budget": _MOST_TEXTS, **arguments}
        return run_again(outcome, model, space, looks=looks, **arguments)
    drawn = space.sample(_MOST_PAIRS, outcome.seed)
    found = run_again(outcome, model, drawn, looks=looks, **arguments)
    sampled = (
        f"Compared are {len(drawn):,} of {len(space):,} pairs, drawn by seed {outcome.seed}, and "
        "not all of them."
    )
    return replace(found, definition=f"{found.definition} {sampled}")
