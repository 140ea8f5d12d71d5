"""What Hypothesis draws from: the only module that knows it.

A strategy chooses arguments; a pure function of `pytest_fairness.perturb` makes the texts. The
first choice is always the simplest, so that a failure shrinks to the shortest pair that breaks.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_fairness.attributes import Attribute, Combination
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb import Pair, Space
from pytest_fairness.perturb.building import SlotValues, as_lines
from pytest_fairness.perturb.chain import Chain, Perturbation
from pytest_fairness.perturb.files import slots_of
from pytest_fairness.search import Budget, BudgetSpent, limited_to, variants_of
from pytest_fairness.settings import current

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Draw = Callable[["SearchStrategy[Any]"], Any]
Test = TypeVar("Test", bound=Callable[..., Any])


_WIDE = 127  # the widest range whose numbers Hypothesis draws about evenly


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
        from hypothesis import strategies as st

        active = self._active_part()

        @st.composite
        def pairs(draw: Draw) -> Pair:
            pair = active().choose(lambda n: draw(st.integers(0, n - 1)))
            return replace(pair, recipe=self.recipe)

        return pairs()

    def batches(self, size: int = 32) -> SearchStrategy[list[Pair]]:
        """Return a strategy of lists of up to `size` distinct pairs, to be scored in one call.

        A failing batch shrinks to one pair, the one that `pairs` would shrink to. Larger batches
        ask the model less often and take longer to shrink.

        Raises
        ------
        ArgumentError
            If the space is empty, or `size` is less than 1.

        Examples
        --------
        >>> from hypothesis import find
        >>> from pytest_fairness import counterfactuals
        >>> space = counterfactuals("{Pronoun} left {city}.", vary="gender")
        >>> batches = space.batches(size=4)
        >>> batch = find(batches, lambda batch: any("Porto" in pair.variant for pair in batch))
        >>> [pair.original for pair in batch]
        ['She left Porto.']
        """
        if size < 1:
            raise ArgumentError(f"size={size!r} must be at least 1: it is the pairs of a batch.")
        from hypothesis import strategies as st

        # Drawn from a wider range and cut, so that most batches are full and yet the number lowers.
        one, number = self.pairs(), st.integers(1, max(size, _WIDE))

        @st.composite
        def batches(draw: Draw) -> list[Pair]:
            # First of all: Hypothesis lowers it and deletes any one pair.
            many = min(draw(number), size)
            return list(dict.fromkeys(draw(one) for _ in range(many)))

        return batches()

    def variants(self) -> SearchStrategy[list[Pair]]:
        """Return a strategy of seed texts, each with all its variants: pairs of one original.

        Examples
        --------
        >>> from hypothesis import find
        >>> from pytest_fairness import counterfactuals
        >>> from pytest_fairness.attributes import Attribute
        >>> age = Attribute("age", groups={"young": ["young"], "middle": ["adult"], "old": ["old"]})
        >>> space = counterfactuals("The {age} guest left.", vary=age)
        >>> pairs = find(space.variants(), lambda pairs: len(pairs) > 1)
        >>> pairs[0].original, [pair.variant for pair in pairs]
        ('The young guest left.', ['The adult guest left.', 'The old guest left.'])
        """
        from hypothesis import strategies as st

        active = self._active_part()

        @st.composite
        def variants(draw: Draw) -> list[Pair]:
            part = active()
            taken: list[int] = []

            def pick(n: int) -> int:
                taken.append(draw(st.integers(0, n - 1)))
                return taken[-1]

            pair = part.choose(pick)
            return [replace(p, recipe=self.recipe) for p in variants_of(part, taken, pair)]

        return variants()

    def seeds(self) -> SearchStrategy[str]:
        """Return a strategy of seed texts alone: the originals of the pairs.

        Examples
        --------
        >>> from hypothesis import find
        >>> from pytest_fairness import counterfactuals
        >>> space = counterfactuals(texts="She left. It rained.")
        >>> find(space.seeds(), lambda text: True)
        'She left.'
        """
        return self.pairs().map(_original)

    def _active_part(self) -> Callable[[], Counterfactuals]:
        """Return what gives the part that a run is restricted to, when it draws."""
        if not len(self):
            raise ArgumentError(f"{self!r} has nothing to draw from. Vary something it can change.")
        parts: dict[str, Counterfactuals] = {"all": self}

        def active() -> Counterfactuals:
            which = current().part
            if which not in parts:
                parts[which] = self.part(which)
            return parts[which]

        return active


def _original(pair: Pair) -> str:
    return pair.original


def chains(*perturbations: Perturbation, max_size: int = 3) -> SearchStrategy[Chain]:
    """Return a strategy of chains: up to `max_size` of some perturbations, each with a seed.

    A chain is called with a text. Failures shrink to the fewest steps, the first of the
    perturbations, and the seed 0.

    Parameters
    ----------
    *perturbations : callable
        Called as ``p(text, seed=int)``; each returns a value with ``.text`` and ``.status``. The
        simplest first.
    max_size : int
        Steps of a chain at most.

    Raises
    ------
    ArgumentError
        If no perturbation is given, or `max_size` is less than 1.
    """
    if not perturbations or max_size < 1:
        raise ArgumentError(
            f"chains() got {len(perturbations)} perturbation(s) and max_size={max_size!r}. Give at "
            "least one of them, and a max_size of at least 1."
        )
    from hypothesis import strategies as st

    step = st.tuples(st.sampled_from(perturbations), st.integers(0, 2**16 - 1))
    return st.lists(step, min_size=1, max_size=max_size).map(lambda steps: Chain(tuple(steps)))


def query_budget(texts: int) -> Callable[[Test], Test]:
    """Let a test under ``@given`` score so many distinct texts, instead of setting a deadline.

    Put it above ``@given``. What is drawn after the budget is spent is not scored and not judged;
    a failure that was found is shrunk, replayed and reported whatever that takes. The outcomes say
    how much of the budget was used.

    Parameters
    ----------
    texts : int
        Distinct texts of one run of the test, at least 2.

    Raises
    ------
    ArgumentError
        If `texts` is too small, even for the first example: then nothing would be tested.
    ArgumentTypeError
        If the test is not under ``@given``.

    Examples
    --------
    >>> from hypothesis import given
    >>> from pytest_fairness import assert_counterfactual_invariance, counterfactuals
    >>> from pytest_fairness.strategies import query_budget
    >>> people = counterfactuals("{Pronoun} is a {occupation}.", vary="gender")
    >>> @query_budget(100)
    ... @given(batch=people.batches())
    ... def test_all_alike(batch):
    ...     assert_counterfactual_invariance(lambda texts: [0.5] * len(texts), batch, tolerance=0.1)
    >>> test_all_alike()
    """
    if texts < 2:
        raise ArgumentError(f"query_budget({texts!r}) must be at least 2: a pair has two texts.")

    def limit(test: Test) -> Test:
        handle = getattr(test, "hypothesis", None)
        if handle is None:
            raise ArgumentTypeError(
                f"query_budget({texts}) needs a test under @given. Put it above @given."
            )
        test.hypothesis = _fresh_budget(handle, texts)  # type: ignore[attr-defined]
        return test

    return limit


def _fresh_budget(handle: Any, texts: int) -> Any:
    """Return a handle like `handle` whose inner test gets a new budget for every run.

    Hypothesis reads ``inner_test`` once at the start of a run, and lets others replace it.
    """

    class Budgeted(type(handle)):  # type: ignore[misc]
        @property
        def inner_test(self) -> Any:
            return _within(Budget(texts), self.__dict__["inner_test"])

        @inner_test.setter
        def inner_test(self, test: Any) -> None:
            self.__dict__["inner_test"] = test

    budgeted = object.__new__(Budgeted)
    budgeted.__dict__.update(vars(handle))
    return budgeted


def _within(budget: Budget, test: Callable[..., Any]) -> Callable[..., Any]:
    """Return a test that ends quietly where the budget does, and lifts it for a failure."""
    from unittest import SkipTest

    from hypothesis.errors import UnsatisfiedAssumption

    @functools.wraps(test)
    def within(*args: Any, **kwargs: Any) -> Any:
        try:
            with limited_to(budget):
                return test(*args, **kwargs)
        except BudgetSpent as err:
            if not budget.used:
                raise ArgumentError(
                    f"query_budget({budget.limit}) is less than the first example needs, so "
                    "nothing would be tested. Raise it, or draw smaller batches."
                ) from err
        except (UnsatisfiedAssumption, SkipTest):
            raise
        except Exception:
            budget.found = True
            raise

    return within


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
