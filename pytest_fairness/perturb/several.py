"""The parts of several spaces at once: what one of them holds out, no other trains on."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fairness.perturb.space import Space
from pytest_fairness.perturb.split import HELDOUT, TRAIN, VALIDATION


def parts_of(spaces: Sequence[Space]) -> dict[str, list[Space]]:
    """Return the parts of several spaces, such that no template crosses from one into another.

    Each space deals out its own templates or texts. What one of them holds out is left out of the
    training and validation of all others, and what it validates with out of their training.
    Templates that a space shares among its own parts do not count.

    Parameters
    ----------
    spaces : sequence of Space
        Whole ones.

    Returns
    -------
    dict of str to list of Space
        Parts that have no pair left are missing in it; all held-out parts are whole.

    Examples
    --------
    >>> from pytest_fairness.perturb import Space
    >>> lines = [f"{{name}} wrote line {i}." for i in range(9)]
    >>> parts = parts_of([Space.build(lines[:6]), Space.build(lines[2:])])
    >>> sources = {part: {s for space in parts[part] for s in space.sources} for part in parts}
    >>> sources["train"] & sources["heldout"]
    set()
    """
    barred: list[set[str]] = [set() for _ in spaces]
    taught = [_written(space.part(TRAIN)) for space in spaces]
    parts: dict[str, list[Space]] = {}
    for part in (HELDOUT, VALIDATION, TRAIN):
        own = [space.part(part) for space in spaces]
        others = [set().union(*barred[:i], *barred[i + 1 :]) for i in range(len(spaces))]
        left = [space.without(those) for space, those in zip(own, others, strict=True)]
        parts[part] = [space for space in left if len(space)]
        for those, space, shared in zip(barred, own, taught, strict=True):
            those |= _written(space) - shared
    return parts


def _written(space: Space) -> set[str]:
    """Return the templates of a space, or the texts with their variants."""
    return set(space.texts if space.stands_for_texts else space.sources)
