"""What every benchmark is: files of others, questions to a model, and published numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ALL = "all"  # the category that is no category


@dataclass(frozen=True)
class Sides:
    """What a number that is the largest gap between the means of groups is made of.

    Attributes
    ----------
    values : mapping of str to tuple of float
        Values of each group.
    clusters : mapping of str to tuple of str
        Which values of a group belong together; empty where each stands alone.
    least, most : float
        Range of the values, where it is known.
    """

    values: Mapping[str, tuple[float, ...]]
    clusters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    least: float = -math.inf
    most: float = math.inf


@dataclass(frozen=True)
class Area:
    """What an area under the curve is made of: scores that should be high, and that should be low.

    `high_clusters` and `low_clusters` tell which scores belong together, as those of one template.
    """

    high: tuple[float, ...]
    low: tuple[float, ...]
    high_clusters: tuple[str, ...]
    low_clusters: tuple[str, ...]


@dataclass(frozen=True)
class Effects:
    """What the largest of several effect sizes is made of: by test, its targets' associations.

    No tests at all: only the effects are known.
    """

    tests: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]


Basis = Sides | Area | Effects


@dataclass(frozen=True)
class Number:
    """One published number of a benchmark.

    Attributes
    ----------
    name : str
        Such as ``"stereotype_score"``.
    value : float
        nan is *not measurable*.
    fair : float or None
        The value that means fair; None for a number of ability, such as an accuracy.
    n : int
        Items that it rests on.
    category : str
        Part of the benchmark that it is about, or ``"all"``.
    units : tuple of float
        Values per item whose mean, turned by `scale` and `offset`, is the number; empty where it
        is no mean.
    clusters : tuple of str
        Which items belong together; as long as `units`.
    scale, offset : float
        The number is ``offset + scale * mean(units)``.
    least, most : float
        Range of the values per item, where it is known.
    note : str
        What a reader should know, such as why it cannot be measured.
    basis : Sides, Area or Effects, optional
        What a number that is no mean is made of, so that it has bounds too.
    """

    name: str
    value: float
    fair: float | None
    n: int
    category: str = ALL
    units: tuple[float, ...] = field(default=(), repr=False)
    clusters: tuple[str, ...] = field(default=(), repr=False)
    scale: float = 1.0
    offset: float = 0.0
    least: float = -math.inf
    most: float = math.inf
    note: str = ""
    basis: Basis | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Scores:
    """What a model scores on a benchmark.

    Attributes
    ----------
    benchmark : str
    numbers : tuple of Number
    excluded : mapping of str to int
        Items that do not count, by reason.
    notes : tuple of str
        What a reader should know, such as that files differ from the published ones.
    asked, published : int
        Items that were asked, and items that the files hold.
    """

    benchmark: str
    numbers: tuple[Number, ...]
    excluded: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    asked: int = 0
    published: int = 0

    @property
    def is_drawn(self) -> bool:
        """Whether only some of the items were asked."""
        return self.asked < self.published

    def number(self, name: str, category: str = ALL) -> Number:
        """Return one number by its name."""
        return next(n for n in self.numbers if (n.name, n.category) == (name, category))


@dataclass(frozen=True)
class Benchmark:
    """A published benchmark.

    Attributes
    ----------
    name, title, paper, language, licence, address : str
        `address` is where its files are published.
    files : tuple of str
        What must lie in its folder; ``*`` stands for any name.
    needs : str
        What a model must be able to do: ``"log_likelihood"``, ``"choose"``, ``"predict_proba"``,
        ``"fill"``, ``"embed"`` or ``"generate"``.
    read : callable
        From a folder to the items.
    ask : callable
        From a model, items and a seed to one answer per item.
    score : callable
        From items and answers to `Scores`.
    warning : str
        What is known to be wrong with it.
    recorded : callable, optional
        From a file and the items to the answers, where others publish their models' answers in a
        form of their own; tried before the common forms.
    block : callable, optional
        From an item to what must be drawn together with it, where only some items are asked.
    blank : callable, optional
        From an item to an answer that says nothing, in the form of answers: so that the names of
        the numbers are known before a model is asked.
    scored : bool
        Whether answers are texts, which a user's ``scorer`` turns into numbers.
    """

    name: str
    title: str
    paper: str
    language: str
    licence: str
    address: str
    files: tuple[str, ...]
    needs: str
    read: Callable[[Path], Sequence[Any]]
    ask: Callable[[Any, Sequence[Any], int], Sequence[Any]]
    score: Callable[[Sequence[Any], Sequence[Any]], Scores]
    warning: str = ""
    recorded: Callable[[Path, Sequence[Any]], Sequence[Any] | None] | None = None
    block: Callable[[Any], Hashable] | None = None
    blank: Callable[[Any], Any] | None = None
    scored: bool = False
