"""What can be asked of the data of a repair: frozen specifications that check themselves."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.checking import (
    check_callable,
    check_choice,
    check_flag,
    check_instance,
    check_real,
    check_seed,
    check_share,
    check_text,
    check_wanted,
    check_whole,
    listed_texts,
    shown,
)
from pytest_fairness.mitigation.data.changes import Step
from pytest_fairness.mitigation.data.conflicts import HOW as CONFLICTS, resolve_conflicts
from pytest_fairness.mitigation.data.counterfactuals import (
    augment_counterfactually,
    substitute_counterfactually,
)
from pytest_fairness.mitigation.data.duplicates import remove_duplicates, remove_near_duplicates
from pytest_fairness.mitigation.data.filtering import Scorer, remove_scored
from pytest_fairness.mitigation.data.mentions import (
    check_attribute,
    one_attribute,
    with_mentioned_groups,
)
from pytest_fairness.mitigation.data.neutral import fill_label_deficits
from pytest_fairness.mitigation.data.noise import Probabilities, remove_label_noise
from pytest_fairness.mitigation.data.resampling import HOW, OBJECTIVES, check_positive, resample
from pytest_fairness.mitigation.data.reweighing import check_clip, reweigh
from pytest_fairness.mitigation.data.rewriting import (
    Translator,
    augment_surface,
    back_translate,
    check_translator,
)
from pytest_fairness.mitigation.data.rows import Rows, check_listed
from pytest_fairness.perturb.surface import Perturbation
from pytest_fairness.perturb.surface.keeping import Wanted, keep_of

if TYPE_CHECKING:
    from pytest_fairness.attributes import Attribute
    from pytest_fairness.attributes.combination import Combination

Run = Callable[[Rows], Step]
WEIGH = "weigh"
COUNTERFACTUALS = ("augment", "substitute")


@dataclass(frozen=True)
class Cleaning:
    """Remove what teaches nothing, or something wrong.

    Parameters
    ----------
    duplicates : bool
        Whether rows with the same text and label are kept once.
    near_duplicates : float in (0, 1], optional
        Similarity from which texts with the same label are kept once.
    conflicts : {"remove", "majority"}, optional
        What becomes of texts with several labels.
    label_noise : bool
        Whether rows whose label is probably wrong are removed, by confident learning.
    probabilities : array or callable, optional
        For `label_noise`: as for `remove_label_noise`.
    score : callable, optional
        Scorer of texts, such as one of toxicity, with `max_score`.
    max_score : float, optional
        Highest score that stays.
    score_label : str, optional
        The label whose rows the scorer may remove.
    keep : str, Attribute, Combination or list of these, optional
        Words that make two texts different, for near duplicates.
    language : str
    seed : int

    Examples
    --------
    >>> Cleaning(max_score=0.5)
    Traceback (most recent call last):
    ...
    pytest_fairness.errors.ArgumentError: score and max_score belong together: ...
    """

    duplicates: bool = True
    near_duplicates: float | None = None
    conflicts: str | None = "remove"
    label_noise: bool = False
    probabilities: Probabilities | Any = None
    score: Scorer | None = None
    max_score: float | None = None
    score_label: str | None = None
    keep: Wanted = None
    language: str = "en"
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("conflicts", self.conflicts, (None, *CONFLICTS))
        check_flag("duplicates", self.duplicates)
        check_flag("label_noise", self.label_noise)
        if self.near_duplicates is not None:
            check_share("near_duplicates", self.near_duplicates, "it is the least similarity")
        self._check_score()
        self._check_probabilities()
        check_text("language", self.language, "it is a language, such as 'en'")
        keep_of(self.keep, self.language)
        check_seed(self.seed)

    def _check_score(self) -> None:
        if (self.score is None) != (self.max_score is None):
            raise ArgumentError("score and max_score belong together: give both, or neither.")
        if self.score_label is not None:
            check_text("score_label", self.score_label, "it is the label that may lose rows")
        if self.score is None and self.score_label is not None:
            raise ArgumentError(f"score_label={self.score_label!r} belongs to score=. Give both.")
        if self.score is not None:
            check_callable("score", self.score, "from a list of texts to as many numbers")
            meaning = "it is the highest score that stays"
            check_real("max_score", self.max_score, -math.inf, math.inf, True, meaning)

    def _check_probabilities(self) -> None:
        if self.probabilities is None:
            return
        if not self.label_noise:
            raise ArgumentError("probabilities belongs to label_noise=True. Set it.")
        if not callable(self.probabilities):
            check_listed("probabilities", self.probabilities)

    def plan(self, rows: Rows) -> Iterator[Run]:
        """Yield the functions to run, in order."""
        if self.duplicates:
            yield remove_duplicates
        if self.conflicts is not None and rows.labels is not None:  # without labels there are none
            yield partial(resolve_conflicts, how=self.conflicts)
        if self.near_duplicates is not None:
            yield partial(
                remove_near_duplicates,
                similarity=self.near_duplicates,
                keep=self.keep,
                language=self.language,
                seed=self.seed,
            )
        if self.score is not None and self.max_score is not None:
            yield partial(
                remove_scored, score=self.score, maximum=self.max_score, label=self.score_label
            )
        if self.label_noise:
            yield partial(remove_label_noise, probabilities=self.probabilities, seed=self.seed)


@dataclass(frozen=True)
class Augmentation:
    """Add rows that speak of others, or that say the same in other words.

    Parameters
    ----------
    attribute : str, Attribute or Combination
        What is varied, and what rewriting must keep.
    language : str
        Language of a built-in attribute and of the rows.
    counterfactuals : {"augment", "substitute"}, optional
        Whether variants of each row are added, or put in its place with probability 1/2.
    per_text : int, optional
        Variants of a row at most, for ``"augment"``.
    fill_label : str, optional
        The harmless label whose deficits among groups are filled (Dixon et al. 2018).
    pool, templates : sequence of str
        Harmless texts, and sentences with slots, for `fill_label`.
    surface : Perturbation, optional
        Rewriting, such as ``surface("synonym", keep="gender")``.
    to, back : callable, str or Path, optional
        Translators for a round trip.
    copies : int
        Rewritten texts of each row at most.
    groups, labels : collection of str, optional
        Only rows of these are rewritten or translated.
    seed : int
    """

    attribute: str | Attribute | Combination = "gender"
    language: str = "en"
    counterfactuals: str | None = "augment"
    per_text: int | None = None
    fill_label: str | None = None
    pool: Sequence[str] | Rows = ()
    templates: Sequence[str] = ()
    surface: Perturbation | None = None
    to: Translator | None = None
    back: Translator | None = None
    copies: int = 1
    groups: Collection[str] | None = None
    labels: Collection[str] | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("counterfactuals", self.counterfactuals, (None, *COUNTERFACTUALS))
        check_attribute(self.attribute, self.language, single=self.fill_label is not None)
        check_whole("copies", self.copies, 1, "it is rewritten texts per row, at most")
        check_seed(self.seed)
        self._check_variants()
        self._check_filling()
        self._check_rewriting()
        if not any((self.counterfactuals, self.fill_label, self.surface, self.to)):
            raise ArgumentError(
                "Augmentation(counterfactuals=None) adds nothing. Give fill_label=, surface=, or "
                "to= and back=."
            )

    def _check_variants(self) -> None:
        if self.per_text is None:
            return
        check_whole("per_text", self.per_text, 1, "it is variants of a row, at most")
        if self.counterfactuals != "augment":
            raise ArgumentError(
                f"per_text={self.per_text!r} belongs to counterfactuals='augment', not "
                f"{self.counterfactuals!r}. Leave it out."
            )

    def _check_filling(self) -> None:
        for name in ("pool", "templates"):
            if not isinstance(getattr(self, name), Rows):
                object.__setattr__(self, name, tuple(listed_texts(name, getattr(self, name))))
        if self.fill_label is not None:
            check_text("fill_label", self.fill_label, "it is the harmless label")
        elif self.pool or self.templates:
            raise ArgumentError("pool and templates belong to fill_label=. Name the label.")

    def _check_rewriting(self) -> None:
        if (self.to is None) != (self.back is None):
            raise ArgumentError("to and back belong together: a round trip needs both ways.")
        for name in ("to", "back"):
            check_translator(name, getattr(self, name))
        if self.surface is not None:
            wanted = 'a perturbation, such as surface("synonym", keep="gender")'
            check_instance("surface", self.surface, Perturbation, wanted)
        elif self.copies != 1:
            raise ArgumentError(f"copies={self.copies!r} belongs to surface=. Give one.")
        for name in ("groups", "labels"):
            check_wanted(name, getattr(self, name))
            if getattr(self, name) is not None and self.surface is None and self.to is None:
                raise ArgumentError(
                    f"{name}={shown(getattr(self, name))} says which rows are rewritten or "
                    "translated. Give surface=, or to= and back=, or leave it out."
                )

    def plan(self, rows: Rows) -> Iterator[Run]:
        """Yield the functions to run, in order: deficits first, so that variants hide none."""
        if self.fill_label is not None:
            yield partial(self._fill, label=self.fill_label)
        if self.surface is not None:
            yield partial(self._rewrite, surface=self.surface)
        if self.to is not None and self.back is not None:
            yield partial(self._translate, to=self.to, back=self.back)
        if self.counterfactuals is not None:
            yield self._vary

    def _fill(self, rows: Rows, label: str) -> Step:
        return fill_label_deficits(
            rows,
            one_attribute(self.attribute, self.language),
            label,
            pool=self.pool,
            templates=self.templates,
            seed=self.seed,
        )

    def _rewrite(self, rows: Rows, surface: Perturbation) -> Step:
        return augment_surface(
            rows,
            surface,
            copies=self.copies,
            groups=self.groups,
            labels=self.labels,
            seed=self.seed,
        )

    def _translate(self, rows: Rows, to: Translator, back: Translator) -> Step:
        return back_translate(
            rows,
            to,
            back,
            keep=self.attribute,
            language=self.language,
            groups=self.groups,
            labels=self.labels,
        )

    def _vary(self, rows: Rows) -> Step:
        if self.counterfactuals == "substitute":
            return substitute_counterfactually(
                rows, self.attribute, language=self.language, seed=self.seed
            )
        return augment_counterfactually(
            rows,
            self.attribute,
            language=self.language,
            per_text=self.per_text,
            seed=self.seed,
        )


@dataclass(frozen=True)
class Resampling:
    """Balance groups and labels by removing, repeating or weighing rows.

    Parameters
    ----------
    objective : {"joint", "label", "stratified", "equal_opportunity"}
        What is alike in size afterwards; see `resample`. Weighing has one objective: a label that
        does not depend on the group.
    how : {"under", "over", "weigh"}
    positive : str, optional
        The label that ``"equal_opportunity"`` is about.
    clip : float, optional
        Largest factor of a weight.
    attribute : str or Attribute, optional
        Take as groups those that the texts mention, instead of those that were read.
    language : str
    seed : int
    """

    objective: str = "joint"
    how: str = "under"
    positive: str | None = None
    clip: float | None = None
    attribute: str | Attribute | None = None
    language: str = "en"
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("objective", self.objective, OBJECTIVES)
        check_choice("how", self.how, (*HOW, WEIGH))
        check_seed(self.seed)
        if self.clip is not None:
            check_clip(self.clip)
        if self.attribute is not None:
            check_attribute(self.attribute, self.language, single=True)
        self._check_fit()

    def _check_fit(self) -> None:
        if self.clip is not None and self.how != WEIGH:
            raise ArgumentError(f"clip={self.clip!r} belongs to how='weigh'. Leave it out.")
        if self.how == WEIGH and self.objective != "joint":
            raise ArgumentError(
                f"how='weigh' has no objective {self.objective!r}: it makes the label independent "
                "of the group. Leave objective out."
            )
        check_positive(self.objective, self.positive)

    def plan(self, rows: Rows) -> Iterator[Run]:
        """Yield the one function to run."""
        yield self._run

    def _run(self, rows: Rows) -> Step:
        if self.attribute is not None:
            rows = with_mentioned_groups(rows, self.attribute, language=self.language)
        if self.how == WEIGH:
            return reweigh(rows, clip=self.clip)
        return resample(rows, self.objective, how=self.how, positive=self.positive, seed=self.seed)
