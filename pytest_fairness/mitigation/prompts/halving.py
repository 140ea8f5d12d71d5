"""How a budget is shared: many candidates on few texts, then fewer and fewer on more."""

from __future__ import annotations

import math
from typing import NamedTuple

from pytest_fairness.errors import ArgumentError, ArgumentTypeError

LEAST = 8  # texts on which a candidate is judged, at least


class Rung(NamedTuple):
    """One round: how many candidates take part, and on how many texts each is judged."""

    candidates: int
    texts: int


def rungs(candidates: int, budget: int) -> list[Rung]:
    """Return the rounds of successive halving, the baseline taking part in each besides.

    Each round gets the same share of the budget, and the better half goes on (Karnin, Koren and
    Somekh 2013; Jamieson and Talwalkar 2016).

    Parameters
    ----------
    candidates : int
        Without the baseline.
    budget : int
        Texts that may be scored in all.

    Raises
    ------
    ArgumentError
        If the first round would judge on too few texts.

    Examples
    --------
    >>> rungs(4, 240)
    [Rung(candidates=4, texts=16), Rung(candidates=2, texts=26), Rung(candidates=1, texts=40)]
    >>> sum((rung.candidates + 1) * rung.texts for rung in rungs(4, 240))
    238
    """
    if isinstance(budget, bool) or not isinstance(budget, int):
        raise ArgumentTypeError(f"budget={budget!r} must be a whole number of texts.")
    sizes = _sizes(candidates)
    found = [Rung(size, budget // len(sizes) // (size + 1)) for size in sizes]
    if found[0].texts < LEAST:
        needed = len(sizes) * (sizes[0] + 1) * LEAST
        raise ArgumentError(
            f"budget={budget!r} leaves {found[0].texts} texts for each of {candidates} prompts in "
            f"the first of {len(sizes)} rounds, and fewer than {LEAST} say nothing. Give a budget "
            f"of {needed} or more, or fewer instructions or values of k."
        )
    return found


def _sizes(candidates: int) -> list[int]:
    sizes = [candidates]
    while sizes[-1] > 1:
        sizes.append(math.ceil(sizes[-1] / 2))
    return sizes
