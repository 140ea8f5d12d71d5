"""What the stories of real classifiers share: the failing check, the repair, and what is measured.

Measured here by plain counting, apart from the checks that judge a repair.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest

from pytest_fairness import (
    FairnessFailure,
    assert_counterfactual_invariance,
    load_model,
    mitigate,
)
from pytest_fairness.mitigation import read_rows
from pytest_fairness.mitigation.showing import summary_lines

LIMIT = 0.02
_DRAWN = 2000


class Flips(NamedTuple):
    """Shares of pairs in held-out templates whose two texts get different labels.

    `rate` is of held-out terms, and `strange` of those among them whose groups no training pair
    names. `excess` is what of all terms' flips remains when those of the placebo, whose two texts
    speak of the same group, are taken off.
    """

    rate: float
    excess: float
    strange: float
    n_strange: int


def failure_of(folder, space):
    """Return the outcome of the check that fails."""
    model = load_model(folder, device="cpu")
    with pytest.raises(FairnessFailure) as caught:
        assert_counterfactual_invariance(model, space, max_flip_rate=LIMIT)
    model.close()
    return caught.value.outcome


def flips_of(folder, space) -> Flips:
    """Count flips in templates and terms that a repair of `space` does not see."""
    heldout, train = (_drawn(space.part(part)) for part in ("heldout", "train"))
    met = {group for pair in train for group in pair.groups}
    strange = [pair for pair in heldout if not met & set(pair.groups)]
    sources = {pair.source for pair in heldout}
    both = [(pair, partner) for pair, partner in _with_partners(space) if pair.source in sources]
    model = load_model(folder, device="cpu")
    excess = _rate(model, [pair for pair, _ in both]) - _rate(model, [other for _, other in both])
    found = Flips(_rate(model, heldout), excess, _rate(model, strange), len(strange))
    model.close()
    return found


def repaired(name, classifier, people, config, out):
    """Repair a classifier, and count flips before and after, which are told as `name`."""
    rows = read_rows(classifier.rows, "text", "label")
    against = failure_of(classifier.folder, people)
    result = mitigate(classifier.folder, rows, config, against=against, out=out)
    before = flips_of(classifier.folder, people)
    after = flips_of(out, people) if result.met else None
    if after:
        told(name, before, after, result)
    return result, before, after


def _drawn(space):
    return space.sample(min(len(space), _DRAWN), 0)


def _with_partners(space):
    drawn = space.sample_with_partners(min(len(space), _DRAWN), 0)
    return [(pair, partner) for pair, partner in drawn if partner is not None]


def told(name, before: Flips, after: Flips, result) -> None:
    """Print what came of a repair: `pytest -rP` shows it."""
    print("\n".join(summary_lines(result)))
    print(f"{name}, counted on held-out templates and terms:")
    for line, flips in (("before", before), ("after", after)):
        print(
            f"  {line:7} flip rate {flips.rate:.4f}, excess {flips.excess:+.4f}, of groups never "
            f"met {flips.strange:.4f} (n={flips.n_strange})"
        )
    print(f"{result.seconds:.0f} s, {result.utility}")


def _rate(model, pairs: Sequence) -> float:
    if not pairs:
        return float("nan")
    first = model.predict_proba([pair.original for pair in pairs]).argmax(axis=1)
    second = model.predict_proba([pair.variant for pair in pairs]).argmax(axis=1)
    return float(np.mean(first != second))
