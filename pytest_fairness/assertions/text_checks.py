"""What checks on lists of texts share: reading them, and settling what was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_fairness.assertions.checks import Levels, fingerprint, settle
from pytest_fairness.definitions import definition
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.evidence import Judgement
from pytest_fairness.models import Model
from pytest_fairness.outcome import Example, Outcome, Tolerance
from pytest_fairness.settings import current, current_run


def as_texts(name: str, values: Any) -> list[str]:
    """Return `values` as a list of strings."""
    __tracebackhide__ = True
    if isinstance(values, str) or not all(isinstance(text, str) for text in values):
        raise ArgumentTypeError(f"{name} must be a list of strings.")
    return list(values)


def as_rows(name: str, values: Any) -> list[list[str]]:
    """Return `values` as rows of equally many strings."""
    __tracebackhide__ = True
    if isinstance(values, str) or any(isinstance(row, str) for row in values):
        raise ArgumentTypeError(f"{name} must hold one list of strings per text.")
    rows = [as_texts(f"{name}[{i}]", row) for i, row in enumerate(values)]
    sizes = sorted({len(row) for row in rows})
    if len(sizes) > 1 or sizes == [0]:
        raise ArgumentError(
            f"{name} has rows of {sizes[0]} to {sizes[-1]} texts. Give every text equally many, "
            "and at least one: more of them find more failures."
        )
    return rows


def conclude_on_texts(
    metric: str,
    model: Model,
    judgement: Judgement,
    limit: Tolerance,
    levels: Levels,
    texts: Sequence[str],
    shown: Sequence[Example],
) -> Outcome:
    """Settle what a judgement says of a model on some texts."""
    __tracebackhide__ = True
    return settle(
        Outcome(
            metric=metric,
            definition=definition(metric).text,
            definition_id=metric,
            verdict=judgement.verdict,
            reason=judgement.reason,
            tolerance=limit,
            evidence=judgement.evidence,
            examples=tuple(shown),
            model=model.info,
            data_fingerprint=fingerprint(texts),
            alpha=levels.alpha,
            share=levels.share,
            seed=current().seed,
            test=current_run().test,
        )
    )
