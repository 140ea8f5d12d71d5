"""Balanced demonstrations: every group is shown with every answer equally often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.checking import check_seed, listed_entries, listed_texts
from pytest_fairness.mitigation.data import Rows
from pytest_fairness.mitigation.prompts.prompt import Demonstration, Prompt

Cells = dict[tuple[str, str], list[Demonstration]]


def as_pool(given: Rows | Iterable[Any] | None) -> list[Demonstration]:
    """Return demonstrations of whatever holds some: rows with labels, or demonstrations, or none.

    Raises
    ------
    ArgumentError
        If rows have no labels: there is nothing to answer.
    """
    if isinstance(given, Rows):
        if given.labels is None:
            raise ArgumentError(
                f"The {len(given)} rows of {given.path or 'demonstrations'} have no labels to "
                "answer with. Read them with label=."
            )
        return demonstrations_from(given.texts, given.labels, given.groups)
    return list(Prompt.of("", () if given is None else given).demonstrations)


def demonstrations_from(
    texts: Iterable[str], answers: Iterable[Any], groups: Iterable[Any] | None = None
) -> list[Demonstration]:
    """Return a pool of demonstrations from columns of a table of training rows.

    Raises
    ------
    ArgumentError
        If the columns are not equally long.

    Examples
    --------
    >>> demonstrations_from(["He sings."], ["praise"], ["men"])
    [Demonstration(text='He sings.', answer='praise', group='men')]
    """
    listed = listed_texts("texts", texts)
    said = [str(answer) for answer in listed_entries("answers", answers)]
    spoken: list[str | None] = [None] * len(listed)
    if groups is not None:
        spoken = [str(group) for group in listed_entries("groups", groups)]
    if not len(listed) == len(said) == len(spoken):
        raise ArgumentError(
            f"There are {len(listed)} texts, {len(said)} answers and {len(spoken)} groups. Give "
            "one of each per row."
        )
    return [Demonstration(*row) for row in zip(listed, said, spoken, strict=True)]


def balanced_demonstrations(
    pool: Rows | Iterable[Any], k: int, *, seed: int = 0, rotation: int = 0
) -> tuple[Demonstration, ...]:
    """Choose `k` demonstrations of each group with each answer.

    A group that is shown with one answer more often than the others teaches the model that very
    link (Si et al. 2023). The order is one of rounds: each round shows every combination once, and
    starts one combination later than the round before, so that none always comes last, where it
    would weigh most (Zhao, Wallace, Feng, Klein and Singh 2021, "Calibrate before use").

    Parameters
    ----------
    pool : Rows, or iterable of Demonstration
        From training rows; nothing that judges the repair may be among them.
    k : int, at least 0
        Of each combination of group and answer: 2 groups and 2 answers make 4 k in all.
    seed : int
        Draws them; a larger `k` keeps those of a smaller one.
    rotation : int
        Which combination comes first.

    Returns
    -------
    tuple of Demonstration

    Raises
    ------
    ArgumentError
        If a combination has fewer than `k` different texts in the pool.

    Examples
    --------
    >>> rows = [("he a", "no"), ("he b", "yes"), ("she a", "no"), ("she b", "yes")]
    >>> pool = [Demonstration(text, answer, text.split()[0]) for text, answer in rows]
    >>> [each.text for each in balanced_demonstrations(pool, 1, rotation=1)]
    ['he b', 'she a', 'she b', 'he a']
    """
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 0:
        raise ArgumentTypeError(
            f"k={k!r} must be a whole number of 0 or more: it counts demonstrations of each group "
            "with each answer."
        )
    check_seed(seed)
    if k == 0:
        return ()
    cells = _cells(as_pool(pool))
    _check_enough(cells, int(k))
    drawn = [_drawn(cells[cell], int(k), [seed, i]) for i, cell in enumerate(sorted(cells))]
    n = len(drawn)
    return tuple(drawn[(i + j + rotation) % n][j] for j in range(int(k)) for i in range(n))


def _cells(pool: Sequence[Demonstration]) -> Cells:
    """Return the different texts of every group with every answer, also where there are none.

    A text that comes with different answers, or groups, is no example of either.
    """
    if not pool:
        raise ArgumentError(
            "demonstrations is empty, so none can be shown. Give training rows as demonstrations, "
            "or k=0."
        )
    groups = {each.group or "" for each in pool}
    answers = {each.answer for each in pool}
    cells: Cells = {(group, answer): [] for group in groups for answer in answers}
    distinct = list(dict.fromkeys(pool))
    copies = Counter(each.text for each in distinct)
    for each in distinct:
        if copies[each.text] == 1:
            cells[each.group or "", each.answer].append(each)
    return cells


def _check_enough(cells: Cells, k: int) -> None:
    few = sorted((len(found), *cell) for cell, found in cells.items() if len(found) < k)
    if few:
        count, group, answer = few[0]
        raise ArgumentError(
            f"k={k} needs {k} different texts of each of {len(cells)} combinations of group and "
            f"answer, but group {group!r} with answer {answer!r} has {count}. Add such rows, leave "
            f"a group or an answer out, or set k to {count} or less."
        )


def _drawn(found: list[Demonstration], k: int, seed: list[int]) -> list[Demonstration]:
    order = np.random.default_rng(seed).permutation(len(found))
    return [found[i] for i in order[:k].tolist()]
