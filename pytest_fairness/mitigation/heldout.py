"""What was held out of a repair, in words: a claim that it generalises must not say more."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fairness.outcome import Outcome
from pytest_fairness.perturb import Space
from pytest_fairness.perturb.split import ENOUGH


def held_out(outcomes: Sequence[Outcome]) -> str:
    """Name what no part that a repair learns from has: "terms and templates", "texts", "rows".

    Of several spaces it is what they all hold out. Groups are compared on rows.
    """
    spaces = _spaces(outcomes)
    if not spaces:
        return "rows" if outcomes else "terms and templates"
    kinds = [_kinds(space) for space in spaces]
    common = [kind for kind in kinds[0] if all(kind in others for others in kinds)]
    every = list(dict.fromkeys(kind for each in kinds for kind in each))
    return " and ".join(common) if common else " or ".join(every)


def learnt_too(outcomes: Sequence[Outcome]) -> str:
    """Return a sentence on templates that were learnt from as well; empty where there are none."""
    shared = {t for space in _spaces(outcomes) for t in _shared_templates(space)}
    if not shared:
        return ""
    n = len(shared)
    were = "The one template was" if n == 1 else f"{n} templates were"
    return (
        f"{were} learnt from as well, as there are too few to hold some out, so that no other "
        f"sentences were checked: give {ENOUGH} or more."
    )


def _spaces(outcomes: Sequence[Outcome]) -> list[Space]:
    """Return the held-out parts that checks were run on, each once."""
    found: dict[str, Space] = {}
    for outcome in outcomes:
        if outcome.source:
            space = Space.from_recipe({**outcome.source, "part": "all"}).part("heldout")
            found.setdefault(repr(sorted(space.recipe.items())), space)
    return list(found.values())


def _kinds(space: Space) -> list[str]:
    if space.stands_for_texts:
        return ["texts"]
    kinds = [] if _terms(space) <= _terms(_learnt(space)) else ["terms"]
    return kinds if _shared_templates(space) else [*kinds, "templates"]


def _shared_templates(space: Space) -> set[str]:
    return set() if space.stands_for_texts else {*space.sources} & {*_learnt(space).sources}


def _learnt(space: Space) -> Space:
    return Space.from_recipe({**space.recipe, "part": "all"}).part("train")


def _terms(space: Space) -> set[str]:
    return {word for words in space.terms.values() for word in words}
