"""What Hypothesis draws from: the only module that knows it.

A strategy chooses arguments; a pure function of `pytest_fairness.perturb` makes the texts. The
first choice is always the simplest, so that a failure shrinks to the shortest pair that breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_fairness.attributes import Attribute, Combination
from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb import Pair, Space
from pytest_fairness.perturb.building import SlotValues, as_lines
from pytest_fairness.perturb.files import slots_of
from pytest_fairness.settings import current

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class Counterfactuals(Space):
    """A space whose pairs Hypothesis can draw."""

    def pairs(self) -> SearchStrategy[Pair]:
        """Return a strategy of the valid pairs of this space.

        Failures shrink to the shortest template, the simplest slot values and the shortest terms;
        for whole texts, to the shortest run of sentences that still holds a change. While a run is
        restricted to one part of the terms and templates, only pairs of that part are drawn.

        Raises
        ------
        ArgumentError
            If the space is empty, as the placebo space of texts without names is.

        Examples
        --------
        >>> from hypothesis import find
        >>> from pytest_fairness import counterfactuals
        >>> space = counterfactuals("{name} is a {occupation}.", vary="gender")
        >>> find(space.pairs(), lambda pair: True).original
        'Mia is a baker.'
        """
        if not len(self):
            raise ArgumentError(f"{self!r} has nothing to draw from. Vary something it can change.")
        from hypothesis import strategies as st

        parts: dict[str, Counterfactuals] = {"all": self}

        @st.composite
        def pairs(draw: Callable[[SearchStrategy[int]], int]) -> Pair:
            which = current().part
            if which not in parts:
                parts[which] = self.part(which)
            pair = parts[which].choose(lambda n: draw(st.integers(0, n - 1)))
            return replace(pair, recipe=self.recipe)

        return pairs()


def counterfactuals(
    *templates: str | Iterable[str],
    vary: str | Attribute | Combination = "gender",
    language: str = "en",
    slots: SlotValues | None = None,
    texts: str | Iterable[str] | None = None,
    vary_person: str | None = None,
    min_pairs: int | None = None,
) -> Counterfactuals:
    """Return all pairs of texts that differ in one protected attribute and in nothing else.

    Parameters
    ----------
    *templates : str or list of str
        Sentences with slots: those of the attribute, such as ``{name}``, ``{pronoun}`` and
        ``{possessive}`` for gender, or ``{religion}``; neutral ones, such as ``{city}``; and your
        own. Several slots of the attribute in one template speak of one person, unless they name
        theirs: ``{a.name} told {b.name} that {a.pronoun} {a.is} late``. Verbs agree: ``{is}``,
        ``{verb:walks}``.
    vary : str, Attribute or Combination
        What is varied: ``"gender"``, ``"orientation"``, ``"religion"``, or an `Attribute`. Several
        at once: ``"gender + religion"`` changes both in every pair, ``"gender & religion"``
        compares every two of the crossed groups.
    language : str
        Language of a built-in attribute: ``"en"``, or ``"zh"`` for gender.
    slots : mapping of str to lists of str, optional
        Values of your own slots, the simplest first.
    texts : str or list of str, optional
        Whole texts instead of templates. What cannot be swapped with certainty is left out and
        counted in ``.excluded``.
    vary_person : str, optional
        Who is varied in templates of several persons, such as ``"b"``; by default the first. The
        others are the same on both sides of a pair.
    min_pairs : int, optional
        How many valid pairs every template must have.

    Returns
    -------
    Counterfactuals
        Sized, addressable and unchanging: ``len(space)``, ``space[i]``, ``space.sample(n, seed)``,
        and ``space.pairs()`` for ``@given``.

    Raises
    ------
    ArgumentError
        If nothing varies, a slot is unknown or unused, or no pair is valid.

    Examples
    --------
    >>> from pytest_fairness import counterfactuals
    >>> space = counterfactuals("A {religion} neighbour fixed my {item}.", vary="religion")
    >>> space[0].original, space[0].variant
    ('A Christian neighbour fixed my lamp.', 'A Muslim neighbour fixed my lamp.')
    """
    lines = [line for each in templates for line in as_lines(each, "templates")]
    return Counterfactuals.build(
        lines if templates else None,
        vary=vary,
        language=language,
        slots=slots_of(templates, slots),
        texts=texts,
        vary_person=vary_person,
        min_pairs=min_pairs,
    )


def without_deadline(test: Any) -> None:
    """Lift Hypothesis's default deadline of a test; one that its author chose stays.

    A model's answer takes as long as it takes, and the first one longest.
    """
    from hypothesis import settings

    name = "_hypothesis_internal_use_settings"
    chosen = getattr(test, name, None)
    default = settings.default
    if chosen is not None and default is not None and chosen.deadline == default.deadline:
        setattr(test, name, settings(chosen, deadline=None))
