"""A space: all the counterfactual pairs that templates or texts span for one attribute."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from pytest_fairness.attributes import Combination, Varied
from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb.building import (
    SlotValues,
    as_lines,
    checked_slots,
    recipe_of,
    template_family,
    text_family,
    varied,
)
from pytest_fairness.perturb.checks import check_sizes
from pytest_fairness.perturb.families import TemplateFamily
from pytest_fairness.perturb.kin import written_alike
from pytest_fairness.perturb.pair import Pair
from pytest_fairness.perturb.split import check_part
from pytest_fairness.perturb.swap import as_attribute
from pytest_fairness.perturb.texts import TextFamily

Family = TemplateFamily | TextFamily
SpaceType = TypeVar("SpaceType", bound="Space")


class Space:
    """All counterfactual pairs of some templates or texts: sized, addressable, unchanging.

    ``len(space)`` is the number of valid, changed pairs, ``space[i]`` one of them, and a loop goes
    through all. Make one with `Space.build`, or with `pytest_fairness.counterfactuals`.
    """

    def __init__(self, family: Family, recipe: Mapping[str, Any]) -> None:
        self._family = family
        self._recipe = dict(recipe)

    @classmethod
    def build(
        cls: type[SpaceType],
        templates: str | Iterable[str] | None = None,
        *,
        vary: str | Varied = "gender",
        language: str = "en",
        slots: SlotValues | None = None,
        texts: str | Iterable[str] | None = None,
        vary_person: str | None = None,
        min_pairs: int | None = None,
    ) -> SpaceType:
        """Build the space of templates, or of whole texts.

        Parameters
        ----------
        templates : str or iterable of str, optional
            Sentences with slots. `template` tells how they are written.
        vary : str, Attribute or Combination
            What is varied, such as ``"gender"`` or ``"gender + region"``.
        language : str
            Language of a built-in attribute and of the built-in neutral slots.
        slots : mapping of str to lists of str, optional
            Values of your own slots, or other values of built-in ones.
        texts : str or iterable of str, optional
            Whole texts instead of templates: what they say of one group is said of another.
        vary_person : str, optional
            Who is varied in templates of several persons; by default the first that is named.
        min_pairs : int, optional
            How many valid pairs every template must have.

        Raises
        ------
        ArgumentError
            If nothing varies, a slot is unknown or unused, or no pair is valid.
        """
        attribute = as_attribute(vary, language)
        lines, whole = as_lines(templates, "templates"), as_lines(texts, "texts")
        if bool(lines) == bool(whole):
            raise ArgumentError(
                "Give either templates, sentences with {slots}, or texts=[...], whole sentences; "
                f"got {len(lines)} template(s) and {len(whole)} text(s)."
            )
        values = checked_slots(slots or {}, attribute)
        recipe = {**recipe_of(lines, whole, attribute, values), "vary_person": vary_person}
        if whole:
            return cls(text_family(whole, attribute, values), recipe)
        family = template_family(lines, attribute, values, vary_person)
        check_sizes({block.template.text: block.size for block in family.blocks}, min_pairs)
        return cls(family, recipe)

    @classmethod
    def from_recipe(cls: type[SpaceType], recipe: Mapping[str, Any]) -> SpaceType:
        """Build the space that a recipe describes."""
        space = cls.build(
            recipe["templates"] or None,
            vary=varied(recipe["vary"], recipe["language"]),
            language=recipe["language"],
            slots=recipe["slots"],
            texts=recipe["texts"] or None,
            vary_person=recipe.get("vary_person"),
        )
        space = cls(space._family, {**space._recipe, "part_seed": recipe["part_seed"]})
        space = space.part(recipe["part"])
        space = space.without(recipe["without"]) if recipe.get("without") else space
        return space.placebo() if recipe["placebo"] else space

    def __len__(self) -> int:
        return len(self._family)

    def __getitem__(self, index: int) -> Pair:
        size = len(self)
        if not -size <= index < size:
            raise IndexError(f"index {index} is out of range: the space holds {size} pairs")
        return self._family.pair(index % size)

    def __iter__(self) -> Iterator[Pair]:
        return map(self._family.pair, range(len(self)))

    def __repr__(self) -> str:
        part = "" if self._recipe["part"] == "all" else f", part={self._recipe['part']!r}"
        placebo = ", placebo" if self._recipe["placebo"] else ""
        return (
            f"<{type(self).__name__}: {len(self):,} pairs, attribute={self.attribute!r}, "
            f"language={self.language!r}{part}{placebo}>"
        )

    @property
    def attribute(self) -> str:
        """Name of what is varied."""
        return self._family.attribute.name

    @property
    def language(self) -> str:
        """Language of the texts."""
        return self._family.attribute.language

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups that pairs are made of, in order."""
        return self._family.groups

    @property
    def excluded(self) -> Mapping[str, int]:
        """What was left out, counted by reason."""
        return self._family.excluded

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a reader of a verdict about this space should know."""
        return self._family.notes

    @property
    def stands_for_texts(self) -> bool:
        """Whether the pairs come from whole texts and stand for texts like them.

        Pairs of templates are a finite population that the author wrote down.
        """
        return self._family.stands_for_texts

    @property
    def texts(self) -> Iterator[str]:
        """The texts of all pairs, each once, made as they are asked for."""
        return self._family.texts()

    @property
    def sources(self) -> tuple[str, ...]:
        """The templates, or the texts that have a pair."""
        return self._family.sources

    @property
    def places(self) -> Mapping[str, range]:
        """The indices of the pairs of each template that has any; empty for whole texts."""
        return self._family.places

    @property
    def terms(self) -> dict[str, tuple[str, ...]]:
        """The words that stand for each group in the pairs, each once."""
        return self._family.terms

    @property
    def recipe(self) -> dict[str, Any]:
        """What `from_recipe` needs to build this space again: builtin types only."""
        return dict(self._recipe)

    def sample(self, n: int, seed: int) -> list[Pair]:
        """Draw `n` pairs uniformly and without replacement, the same by seed; all if `n` is larger.

        They come in random order: the first of them are a draw of fewer.

        Raises
        ------
        ArgumentError
            If `n` is negative.
        """
        return [self._family.pair(i) for i in self.draw(n, seed)]

    def sample_with_partners(self, n: int, seed: int) -> list[tuple[Pair, Pair | None]]:
        """Draw the pairs that `sample` draws, each with its placebo partner, if it has one.

        A partner holds one of the two texts of its pair, with another term of the *same* group: the
        same kind of edit in the same place, so that the two effects can be compared pair by pair.
        Which one it is follows from the pair, whatever the seed.
        """
        return [self.with_partner(i) for i in self.draw(n, seed)]

    def with_partner(self, index: int) -> tuple[Pair, Pair | None]:
        """Return the pair at an index, from 0 to the length, with its placebo partner if any."""
        return self._family.pair(index), self._family.partner(index)

    @property
    def sizes(self) -> Mapping[tuple[str, str], int]:
        """Number of pairs of each two groups that have any."""
        return self._family.sizes

    @property
    def partnered(self) -> int:
        """Number of pairs that have a placebo partner."""
        return self._family.partnered

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the attributes that vary: one, or those of a combination."""
        attribute = self._family.attribute
        parts = attribute.parts if isinstance(attribute, Combination) else (attribute,)
        return tuple(part.name for part in parts)

    def between(self, index: int, taken: Collection[str]) -> str:
        """Return the text of a pair in which only some of its attributes have changed.

        With none `taken` it is the original, with all of them the variant.
        """
        return self._family.between(index, taken)

    def draw(self, n: int, seed: int) -> list[int]:
        """Draw the indices of the pairs that `sample` returns."""
        if n < 0:
            raise ArgumentError(f"n={n!r} must be at least 0: it is how many pairs to draw.")
        size = len(self)
        return random.Random(seed).sample(range(size), min(n, size))

    def choose(self, pick: Callable[[int], int]) -> Pair:
        """Build a pair by choices: ``pick(n)`` returns one of n, 0 being the simplest."""
        return self._family.choose(pick)

    def placebo(self: SpaceType) -> SpaceType:
        """Return the same kind of edits without a change of group; may be empty."""
        return type(self)(replace(self._family, placebo=True), {**self._recipe, "placebo": True})

    def part(self: SpaceType, which: str, seed: int | None = None) -> SpaceType:
        """Return the pairs of one part of terms and templates, or of texts.

        Terms of one family, such as "nun" and "nuns" or "Asian" and "Asian American", are in one
        part, and so are texts that a pair joins. A group of four terms or more is in the held-out
        part and in training: where all of its terms are of one family they are dealt out all the
        same, and `notes` says so. Smaller groups may be in one part only. An unseen term is then
        one of which training has neither a form nor a part that is a term itself; it may share
        other words or a stem with terms of training, as 上海老乡 does with 上海人.

        Parameters
        ----------
        which : {"all", "train", "validation", "heldout"}
            About half of everything is held out, the rest is for training and validation.
        seed : int, optional
            Which items go where, together with the items themselves; by default ``"part_seed"`` of
            this space's recipe, 0 unless it was set there.

        Raises
        ------
        ArgumentError
            If the part would hold no pair, or this space is another part already.
        """
        check_part(which)
        seed = self._recipe["part_seed"] if seed is None else seed
        if which == "all" or (which, seed) == (self._recipe["part"], self._recipe["part_seed"]):
            return self
        if self._recipe["part"] != "all":
            raise ArgumentError(
                f"This space is the {self._recipe['part']!r} part already, so it has no "
                f"{which!r} part. Take parts of the whole space."
            )
        family = self._family.part(which, seed)
        return type(self)(family, {**self._recipe, "part": which, "part_seed": seed})

    def without(self: SpaceType, sources: Iterable[str]) -> SpaceType:
        """Return the pairs of other templates, or of texts that no pair joins to these.

        There may be none.

        Parameters
        ----------
        sources : iterable of str
            Templates or texts, of this space or of others. White space and case do not count.
        """
        left_out = sorted({*self._recipe.get("without", ()), *sources})
        family = self._family.without({written_alike(source) for source in left_out})
        return type(self)(
            family, {**self._recipe, "without": left_out} if left_out else self._recipe
        )
